import Catalogs
import CheckStates
import Checking
import Foundation
import Mirrors
import TestSupport
import Testing

/// Verdicts over real servers: what they say is held against what is on their disk.
@Suite struct HonestVerdictTests {
    /// A mirror of a mutable file and of `count` immutable ones.
    static func mirror(
        _ folder: TemporaryFolder,
        _ baseURL: String,
        count: Int = 12,
        lead: Int64 = 0
    ) throws -> RealMirror {
        let mirror = RealMirror(folder, baseURL: baseURL)
        for index in 0..<count { try mirror.add("distfiles/f\(index)", lead: lead) }
        return mirror
    }

    @Test func anOldPointerIsStaleOnAMirrorThatKeepsTimes() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL, count: 40)
        let pointer = try mirror.add("releases/latest-stage3.txt", lead: -86_400)
        let newer = try mirror.add("releases/current-iso/x.iso", lead: 86_400)
        let immutable = try mirror.add("distfiles/old.tar", lead: -86_400)
        try mirror.check()
        let state = try mirror.state
        #expect(state[pointer].outcome == .stale)
        #expect(state[pointer].isConfirmed)
        #expect(state[newer].outcome == .present)
        #expect(state[immutable].outcome == .present)
        #expect(state.timeKeeping.keepsTimes == true)
        // The mirror gets the new one.
        try mirror.put("releases/latest-stage3.txt")
        try mirror.check()
        #expect(try mirror.state[pointer].outcome == .present)
    }

    @Test func timesSayNothingOnAMirrorThatDoesNotKeepThem() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL, lead: 5_000)
        let pointer = try mirror.add("releases/latest-stage3.txt", lead: -86_400)
        try mirror.check()
        let state = try mirror.state
        #expect(state.timeKeeping.keepsTimes == false)
        #expect(state[pointer].outcome == .present)
    }

    @Test(arguments: [403, 500, 502])
    func errorsAreNoVerdictHoweverOften(status: Int) throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(server: "location /no/ { return \(status); }", root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL, count: 1)
        let refused = try mirror.add("no/a")
        for _ in 0..<3 { try mirror.check() }
        let observation = try mirror.state[refused]
        #expect(observation.outcome == .unknown)
        // Twice in the first run, once in each of the others.
        #expect(observation.failures == 4)
    }

    @Test(arguments: OtherServer.Kind.allCases)
    func emptyFilesAreToldFromEmptiedOnes(kind: OtherServer.Kind) throws {
        let folder = try TemporaryFolder("mirror")
        let server = try OtherServer(kind, root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        let empty = try mirror.add("empty", byteCount: 0)
        try mirror.check()
        #expect(try mirror.state[empty].outcome == .present)
        #expect(try mirror.believed().count == 13)
        try mirror.put("distfiles/f3", byteCount: 0)
        // lighttpd remembers lengths for a moment.
        let isSeen = try eventually(within: 60, every: 1) {
            try mirror.check()
            let emptied = try mirror.state[FileID(3)]
            return emptied.outcome == .altered && emptied.isConfirmed
        }
        #expect(isSeen)
        #expect(try mirror.state[empty].outcome == .present)
    }

    @Test func aServerThatFindsEverythingHasNothing() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(server: "error_page 404 =200 /distfiles/f0;", root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        let line = try mirror.check()
        #expect(line.problem?.contains("200 for a name that cannot exist") == true)
        #expect(line.askedCount == 0)
        #expect(line.survey?.unknown == 12)
        #expect(try mirror.believed().isEmpty)
    }

    @Test func aCaptivePortalTakesEverythingBackUntilItIsGone() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(
            server: "if (-f $document_root/portal) { return 200 'aaaaaaaaaa'; }",
            root: folder.path
        )
        let mirror = try Self.mirror(folder, server.baseURL)
        try mirror.check()
        #expect(try mirror.believed().count == 12)
        mirror.shift = 3_600
        try folder.write("", to: "portal")
        for _ in 0..<2 {
            let line = try mirror.check()
            #expect(line.problem?.contains("200 for a name that cannot exist") == true)
            #expect(line.survey?.doubtedAt != nil)
            #expect(try mirror.believed().isEmpty)
        }
        mirror.shift = 7_200
        try mirror.remove("portal")
        let line = try mirror.check()
        #expect(line.problem == nil)
        #expect(try mirror.believed().count == 12)
        #expect(try mirror.state.doubtedAt == nil)
    }

    @Test(arguments: [(removed: 2, isDoubted: false), (3, true), (12, true)])
    func aMirrorThatSuddenlyLacksMuchIsLookedAtTwice(removed: Int, isDoubted: Bool) throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        try mirror.check()
        mirror.shift = 3_600
        for index in 0..<removed { try mirror.remove("distfiles/f\(index)") }
        let first = try mirror.check()
        #expect((first.survey?.doubtedAt != nil) == isDoubted)
        #expect((first.problem?.hasPrefix("lacks \(removed) of 12 files") == true) == isDoubted)
        // The doubtful run has proven the rest as well, or the old proofs do not count.
        #expect(try mirror.believed().count <= 12 - removed)
        mirror.shift = 7_200
        let second = try mirror.check()
        #expect(second.problem == nil)
        #expect(second.survey?.doubtedAt == nil)
        #expect(second.survey?.absent == removed)
        #expect(try mirror.believed().count == 12 - removed)
        // What has come back is there again.
        mirror.shift = 10_800
        for index in 0..<removed { try mirror.put("distfiles/f\(index)") }
        try mirror.check()
        #expect(try mirror.believed().count == 12)
    }

    /// A stop in the middle of the first look leaves nothing believed that was not seen since.
    @Test func theIndexOfAnotherSiteLosesEverythingAtOnce() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        // Asked for in no run so far but the first: their proofs are of another site.
        try mirror.check()
        mirror.shift = 3_600
        for index in 0..<12 { try mirror.remove("distfiles/f\(index)") }
        try mirror.put("index.html")
        let line = try mirror.check()
        #expect(line.survey?.doubtedAt != nil)
        #expect(try mirror.believed().isEmpty)
    }

    @Test func newFilesAreTimedUntilTheyAppear() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        #expect(try mirror.check().survey?.freshness == nil)
        mirror.shift = 3_600
        mirror.catalog.generation = 2
        let firstSeen = mirror.now
        for index in 0..<10 {
            let id = try mirror.add("distfiles/new\(index)", isLacking: true)
            var file = mirror.catalog[id]
            // All of one batch.
            file.firstSeen = firstSeen
            mirror.catalog.update(id, to: file)
        }
        for (hour, count) in [(2, 5), (3, 9), (4, 10)] as [(Int64, Int)] {
            mirror.shift = hour * 3_600
            for index in 0..<count { try mirror.put("distfiles/new\(index)") }
            try mirror.check()
        }
        let freshness = try #require(try mirror.state.freshness(now: mirror.now))
        #expect(freshness.batchCount == 1)
        // One, two and three hours later, to the minute and to the duration of this test.
        #expect((3_500...4_500).contains(freshness.halfSeconds))
        #expect((7_100...8_100).contains(freshness.ninetySeconds))
        #expect((10_700...11_700).contains(freshness.allSeconds))
    }
}
