import Bytes
import Catalogs
import Foundation
import Glibc
import Hashing
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

/// One set of distfiles that every source describes in its own way.
struct Distfiles {
    struct File {
        let name: String
        let byteCount: Int
        let modified: Int
        let sha512: String
        let blake2b: String
    }

    let files: [File]

    init(count: Int) {
        let names =
            SampleTree.oddNames + (0..<count).map { "package\($0 * 7919 % 1000)-1.\($0).tar.xz" }
        files = names.enumerated().map { index, name in
            File(
                name: name,
                byteCount: 100 + index,
                modified: 1_700_000_000 + index,
                sha512: SHA512.digest(of: Array(name.utf8)).hexadecimal,
                blake2b: BLAKE2b.digest(of: Array("x\(name)".utf8)).hexadecimal
            )
        }
    }

    static func folder(of name: String) -> String {
        String(BLAKE2b.digest(of: Array(name.utf8)).hexadecimal.prefix(2))
    }

    /// Writes files in hashed folders and links from the flat names, or the other way round.
    func write(to tree: TemporaryTree, isFlat: Bool = false) {
        for file in files {
            let folder = Self.folder(of: file.name)
            tree.folder("distfiles/\(folder)")
            let (place, link) =
                isFlat
                ? (file.name, "\(folder)/\(file.name)") : ("\(folder)/\(file.name)", file.name)
            tree.file("distfiles/\(place)", byteCount: file.byteCount, modified: file.modified)
            tree.link("distfiles/\(link)", to: isFlat ? "../\(place)" : place)
        }
    }

    /// Writes an ebuild repository with a package for every ten files.
    func writeManifests(to repository: TemporaryTree) throws {
        for start in stride(from: 0, to: files.count, by: 10) {
            let folder = "app-misc/package\(start)"
            repository.folder(folder)
            let lines = files[start..<min(start + 10, files.count)].map { file in
                "DIST \(file.name) \(file.byteCount) BLAKE2B \(file.blake2b) SHA512 "
                    + "\(file.sha512)\n"
            }
            let text =
                "AUX a.patch 1 BLAKE2B 00 SHA512 11\n" + lines.joined() + "EBUILD a 2 SHA512 33\n"
            try Data(text.utf8).write(
                to: URL(fileURLWithPath: "\(repository.root)/\(folder)/Manifest")
            )
        }
        repository.folder("metadata/md5-cache").file("profiles")
    }

    /// The output of `find` in the format that ``TreeListingFile`` documents.
    func listing(withDigests: Bool) -> String {
        var random = SeededGenerator.forTest()
        return files.shuffled(using: &random).map { file in
            let folder = Self.folder(of: file.name)
            let digests = withDigests ? "\tsha512:\(file.sha512)\tblake2b:\(file.blake2b)" : ""
            return
                "./distfiles/\(folder)/\(file.name)\t\(file.byteCount)\t"
                + "\(file.modified).5\(digests)\n"
                + "distfiles/\(file.name)\t->\t\(folder)/\(file.name)\n"
        }.joined()
    }
}

extension [UInt8] {
    var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

@Suite struct SourcesTests {
    let tree = TemporaryTree()
    let repository = TemporaryTree()
    let start = Timestamp(secondsSinceEpoch: 1_780_000_000)

    func catalog(of sources: any TreeSource...) throws -> Catalog {
        var listing = try TreeListing(of: sources)
        listing.resolveLinks()
        return try #require(
            try Catalog().updated(
                with: listing,
                generation: 1,
                at: start,
                allowingShrink: false
            )
        ).catalog
    }

    /// The catalog's files, without the fields named.
    func files(
        of catalog: Catalog,
        withoutTimes: Bool = false,
        withoutDigests: Bool = false
    ) -> [ExpectedFile] {
        catalog.ids.map { id in
            var file = catalog[id]
            if withoutTimes { file.modified = EntryColumns.unknownTime }
            if withoutDigests { file.digests = Digests() }
            return file
        }
    }

    func listed(_ text: String) throws -> TreeListingFile {
        let path = "\(repository.root)/listing"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return TreeListingFile(path: path)
    }

