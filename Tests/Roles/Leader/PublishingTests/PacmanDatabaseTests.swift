import Catalogs
import Compression
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Publishing

/// Databases as `repo-add` writes them; the tests of the profiles use one that it did write.
@Suite struct PacmanDatabaseTests {
    private static let digest = String(repeating: "ab", count: 32)

    private static func desc(_ name: String, byteCount: Int) -> String {
        "%FILENAME%\n\(name)\n\n%NAME%\nhello\n\n%CSIZE%\n\(byteCount)\n\n"
            + "%ISIZE%\n9\n\n%SHA256SUM%\n\(digest)\n"
    }

    /// A tar archive of folders, whose names end with a slash, and files.
    private static func archive(_ members: [(name: String, content: String)]) -> [UInt8] {
        var archive: [UInt8] = []
        for (name, content) in members {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
            }
            let octal = String(content.utf8.count, radix: 8)
            put(name, at: 0)
            put(String(repeating: "0", count: 11 - octal.count) + octal, at: 124)
            put(name.hasSuffix("/") ? "5" : "0", at: 156)
            put("ustar", at: 257)
            archive += header + Array(content.utf8)
            archive += [UInt8](repeating: 0, count: (512 - content.utf8.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }

    /// The bytes in gzip format, uncompressed.
    private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        func little(_ number: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        let count = UInt32(bytes.count)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(count, 2) + little(~count, 2)
            + bytes
            + little(Zlib.crc32(bytes[...]), 4) + little(count, 4)
    }

    private static let database = archive([
        ("hello-1-1/", ""), ("hello-1-1/desc", desc("hello-1-1-any.pkg.tar.zst", byteCount: 7)),
        ("hello-1-1/files", "%FILES%\nusr/\n"), ("of-no-size/desc", "%FILENAME%\na\n%CSIZE%\n-1\n"),
        ("elsewhere/desc", desc("../b", byteCount: 7)), ("cut/desc", "%FILENAME%"),
        ("world-2-1/desc", desc("world-2-1-any.pkg.tar.zst", byteCount: 1_000_000)),
    ])

    @Test func readsThePackagesOfADatabase() throws {
        for bytes in [Self.database, Self.gzip(Self.database)] {
            let packages = try #require(PacmanDatabase(bytes)).packages
            #expect(
                packages.map { String(decoding: $0.name, as: UTF8.self) }
                    == ["hello-1-1-any.pkg.tar.zst", "world-2-1-any.pkg.tar.zst"]
            )
            #expect(packages.map(\.byteCount) == [7, 1_000_000])
            #expect(packages.first?.sha256 == Array(repeating: 0xAB, count: 32))
        }
    }

    /// Part of a database would vouch for some packages and say nothing about others.
    @Test func aDatabaseThatIsCutSaysNothing() {
        let compressed = Self.gzip(Self.database)
        for count in 0..<compressed.count where count % 61 == 0 {
            #expect(PacmanDatabase(Array(compressed.prefix(count))) == nil)
        }
        #expect(PacmanDatabase(Array(Self.database.dropLast(1024))) == nil)
        #expect(PacmanDatabase(Self.gzip(Array("no archive".utf8))) == nil)
        // Zstandard, which is not supported here.
        #expect(PacmanDatabase([0x28, 0xB5, 0x2F, 0xFD] + Self.database) == nil)
    }

    @Test func noDamagedByteTraps() {
        var generator = SeededGenerator(seed: 20)
        let compressed = Self.gzip(Self.database)
        for _ in 0..<2_000 {
            var bytes = Bool.random(using: &generator) ? compressed : Self.database
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                in: 0...255,
                using: &generator
            )
            _ = PacmanDatabase(bytes)
        }
    }

    // MARK: - Publishing

    private static let folder = "core/os/x86_64"

    private func publish(
        _ tree: TemporaryFolder,
        _ store: InMemoryStore,
        at seconds: Int64
    ) throws -> TreePublication {
        try TreePublication(
            of: TreeListing(of: [LocalTree(root: tree.path)]),
            in: CatalogStore(store),
            at: Timestamp(secondsSinceEpoch: seconds),
            classes: FileProfile.arch.classes,
            root: tree.path
        )
    }

    private func file(_ publication: TreePublication, _ name: String) throws -> ExpectedFile {
        let catalog = publication.change.catalog
        let path = Array("\(Self.folder)/\(name)".utf8)
        return catalog[try #require(CatalogIndex(catalog).id(of: path[...], in: catalog))]
    }

    private func write(_ tree: TemporaryFolder, byteCount: Int, padding: Int) throws {
        let database = Self.archive([
            ("hello/desc", Self.desc("hello.pkg.tar.zst", byteCount: byteCount)),
            ("padding/files", String(repeating: "x", count: padding)),
        ])
        try tree.write(String(decoding: database, as: UTF8.self), to: "\(Self.folder)/core.db")
    }

    /// The database is too long to be read as a small file, but still gets a digest; so do its
    /// packages.
    @Test func databaseAndPackagesGetDigests() throws {
        let (tree, store) = (try TemporaryFolder("tree"), InMemoryStore())
        try tree.makeFolder(Self.folder)
        try tree.write("1234567", to: "\(Self.folder)/hello.pkg.tar.zst")
        try write(tree, byteCount: 7, padding: 100_000)
        let first = try publish(tree, store, at: 1_800_000_000)
        let digest = try file(first, "hello.pkg.tar.zst").digests[.sha256]
        #expect(digest.map(Array.init) == Array(repeating: 0xAB, count: 32))
        #expect(try file(first, "core.db").byteCount ?? 0 > 100_000)
        #expect(try file(first, "core.db").digests[.sha256] != nil)
        #expect(try !publish(tree, store, at: 1_800_000_100).isPublished)
    }

    /// The package is already another one, and the database is not yet: only the set waits.
    @Test func theSetWaitsForItsDatabase() throws {
        let (tree, store) = (try TemporaryFolder("tree"), InMemoryStore())
        try tree.makeFolder(Self.folder)
        try tree.write("1234567", to: "\(Self.folder)/hello.pkg.tar.zst")
        try write(tree, byteCount: 7, padding: 0)
        let byteCount = try file(publish(tree, store, at: 1_800_000_000), "core.db").byteCount
        try tree.write("123456789", to: "\(Self.folder)/hello.pkg.tar.zst")
        try tree.write("new", to: "\(Self.folder)/core.files")
        try write(tree, byteCount: 8, padding: 10_000)
        let half = try publish(tree, store, at: 1_800_000_100)
        #expect(half.leftOutCounts.map(\.reason) == ["disagreement"])
        #expect(try file(half, "core.db").byteCount == byteCount)
        #expect(try file(half, "hello.pkg.tar.zst").byteCount == 9)
        #expect(half.change.addedCount == 0)
        try write(tree, byteCount: 9, padding: 10_000)
        let whole = try publish(tree, store, at: 1_800_000_200)
        #expect(whole.leftOut.isEmpty && whole.change.addedCount == 1)
        #expect(try file(whole, "core.db").byteCount != byteCount)
    }
}
