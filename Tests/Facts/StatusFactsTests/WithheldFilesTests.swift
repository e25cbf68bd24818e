import Catalogs
import CheckStates
import Mirrors
import ObjectStorage
import SampleDeployment
import StatusFacts
import Testing
import Time

/// A mirror has ten files that belong together, nine of them in their current version.
@Suite struct WithheldFilesTests {
    /// The mirror's outcome for file number 3, the others being there.
    private func mirror(
        _ outcome: Observation.Outcome?,
        isPartial: Bool = false
    ) throws -> (facts: DeploymentFacts, mirror: MirrorFacts) {
        var deployment = try Deployment()
        let classes = #"{"version":1,"mutable":["distfiles/0"],"sets":[{"folder":"distfiles/0"}]}"#
        try deployment.store.put(BlobKey("classes.json"), Array(classes.utf8))
        try deployment.add("m", isPartial: isPartial) { $0 == 3 ? outcome : .present }
        let facts = try deployment.facts()
        return (facts, try #require(facts.mirrors.first))
    }

    private static let missing = "distfiles/0/file-3"

    @Test(arguments: [Observation.Outcome.stale, .altered])
    func aMirrorWithAnOldMemberIsBehind(_ outcome: Observation.Outcome) throws {
        let (facts, mirror) = try mirror(outcome)
        let since = Timestamp.ago(hours: 497)
        #expect(mirror.withheld == WithheldFiles(count: 9, example: Self.missing, since: since))
        #expect(mirror.behindSince == since)
        #expect(mirror.verdict.word == .behind)
        #expect(mirror.verdict.sentence.hasSuffix("such as \(Self.missing)"))
        // They are there, but no client gets them.
        #expect(mirror.tally.held == 99)
        #expect(facts.held["m"]?.count == 90)
        #expect(facts.files["m"]?.withheld.count == 9)
    }

    /// Some mirrors permanently leave out a part of each set.
    @Test func aMirrorThatLacksAMemberIsNotBehind() throws {
        let (_, mirror) = try mirror(.absent)
        #expect(mirror.withheld?.count == 9)
        #expect(mirror.behindSince == nil)
        #expect(mirror.verdict.word == .inUse)
        #expect(mirror.verdict.sentence.contains("clients do not get 9 right files from it"))
    }

    @Test(arguments: [Observation.Outcome.unknown, .unreachable, .present])
    func nobodyIsAccusedOfWhatIsNotKnown(_ outcome: Observation.Outcome) throws {
        let (facts, mirror) = try mirror(outcome)
        #expect(mirror.withheld == nil && mirror.behindSince == nil)
        #expect(mirror.verdict.word == .inUse)
        #expect(facts.held["m"]?.count == mirror.tally.held)
    }

    @Test func aPartialMirrorIsNotBehind() throws {
        let (_, mirror) = try mirror(.stale, isPartial: true)
        #expect(mirror.withheld?.count == 9)
        #expect(mirror.behindSince == nil)
        #expect(mirror.verdict.word == .inUse)
    }
}