    func layout(_ text: String) throws -> String {
        let path = "\(repository.root)/layout.conf"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test(arguments: [false, true])
    func giveTheSameCatalogForTheSameContent(isFlat: Bool) throws {
        let distfiles = Distfiles(count: 200)
        distfiles.write(to: tree, isFlat: isFlat)
        try distfiles.writeManifests(to: repository)
        let structures = ["filename-hash BLAKE2B 8", "flat"]
        let order = isFlat ? structures.reversed() : structures
        let layout = try layout("[structure]\n0=\(order[0])\n1=\(order[1])\n")
        tree.file(
            "distfiles/layout.conf",
            byteCount: try Data(contentsOf: URL(fileURLWithPath: layout)).count,
            modified: 1
        )

        let walked = try catalog(of: LocalTree(root: tree.root))
        #expect(walked.count > 400)
        let manifests = try catalog(
            of: ManifestTree(repositories: [repository.root], layout: .file(layout))
        )
        let bare = files(of: walked, withoutTimes: true)
        #expect(files(of: manifests, withoutTimes: true, withoutDigests: true) == bare)
        let some = try #require(manifests.ids.first { manifests.byteCount(of: $0) == 100 })
        #expect(manifests.digests(of: some).algorithms == [.sha512, .blake2b])

        unsafe chmod(tree.root, 0o755)
        let daemon = try RsyncDaemon(root: tree.root)
        let listed = try catalog(of: RsyncTree(url: daemon.baseURL))
        #expect(files(of: listed) == files(of: walked))

        if !isFlat {
            let text = distfiles.listing(withDigests: true)
            var all = files(of: try catalog(of: try self.listed(text)))
            var known = files(of: manifests, withoutTimes: true)
            all = all.map {
                var file = $0
                file.modified = EntryColumns.unknownTime
                return file
            }
            // The listing does not have it, which moves the numbers of the files after it.
            known.removeAll { $0.path == TreePath("distfiles/layout.conf") }
            #expect(all == known)
        }
    }

    @Test func joinsWhatTheManifestsKnowToWhatIsThere() throws {
        let distfiles = Distfiles(count: 20)
        distfiles.write(to: tree)
        try distfiles.writeManifests(to: repository)
        tree.folder("releases").file("releases/iso")
        let all = try catalog(
            of: LocalTree(root: tree.root),
            ManifestTree(repositories: [repository.root])
        )
        let walked = try catalog(of: LocalTree(root: tree.root))
        #expect(files(of: all, withoutDigests: true) == files(of: walked))
        let withDigests = all.ids.count { !all.digests(of: $0).isEmpty }
        #expect(withDigests == 2 * distfiles.files.count)
    }

    @Test func reportsWhereSourcesDisagree() throws {
        tree.folder("distfiles/aa").file("distfiles/aa/f", byteCount: 5).file("top")
        let listed = try listed(
            """
            distfiles/aa/f\t6\t1
            distfiles/bb/late\t1\t1
            other/g\t7\t1
            top/below\t1\t1

            """
        )
        let listing = try TreeListing(of: [LocalTree(root: tree.root), listed])
        #expect(
            listing.entries.pathTexts == [
                "distfiles", "distfiles/aa", "distfiles/aa/f", "other", "other/g", "top",
            ]
        )
        #expect(listing.entries.byteCount(at: 2) == 5)
        #expect(
            listing.leftOut.map(\.description) == [
                "distfiles/aa/f: \(listed.name) has 6 bytes, not 5",
                "distfiles/bb/late: only in \(listed.name)",
                "top: \(listed.name) has a directory, not a file",
                "top/below: only in \(listed.name)",
            ]
        )
    }

    @Test func takesTheFirstOfTwoManifestsThatDisagree() throws {
        repository.folder("a/one").folder("a/two")
        let digest = String(repeating: "ab", count: 64)
        for (package, byteCount) in [("one", 5), ("two", 6)] {
            try Data("DIST f \(byteCount) SHA512 \(digest)\n".utf8).write(
                to: URL(fileURLWithPath: "\(repository.root)/a/\(package)/Manifest")
            )
        }
        let listing = try ManifestTree(repositories: [repository.root]).listing()
        let path = "distfiles/\(Distfiles.folder(of: "f"))/f"
        #expect(listing.entries.pathTexts.last == path)
        #expect(listing.entries.byteCount(at: 2) == 5)
        #expect(
            listing.leftOut.map(\.description) == ["\(path): another line has 6 bytes, not 5"]
        )
    }

    static let badManifests = [
        "DIST f 5 SHA512 abcd\n", "DIST f five SHA512 00\n", "DIST f 5\n", "DIST f",
        "DIST ../f 5 SHA512 \(String(repeating: "ab", count: 64))\n",
        "DIST a\\x2fb 5 SHA512 \(String(repeating: "ab", count: 64))\n",
        "DIST f 5 SHA512 \(String(repeating: "ab", count: 64))",
    ]

    @Test(arguments: badManifests)
    func removesNothingUnderAManifestThatIsCut(text: String) throws {
        let distfiles = Distfiles(count: 30)
        try distfiles.writeManifests(to: repository)
        let whole = try catalog(of: ManifestTree(repositories: [repository.root]))
        try Data(text.utf8).write(
            to: URL(fileURLWithPath: "\(repository.root)/app-misc/package0/Manifest")
        )
        var listing = try ManifestTree(repositories: [repository.root]).listing()
        #expect(listing.unknownPaths == [TreePath("distfiles")])
        #expect(listing.leftOut.first?.description.contains("package0/Manifest") == true)
        listing.resolveLinks()
        let change = try whole.updated(
            with: listing,
            generation: 2,
            at: start,
            allowingShrink: false
        )
        #expect(change == nil)
    }

    static let badListings: [(text: String, reason: String)] = [
        ("a\t1\t1\nb\t2\t2", "line 2"), ("a\n", "between tabs"), ("a\t-1\t1\n", "size"),
        ("a\t1\tyesterday\n", "time"), ("a\t1\t1\tsha256:00\n", "digest"),
        ("a\\q\t1\t1\n", "backslash"),
        ("a\t99999999999999999999\t1\n", "size"),
    ]

    @Test(arguments: badListings)
    func refuseAListingWithABadLine(text: String, reason: String) throws {
        let listed = try listed(text)
        #expect {
            try listed.listing()
        } throws: {
            "\($0)".contains(reason) && "\($0)".contains(", line ")
        }
    }

    @Test func readsEscapesAndLeavesOutWhatIsNoPath() throws {
        let listing = try listed(
            "a\\tb\\n\\x41\\\\\t1\t-\n../up\t1\t1\n/absolute\t1\t1\nfolder/\t0\t0\n"
                + "x//y\t1\t1\n\nf\t1\t1\nf/g\t1\t1\n"
        ).listing()
        #expect(listing.entries.pathTexts == ["a\tb\nA\\", "f", "folder"])
        #expect(listing.entries.modified(at: 0) == EntryColumns.unknownTime)
        #expect(
            listing.leftOut.map(\.reason.name).sorted() == [
                "badPath", "badPath", "badPath", "belowFile",
            ]
        )
    }

    static let layouts: [(text: String, path: String?)] = [
        ("[structure]\n0=flat\n", "distfiles/which-2.23.tar.gz"),
        ("[structure]\n0=filename-hash BLAKE2B 8\n", "distfiles/80/which-2.23.tar.gz"),
        (
            "# c\n[structure]\n 1 = flat\n 0 = filename-hash BLAKE2B 8\n",
            "distfiles/80/which-2.23.tar.gz"
        ),
        ("[structure]\n0=filename-hash BLAKE2B 4:8\n", "distfiles/8/00/which-2.23.tar.gz"),
        ("[structure]\n0=filename-hash MD5 8\n", nil),
        ("[structure]\n0=filename-hash BLAKE2B 7\n", nil),
        ("[structure]\n0=content-hash SHA512 8\n", nil), ("0=flat\n", nil), ("", nil),
        ("[structure]\nflat\n", nil),
    ]

    @Test(arguments: layouts)
    func putsFilesWhereTheLayoutSays(text: String, path: String?) throws {
        repository.folder("a/b")
        let digest = String(repeating: "ab", count: 64)
        try Data("DIST which-2.23.tar.gz 5 SHA512 \(digest)\n".utf8).write(
            to: URL(fileURLWithPath: "\(repository.root)/a/b/Manifest")
        )
        let layout = try layout(text)
        guard let path else {
            #expect {
                try ManifestTree(repositories: [repository.root], layout: .file(layout))
            } throws: { "\($0)".contains("layout.conf") }
            return
        }
        let source = try ManifestTree(repositories: [repository.root], layout: .file(layout))
        let listing = try source.listing()
        #expect(listing.entries.pathTexts.contains(path))
    }

    @Test func failsWhereRsyncFails() throws {
        let daemon = try RsyncDaemon(root: tree.root)
        for url in ["rsync://127.0.0.1:\(daemon.port)/none/", "rsync://127.0.0.1:1/tree/"] {
            #expect {
                try RsyncTree(url: url).listing()
            } throws: {
                guard case .unreadableSource(let name, _)? = $0 as? PublishingError else {
                    return false
                }
                return name == url
            }
        }
    }

    @Test func removesNothingWhereRsyncCouldNotReadEverything() throws {
        for number in 0..<40 { tree.folder("d\(number % 2)").file("d\(number % 2)/\(number)") }
        unsafe chmod(tree.root, 0o755)
        let daemon = try RsyncDaemon(root: tree.root)
        let whole = try catalog(of: RsyncTree(url: daemon.baseURL))
        #expect(whole.count == 42)
        unsafe chmod("\(tree.root)/d1", 0)
        defer { unsafe _ = chmod("\(tree.root)/d1", 0o755) }
        var listing = try RsyncTree(url: daemon.baseURL).listing()
        #expect(listing.entries.count == 22)
        #expect(listing.leftOut.map(\.reason.name) == ["unreadable"])
        listing.resolveLinks()
        #expect(
            try whole.updated(with: listing, generation: 2, at: start, allowingShrink: false) == nil
        )
    }
}
