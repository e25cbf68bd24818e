import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Foundation
import Mirrors
import TestSupport
import Testing

/// Verdicts about real servers, compared with the files on their disks.
@Suite struct HonestVerdictTests {
    /// A mirror with a mutable file and `count` immutable ones.
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
        // The mirror gets the new version.
        try mirror.put("releases/latest-stage3.txt")
        try mirror.pass(hours: 3)
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
    func errorsThatRepeatAreARefusal(status: Int) throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(server: "location /no/ { return \(status); }", root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL, count: 1)
        let refused = try mirror.add("no/a")
        try mirror.pass(hours: 1)
        #expect(try mirror.state.outcome(of: refused) == .refused)
        #expect(try mirror.believed() == ["distfiles/f0"])
    }

    @Test(arguments: OtherServer.Kind.allCases)
    func distinguishesEmptyFilesFromEmptiedOnes(kind: OtherServer.Kind) throws {
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
            try mirror.pass(hours: 1)
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
        #expect(line.summary?.counts.unknown == 12)
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
        try folder.write("", to: "portal")
        // Its page is as long as a file, so only a name that cannot exist exposes it.
        for _ in 0..<2 {
            try mirror.pass(hours: 3)
            #expect(try mirror.state.doubtedAt != nil)
            #expect(try mirror.believed().isEmpty)
        }
        try mirror.remove("portal")
        let line = try mirror.pass(hours: 3)
        #expect(line?.problem == nil)
        #expect(try mirror.believed().count == 12)
        #expect(try mirror.state.doubtedAt == nil)
    }

    @Test(arguments: [1, 3, 6, 12]) func whatAMirrorLosesIsNotBelievedForLong(
        removed: Int
    ) throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        try mirror.check()
        let all = try mirror.believed()
        #expect(all.count == 12)
        for index in 0..<removed { try mirror.remove("distfiles/f\(index)") }
        try mirror.pass(hours: 3)
        let lost = Set((0..<removed).map { "distfiles/f\($0)" })
        #expect(try mirror.believed() == all.subtracting(lost))
        // Files that have come back are there again.
        for index in 0..<removed { try mirror.put("distfiles/f\(index)") }
        try mirror.pass(hours: 6)
        #expect(try mirror.believed() == all)
    }

    @Test func theIndexOfAnotherSiteIsNoMirror() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        try mirror.check()
        for index in 0..<12 { try mirror.remove("distfiles/f\(index)") }
        try mirror.put("index.html")
        try mirror.pass(hours: 3)
        #expect(try mirror.believed().isEmpty)
    }

    @Test func newFilesAreTimedUntilTheyAppear() throws {
        let folder = try TemporaryFolder("mirror")
        let server = try Nginx(root: folder.path)
        let mirror = try Self.mirror(folder, server.baseURL)
        #expect(try mirror.check().summary?.freshness == nil)
        mirror.shift = 3_600
        mirror.catalog.generation = 2
        let firstSeen = mirror.now
        for index in 0..<10 {
            let id = try mirror.add("distfiles/new\(index)", isLacking: true)
            var file = mirror.catalog[id]
            // All of them are in one batch.
            file.firstSeen = firstSeen
            mirror.catalog.update(id, to: file)
        }
        for (hour, count) in [(2, 5), (3, 9), (4, 10)] as [(Int64, Int)] {
            mirror.shift = hour * 3_600
            for index in 0..<count { try mirror.put("distfiles/new\(index)") }
            // Each run polls two files of the batch, different from those of the run before.
            for _ in 0..<4 {
                try mirror.check()
                mirror.shift += 660
            }
        }
        let freshness = try #require(try mirror.state.freshness(now: mirror.now))
        #expect(freshness.batchCount == 1)
        // One, two and three hours later, give or take the third poll and the duration of this
        // test.
        #expect((3_500...5_500).contains(freshness.halfSeconds))
        #expect((7_100...9_100).contains(freshness.ninetySeconds))
        #expect((10_700...12_700).contains(freshness.allSeconds))
    }
}
