import HealthFormat
import Mirrors
import SampleDeployment
import StatusFacts
import Testing
import Time

@Suite struct VerdictTests {
    /// A kind of mirror, and the word for it.
    struct Kind: Sendable, CustomTestStringConvertible {
        var word: Verdict.Word
        var testDescription: String
        var deploy: @Sendable (inout Deployment) throws -> Void
    }

    static let kinds: [Kind] = [
        Kind(word: .inUse, testDescription: "perfect") { try $0.add("m") },
        Kind(word: .disabled, testDescription: "disabled") { try $0.add("m", isEnabled: false) },
        Kind(word: .disabled, testDescription: "of weight 0") { try $0.add("m", weight: 0) },
        Kind(word: .notListed, testDescription: "gone from the list") {
            try $0.add("m", isEnabled: false, isListed: false)
        },
        Kind(word: .down, testDescription: "silent") {
            try $0.add("m", status: .down(.timedOut))
        },
        Kind(word: .refusesUs, testDescription: "403 from the start") {
            try $0.add("m", status: .down(.status(403)), outcome: nil)
        },
        Kind(word: .refusesUs, testDescription: "503 to all") {
            try $0.add("m", status: .down(.status(503)))
        },
        Kind(word: .down, testDescription: "400 to all") {
            try $0.add("m", status: .down(.status(400)))
        },
        Kind(word: .refusesUs, testDescription: "refuses each file, but not the probe") {
            try $0.add("m") { _ in .refused }
        },
        Kind(word: .notItself, testDescription: "a portal") {
            try $0.add("m", status: .down(.notItself))
        },
        Kind(word: .notItself, testDescription: "redirects elsewhere") {
            try $0.add("m", status: .down(.redirect))
        },
        Kind(word: .notItself, testDescription: "other lengths for everything") {
            try $0.add("m") { _ in .altered }
        },
        Kind(word: .empty, testDescription: "empty") { try $0.add("m") { _ in .absent } },
        Kind(word: .behind, testDescription: "lags") {
            try $0.publish(["new/a", "new/b", "distfiles/0/c"], hours: 30)
            try $0.add("m") { $0 < 100 ? .present : .absent }
        },
        Kind(word: .inUse, testDescription: "has not got what is an hour old") {
            try $0.publish(["distfiles/0/c"], hours: 1)
            try $0.add("m") { $0 < 100 ? .present : .absent }
        },
        Kind(word: .incomplete, testDescription: "no symlinks") {
            try $0.add("m") { $0 % 10 == 9 ? .absent : .present }
        },
        Kind(word: .incomplete, testDescription: "truncated files") {
            try $0.add("m") { $0 % 20 == 3 ? .altered : .present }
        },
        Kind(word: .inUse, testDescription: "carries a part") {
            try $0.add("m", isPartial: true) { $0 < 50 ? .present : .absent }
        },
        Kind(word: .inUse, testDescription: "rules promise a part") { deployment in
            var rules = MirrorRules()
            rules.prefixes = MirrorRule([TreePath("distfiles/0/"), TreePath("distfiles/1")])
            try deployment.add("m", rules: rules) { $0 < 20 ? .present : .absent }
        },
        Kind(word: .notAsked, testDescription: "never checked") {
            try $0.add("m", outcome: nil)
        },
        Kind(word: .notAsked, testDescription: "a part was not asked for") {
            try $0.add("m") { $0 < 80 ? .present : nil }
        },
    ]

    @Test(arguments: kinds) func theWordIsThatOfTheFirstConditionThatApplies(_ kind: Kind) throws {
        var deployment = try Deployment()
        try kind.deploy(&deployment)
        let verdict = try #require(try deployment.verdict())
        #expect(verdict.word == kind.word, "\(verdict)")
        #expect(!verdict.sentence.isEmpty)
        #expect(verdict.word.isProblem == false || !verdict.remedy.isEmpty)
    }

    @Test func nothingIsSaidToBeLackingThatWasThereWhenItWasLookedAtLast() throws {
        var deployment = try Deployment()
        try deployment.add("m") { $0 == 7 ? .absent : .present }
        // Weeks later all proofs are too old, and none of them is an absence.
        let later = Timestamp.now.advanced(bySeconds: 60 * 86_400)
        let facts = try FactsReader(store: deployment.store, now: later).facts()
        let files = try #require(facts.files["m"])
        #expect(files.held.isEmpty)
        #expect(files.absent.count == 1)
        #expect(files.absent.contains(7))
        #expect(facts.mirrors[0].verdict.word == .notAsked)
    }

    @Test func aMirrorIsDownSinceTheProbeFoundItSo() throws {
        var deployment = try Deployment()
        try deployment.add("m", status: .down(.noSuchHost, hours: 7))
        let verdict = try #require(try deployment.verdict())
        #expect(verdict.since == .ago(hours: 7))
        #expect(verdict.sentence == "no such host")
    }

    @Test func behindIsTheAgeOfTheOldestFileThatIsTooNew() throws {
        var deployment = try Deployment()
        try deployment.publish(["distfiles/3/x"], hours: 200)
        try deployment.publish(["distfiles/4/y"], hours: 100)
        try deployment.publish(["distfiles/5/z"], hours: 50)
        try deployment.add("m") { $0 < 101 ? .present : .absent }
        let mirror = try #require(try deployment.facts().mirrors.first)
        #expect(mirror.behindSince == .ago(hours: 100))
        #expect(mirror.behindSeconds(now: .now) == 360_000)
        #expect(mirror.verdict.word == .behind)
    }

    /// A server that answers the probe for one file may refuse all others.
    @Test func theWordOfAURLAgreesWithTheVerdict() throws {
        for kind in Self.kinds {
            var deployment = try Deployment()
            try kind.deploy(&deployment)
            let mirror = try #require(try deployment.facts().mirrors.first)
            let point = try #require(mirror.points.first)
            switch kind.word {
            case .down, .refusesUs, .notItself:
                #expect(point.stateWord == kind.word.text, "\(kind.testDescription)")
                #expect(!point.isUp)
            default: #expect(point.stateWord == "up", "\(kind.testDescription)")
            }
        }
    }

    @Test func everyWordHasATextAndAShape() {
        for word in Verdict.Word.allCases {
            #expect(!word.text.isEmpty)
            #expect(word.glyph.count == 1)
        }
        #expect(Set(Verdict.Word.allCases.map(\.text)).count == Verdict.Word.allCases.count)
    }
}

extension Health.Status {
    static func down(_ outage: Outage, hours: Int64 = 3) -> Health.Status {
        Health.Status(outage: outage, since: .ago(hours: hours), checkedAt: .now)
    }
}
