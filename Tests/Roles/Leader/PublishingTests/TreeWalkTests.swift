import Catalogs
import Glibc
import Mirrors
import Testing
import Time

@testable import Publishing

@Suite struct TreeWalkTests {
    let tree = TemporaryTree()

    func listing() throws -> TreeListing { try TreeWalk.listing(of: tree.root) }

    @Test func listsFilesLinksAndFoldersInTheOrderOfTheirBytes() throws {
        tree.folder("a/x").folder("a-b").file("a/x/f", byteCount: 5, modified: 77)
        tree.file("B", byteCount: 0).link("a/l", to: "x/f")
        let entries = try listing().entries
        #expect(entries.pathTexts == ["B", "a", "a/l", "a/x", "a/x/f", "a-b"])
        #expect(
            (0..<6).map(entries.kind) == [
                .file, .directory, .symlink, .directory, .file, .directory,
            ]
        )
        #expect(entries.byteCount(at: 0) == 0)
        #expect(entries.byteCount(at: 1) == nil)
        #expect(entries.byteCount(at: 4) == 5)
        #expect(entries.modified(at: 4) == Timestamp(secondsSinceEpoch: 77))
        #expect(entries.target(at: 2).map(Array.init) == Array("x/f".utf8))
    }

    static let oddNames: [[UInt8]] = [
        [0xFF, 0xFE], Array("two\nlines".utf8), Array(" ".utf8), Array("%2F\\".utf8),
        Array(repeating: 0x78, count: 255), Array("é".utf8), Array("e\u{301}".utf8), [0x2E, 0x61],
    ]

    @Test(arguments: oddNames)
    func keepsNamesAsBytes(name: [UInt8]) throws {
        tree.file(bytes: name, byteCount: 3)
        #expect(try Array(listing().entries.paths[0]) == name)
    }

    @Test func listsTheSameTreeTheSame() throws {
        for number in 0..<200 { tree.file("f\(number &* 7919 % 200)") }
        let first = try listing()
        #expect(try listing().entries == first.entries)
        #expect(first.entries.pathTexts == (0..<200).map { "f\($0)" }.sorted())
    }

    static let names: [(name: String, isTemporary: Bool)] = [
        (".foo.tar.xz.Ab3dE9", true), (".a.ZZZZZZ", true), (".~tmp~", true), (".foo.tar.xz", false),
        (".foo.12345", false), (".foo.1234567", false), ("foo.Ab3dE9", false),
        (".foo.Ab3d_9", false),
        ("..Ab3dE9", false), (".Ab3dE9", false), (".foo.AB[CD^", false),
    ]

    @Test(arguments: names)
    func knowsWhatRsyncIsStillReceiving(name: String, isTemporary: Bool) throws {
        tree.file(name)
        let listing = try self.listing()
        #expect(listing.entries.count == (isTemporary ? 0 : 1))
        let expected =
            isTemporary ? [TreeListing.LeftOut(path: TreePath(name), reason: .temporary)] : []
        #expect(listing.leftOut == expected)
    }

    @Test func leavesOutEverythingButFiles() throws {
        let status = unsafe mkfifo("\(tree.root)/pipe", 0o644)
        #expect(status == 0)
        tree.file("f")
        let listing = try self.listing()
        #expect(listing.entries.pathTexts == ["f"])
        #expect(listing.leftOut == [.init(path: TreePath("pipe"), reason: .specialFile)])
        #expect(listing.unknownPaths.isEmpty)
    }

    @Test func reportsAFolderThatItMayNotRead() throws {
        tree.folder("closed").file("closed/f").file("open")
        unsafe chmod("\(tree.root)/closed", 0)
        unsafe chmod(tree.root, 0o755)
        defer { unsafe _ = chmod("\(tree.root)/closed", 0o755) }
        let listing = try asNobody { try self.listing() }
        #expect(listing.entries.pathTexts == ["closed", "open"])
        #expect(
            listing.leftOut == [
                .init(path: TreePath("closed"), reason: .unreadable("Permission denied"))
            ]
        )
        #expect(listing.unknownPaths == [TreePath("closed")])
    }

    @Test func endsInsideTheDepthLimit() throws {
        tree.folder(Array(repeating: "d", count: TreeWalk.depthLimit + 5).joined(separator: "/"))
        let listing = try self.listing()
        #expect(listing.entries.count == TreeWalk.depthLimit + 1)
        #expect(listing.leftOut.map(\.reason) == [.tooDeep])
    }

    @Test func followsALinkAtTheRootOnly() throws {
        tree.folder("real").file("real/f").link("root", to: "real").link("real/l", to: "..")
        #expect(try TreeWalk.listing(of: "\(tree.root)/root").entries.pathTexts == ["f", "l"])
    }

    @Test func saysWhyARootCannotBeRead() throws {
        tree.file("f")
        for (path, reason) in [("none", "No such file or directory"), ("f", "Not a directory")] {
            let root = "\(tree.root)/\(path)"
            #expect(throws: PublishingError.unreadableTree(path: root, reason: reason)) {
                try TreeWalk.listing(of: root)
            }
        }
    }
}

extension EntryColumns {
    /// The paths as text, for comparisons.
    var pathTexts: [String] {
        (0..<count).map { String(decoding: paths[$0], as: UTF8.self) }
    }
}
