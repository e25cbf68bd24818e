import Catalogs
import Foundation
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

/// Digests from Manifests when a file is published, in the layout that the tree itself names.
@Suite struct ManifestDetailsTests {
    let tree = TemporaryTree()
    let repository = TemporaryTree()
    let catalogs = CatalogStore(InMemoryStore())
    let now = Timestamp(secondsSinceEpoch: 1_780_000_000)
    let digest = String(repeating: "ab", count: 64)

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func name(_ file: String, in package: String) throws {
        repository.folder("app-misc/\(package)")
        let line = "DIST \(file) 5 BLAKE2B \(digest) SHA512 \(digest)\n"
        try write(line, to: "\(repository.root)/app-misc/\(package)/Manifest")
    }

    private func manifests() throws -> ManifestTree {
        try ManifestTree(repositories: [repository.root], layout: .tree(tree.root))
    }

    private func digests(of path: String) throws -> [Digests.Algorithm] {
        let catalog = try catalogs.newest()
        let id = try #require(CatalogIndex(catalog).id(of: Array(path.utf8)[...], in: catalog))
        return catalog.digests(of: id).algorithms
    }

    @Test func aNewFileGetsItsDigestsWithItsPublication() throws {
        tree.folder("distfiles/80")
        try name("old-1.tar", in: "old")
        let details = ManifestDetails(try manifests())
        func publish(_ path: String) throws {
            _ = try TreePublication(
                ofPaths: [TreePath(path)],
                in: tree.root,
                details: details,
                in: catalogs,
                at: now
            )
        }
        // "which-2.23.tar.gz" belongs in 80/ (BLAKE2B, 8 bits).
        tree.file("distfiles/80/which-2.23.tar.gz", byteCount: 5)
        try publish("distfiles/80/which-2.23.tar.gz")
        #expect(try digests(of: "distfiles/80/which-2.23.tar.gz") == [])

        // Its Manifest is added, and the next publication reads it.
        try name("which-2.23.tar.gz", in: "which")
        try publish("distfiles/80/which-2.23.tar.gz")
        #expect(try digests(of: "distfiles/80/which-2.23.tar.gz") == [.sha512, .blake2b])

        // A file of another length is another file, and one that changes under its name is read.
        tree.file("distfiles/80/which-2.23.tar.gz", byteCount: 6)
        try publish("distfiles/80/which-2.23.tar.gz")
        #expect(try digests(of: "distfiles/80/which-2.23.tar.gz") == [.sha256])
    }

    /// emirrordist makes hard links in two layouts; the Manifests' listing has symbolic links
    /// instead.
    @Test(arguments: [false, true]) func bothNamesOfAHardLinkGetThem(byPaths: Bool) throws {
        try name("which-2.23.tar.gz", in: "which")
        tree.folder("distfiles/80").file("distfiles/80/which-2.23.tar.gz", byteCount: 5)
        let text = "[structure]\n0=filename-hash BLAKE2B 8\n1=flat\n"
        try write(text, to: "\(tree.root)/distfiles/layout.conf")
        let root = tree.root
        let place = "\(root)/distfiles/80/which-2.23.tar.gz"
        #expect(unsafe link(place, "\(root)/distfiles/which-2.23.tar.gz") == 0)
        let manifests = try manifests()
        if byPaths {
            _ = try TreePublication(
                ofPaths: [TreePath("distfiles")],
                in: tree.root,
                details: ManifestDetails(manifests),
                in: catalogs,
                at: now
            )
        } else {
            _ = try TreePublication(
                of: TreeListing(of: [LocalTree(root: tree.root), manifests]),
                in: catalogs,
                at: now
            )
        }
        for path in ["distfiles/80/which-2.23.tar.gz", "distfiles/which-2.23.tar.gz"] {
            #expect(try digests(of: path) == [.sha512, .blake2b], "\(path)")
        }
    }

    @Test func theLayoutIsTheTreesOwn() throws {
        try name("which-2.23.tar.gz", in: "which")
        tree.folder("distfiles")
        let source = try manifests()
        #expect(try source.listing().entries.pathTexts.last == "distfiles/80/which-2.23.tar.gz")
        try write("[structure]\n0=flat\n", to: "\(tree.root)/distfiles/layout.conf")
        #expect(try source.listing().entries.pathTexts.last == "distfiles/which-2.23.tar.gz")
        try write("[structure]\n0=other\n", to: "\(tree.root)/distfiles/layout.conf")
        #expect {
            try source.listing()
        } throws: { "\($0)".contains("distfiles/layout.conf cannot be used: the structure") }
    }
}
