import Catalogs
import Foundation
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Publishing

@Suite struct SetHeadTests {
    private static let digest = String(repeating: "ab", count: 32)
    private static let path = "debian/dists/stable/Release"

    private static func release(_ lines: String) -> String {
        "Suite: stable\nMD5Sum:\n 00 1 main/Packages\nSHA256:\n\(lines)\nSHA512:\n 11 2 x\n"
    }

    private func files(_ path: String, _ text: String) -> [SetHead.File]? {
        SetHead(at: TreePath(path), Array(text.utf8))?.files
    }

    @Test func readsTheDigestsOfARelease() {
        let text = Self.release(
            " \(Self.digest)   7 main/Packages\r\n x 7 y\n \(Self.digest) -7 z\n \(Self.digest) 7"
        )
        for name in ["Release", "InRelease"] {
            let found = files("debian/dists/stable/\(name)", text)
            #expect(found?.count == 1)
            #expect(found?.first?.path == Array("debian/dists/stable/main/Packages".utf8))
            #expect(found?.first?.byteCount == 7)
            #expect(found?.first?.sha256 == Array(repeating: 0xAB, count: 32))
        }
        #expect(files("debian/dists/stable/Release.gpg", text) == nil)
        #expect(files("Release", text)?.first?.path == Array("main/Packages".utf8))
    }

