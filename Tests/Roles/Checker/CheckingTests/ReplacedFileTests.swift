import Catalogs
import CheckPlanning
import CheckStates
import Foundation
import Hashing
import Mirrors
import TestSupport
import Testing
import Time

/// A file that matches no pattern of mutable files is replaced by another of the same length, on a
/// real server with or without modification times.
@Suite struct ReplacedFileTests {
    struct World {
        static let path = "dists/InRelease"
        private static let before = "aaaaaaaaaa"
        private static let after = "bbbbbbbbbb"

        let folder: TemporaryFolder
        let server: Nginx
        let mirror: RealMirror
        let file: FileID

        /// A mirror that was checked when all was right, and whose master has since replaced the
        /// file.
        init(tellsTimes: Bool, knowsDigests: Bool, lead: Int64 = 0) throws {
            folder = try TemporaryFolder("mirror")
            server = try Nginx(
                server: tellsTimes ? "" : "etag off; add_header Last-Modified \"\";",
                root: folder.path
            )
            mirror = RealMirror(folder, baseURL: server.baseURL)
            for index in 0..<3 { try mirror.add("dists/f\(index)", lead: lead) }
            file = try mirror.add(Self.path, lead: lead)
            try mirror.check()
            #expect(try mirror.state[file].outcome == .present)
            mirror.shift += 900
            var replaced = mirror.catalog[file]
            replaced.previous = PreviousVersion(
                byteCount: 10,
                modified: replaced.modified,
                acceptableUntil: mirror.now.advanced(bySeconds: 7 * 86_400)
            )
            replaced.modified = RealMirror.modified.advanced(bySeconds: 1_000)
            mirror.catalog.generation = 2
            replaced.changedIn = 2
            if knowsDigests { replaced.digests = Self.digests(of: Self.after) }
            mirror.catalog.update(file, to: replaced)
        }

        private static func digests(of text: String) -> Digests {
            var hash = SHA256()
            unsafe hash.update(Array(text.utf8).span.bytes)
            return Digests([.sha256: hash.finalize()])
        }

        /// Gives the mirror the new file, with a time that differs by `lead` seconds from the
        /// master's.
        func synchronize(lead: Int64 = 0) throws {
            try folder.write(Self.after, to: Self.path)
            let time = RealMirror.modified.advanced(bySeconds: 1_000 + lead).secondsSinceEpoch
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(time))],
                ofItemAtPath: folder.appending(Self.path)
            )
        }

        /// The number of times that the file itself was fetched.
        var fetchCount: Int {
            server.text(of: "access.log").split(separator: "\n")
                .count { $0.contains("\"GET /\(Self.path) ") }
        }
    }

    @Test(arguments: [true, false], [true, false])
    func whatIsBehindIsNotOffered(tellsTimes: Bool, knowsDigests: Bool) throws {
        let world = try World(tellsTimes: tellsTimes, knowsDigests: knowsDigests)
        try world.mirror.pass(hours: 2)
        #expect(try world.mirror.state[world.file].outcome != .present)
        #expect(try !world.mirror.believed().contains(World.path))
        // A file with the master's time was fetched at most once; one without a time, at each look.
        if tellsTimes { #expect(world.fetchCount == (knowsDigests ? 1 : 0)) }
        try world.synchronize()
        try world.mirror.pass(hours: 3)
        // Without times and digests the new file cannot be told from the old one.
        let isKnowable = tellsTimes || knowsDigests
        #expect(try world.mirror.believed().contains(World.path) == isKnowable)
        let count = world.fetchCount
        try world.mirror.pass(hours: 6)
        #expect(world.fetchCount == count || !isKnowable)
    }

    /// The times are those of the copying, not of the master, so content alone decides.
    @Test func aMirrorThatKeepsNoTimesIsFetchedFromOnceForEachChange() throws {
        let world = try World(tellsTimes: true, knowsDigests: true, lead: 86_400)
        try world.mirror.pass(hours: 1)
        #expect(try !world.mirror.believed().contains(World.path))
        try world.synchronize(lead: 50_000)
        let count = world.fetchCount
        try world.mirror.pass(hours: 6)
        #expect(try world.mirror.believed().contains(World.path))
        #expect(world.fetchCount == count + 1)
    }

    /// A longer file, or a refused fetch, proves nothing and does no harm.
    @Test func aFileThatIsNotToBeFetchedIsNotOffered() throws {
        let world = try World(tellsTimes: false, knowsDigests: true)
        try world.synchronize()
        try world.mirror.check(contentProofByteCount: 9)
        #expect(world.fetchCount == 0)
        #expect(try !world.mirror.believed().contains(World.path))
        try world.mirror.check(contentProofByteCount: 10)
        try world.mirror.pass(hours: 1)
        #expect(try world.mirror.believed().contains(World.path))
    }
}