    @Test func readsTheDigestsOfARepository() {
        func data(_ checksum: String, _ size: String, _ href: String) -> String {
            "<data type=\"a\"><checksum type=\"sha256\">\(checksum)</checksum>"
                + "<open-checksum type=\"sha256\">00</open-checksum><location href=\"\(href)\"/>"
                + "<size>\(size)</size><open-size>9</open-size></data>"
        }
        let text =
            "<repomd>" + data(Self.digest, "7", "repodata/a.xml") + data("zz", "7", "repodata/b")
            + data(Self.digest, "x", "repodata/c") + data(Self.digest, "7", "repodata/&amp;")
            + "<data><size>7</size></data>" + data(Self.digest, "8", "repodata/d") + "<data>"
        let found = files("os/repodata/repomd.xml", text)
        #expect(
            found?.map { String(decoding: $0.path, as: UTF8.self) }
                == ["os/repodata/a.xml", "os/repodata/d"]
        )
        #expect(found?.map(\.byteCount) == [7, 8])
    }

    /// Publishes a tree with a set whose head names a file of seven bytes, as the Leader does.
    private func publish(
        _ folder: TemporaryFolder,
        _ store: InMemoryStore,
        at seconds: Int64
    ) throws -> TreePublication {
        try TreePublication(
            of: TreeListing(of: [LocalTree(root: folder.path)]),
            in: CatalogStore(store),
            at: Timestamp(secondsSinceEpoch: seconds),
            classes: FileProfile.debian.classes,
            root: folder.path
        )
    }

    /// Writes the head again, with a time of its own.
    private func writeHead(
        _ folder: TemporaryFolder,
        byteCount: Int,
        at seconds: Double,
        flat: Bool = false
    ) throws {
        let member = flat ? "Packages" : "main/Packages"
        let path = flat ? "Release" : Self.path
        try folder.write(Self.release(" \(Self.digest) \(byteCount) \(member)"), to: path)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: seconds)],
            ofItemAtPath: folder.appending(path)
        )
    }

    private func file(_ publication: TreePublication, _ path: String) throws -> ExpectedFile {
        let catalog = publication.change.catalog
        let id = CatalogIndex(catalog).id(of: Array(path.utf8)[...], in: catalog)
        return catalog[try #require(id)]
    }

    @Test func aSetThatIsBeingChangedStaysAsItWas() throws {
        let folder = try TemporaryFolder("tree")
        for path in ["debian/dists/stable/main", "debian/pool"] { try folder.makeFolder(path) }
        let store = InMemoryStore()
        let member = "debian/dists/stable/main/Packages"
        try folder.write("1234567", to: member)
        try writeHead(folder, byteCount: 7, at: 1_799_000_000)
        let first = try publish(folder, store, at: 1_800_000_000)
        #expect(try file(first, member).byteCount == 7)
        #expect(
            try file(first, member).digests[.sha256].map(Array.init)
                == Array(repeating: 0xAB, count: 32)
        )
        // The member comes before its head, and a package with it.
        try folder.write("123456789", to: member)
        try folder.write("new", to: "debian/pool/new.deb")
        let half = try publish(folder, store, at: 1_800_000_100)
        #expect(half.leftOutCounts.map(\.reason) == ["disagreement"])
        #expect(try file(half, member).byteCount == 7)
        #expect(half.change.addedCount == 1 && half.change.changedCount == 0)
        // The head follows.
        try writeHead(folder, byteCount: 9, at: 1_799_000_100)
        let whole = try publish(folder, store, at: 1_800_000_200)
        #expect(whole.leftOut.isEmpty)
        #expect(try file(whole, member).byteCount == 9)
        #expect(whole.change.changedCount == 2)
    }

    /// This includes a member of the same length while the head is the previous one.
    @Test func aMemberThatWasReplacedByOneOfItsLengthIsRead() throws {
        let folder = try TemporaryFolder("tree")
        try folder.makeFolder("debian/dists/stable/main")
        let store = InMemoryStore()
        let member = "debian/dists/stable/main/Packages"
        func write(_ text: String, at seconds: Double) throws {
            try folder.write(text, to: member)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: seconds)],
                ofItemAtPath: folder.appending(member)
            )
        }
        try write("1234567", at: 1_799_000_000)
        try writeHead(folder, byteCount: 7, at: 1_799_000_000)
        let first = try publish(folder, store, at: 1_800_000_000)
        try write("7654321", at: 1_799_000_100)
        let half = try publish(folder, store, at: 1_800_000_100)
        #expect(half.leftOutCounts.map(\.reason) == ["disagreement"])
        #expect(!half.isPublished)
        #expect(try file(half, member) == file(first, member))
        // A new head vouches for it.
        try writeHead(folder, byteCount: 7, at: 1_799_000_100)
        let whole = try publish(folder, store, at: 1_800_000_200)
        #expect(whole.leftOut.isEmpty)
        #expect(try file(whole, member).modified.secondsSinceEpoch == 1_799_000_100)
    }

    /// This also holds at the root.
    @Test func theSetAtTheRootStaysAsItWas() throws {
        let folder = try TemporaryFolder("tree")
        let store = InMemoryStore()
        for (packages, length, count) in [("1", 1, 0), ("12", 1, 1), ("123", 3, 0)] {
            try folder.write(packages, to: "Packages")
            try folder.write("x", to: "new-\(packages).deb")
            try writeHead(folder, byteCount: length, at: 1_799_000_000 + Double(length), flat: true)
            let publication = try publish(folder, store, at: 1_800_000_000)
            #expect(publication.leftOut.count == count)
            #expect(try file(publication, "Packages").byteCount == UInt64(length))
            #expect(try file(publication, "new-\(packages).deb").byteCount == 1)
        }
    }

    /// The files of the first publication have no earlier state to stay in.
    @Test func theFirstPublicationTakesWhatIsThere() throws {
        let folder = try TemporaryFolder("tree")
        try folder.makeFolder("debian/dists/stable/main")
        try folder.write("12", to: "debian/dists/stable/main/Packages")
        try folder.write(Self.release(" \(Self.digest) 7 main/Packages"), to: Self.path)
        let publication = try publish(folder, InMemoryStore(), at: 1_800_000_000)
        #expect(try file(publication, "debian/dists/stable/main/Packages").byteCount == 2)
    }

    /// Small files that change under their names are known by their digests; others are not read.
    @Test func mutableFilesGetDigests() throws {
        let folder = try TemporaryFolder("tree")
        try folder.makeFolder("d")
        try folder.write("abc", to: "Release.gpg")
        try folder.write("abc", to: "d/fixed")
        let store = InMemoryStore()
        let first = try publish(folder, store, at: 1_800_000_000)
        #expect(try !file(first, "Release.gpg").digests.isEmpty)
        #expect(try file(first, "d/fixed").digests.isEmpty)
        // It changes under its name, and from then on its digest is known.
        try folder.write("abcd", to: "d/fixed")
        let second = try publish(folder, store, at: 1_800_000_100)
        #expect(try !file(second, "d/fixed").digests.isEmpty)
        #expect(try publish(folder, store, at: 1_800_000_200).isPublished == false)
    }
}
