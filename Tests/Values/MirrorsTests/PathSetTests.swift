import Mirrors
import Testing

@Suite struct PathSetTests {
    /// A path, and the folder of its set in the profile; empty for the root, nil for no set.
    static let members: [(profile: FileProfile, path: String, folder: String?)] = [
        (.debian, "debian/dists/trixie/InRelease", "debian/dists/trixie"),
        (.debian, "dists/trixie/main/binary-amd64/Packages.xz", "dists/trixie"),
        (.debian, "dists/trixie/updates/Release", "dists/trixie"),
        (.debian, "dists/README", nil),
        (.debian, "dists/trixie/", nil),
        (.debian, "pool/main/h/hello/hello_1_all.deb", nil),
        (.fedora, "linux/updates/42/repodata/repomd.xml", "linux/updates/42/repodata"),
        (.fedora, "repodata/x-primary.xml.gz", "repodata"),
        (.fedora, "linux/updates/42/Packages/h/hello.rpm", nil),
        (.fedora, "a/repodata-old/repomd.xml", nil),
        (.arch, "core/os/x86_64/core.db", "core/os/x86_64"),
        (.arch, "core/os/x86_64/core.files.tar.gz.sig", "core/os/x86_64"),
        (.arch, "core/os/x86_64/hello.pkg.tar.zst", nil),
        (.arch, "core.db", ""), (.arch, "core.files.sig", ""), (.arch, "lastsync", nil),
        (.debian, "Release", ""), (.debian, "Packages.gz", ""), (.debian, "hello_1_all.deb", nil),
        (.debian, "stable/amd64/Packages", "stable/amd64"), (.debian, "PackagesOf", nil),
        (.pypi, "simple/hello/index.html", "simple/hello"),
        (.pypi, "simple/index.html", nil),
        (.cran, "src/contrib/PACKAGES.gz", "src/contrib"),
        (.cran, "bin/windows/contrib/4.4/PACKAGES", "bin/windows/contrib/4.4"),
        (.ctan, "systems/texlive/tlnet/tlpkg/texlive.tlpdb.xz", "systems/texlive/tlnet/tlpkg"),
        (.ctan, "systems/texlive/tlnet/tlpkg/TeXLive/x.pm", nil),
        (.cpan, "modules/02packages.details.txt.gz", "modules"),
        (.gentoo, "distfiles/layout.conf", nil), (.flat, "a/b", nil),
    ]

    @Test(arguments: members)
    func aMemberIsInTheOutermostFolderThatMakesASet(
        _ row: (profile: FileProfile, path: String, folder: String?)
    ) {
        // A slice does not begin at 0.
        let set = row.profile.classes.set(of: Array("xx\(row.path)".utf8).dropFirst(2))
        #expect(set.map { String(decoding: $0.folder, as: UTF8.self) } == row.folder)
    }

    @Test func theRootIsAFolder() throws {
        for (folder, names, path, length) in [
            ("/", [], "a/b", 0), ("/", ["c*"], "a/b", nil), ("/", ["c*"], "core.db", 0),
            ("/*", ["c*"], "core.db", 0), ("/*", ["c*"], "a/core.db", 1),
            ("/*", ["c*"], "a/b/core.db", nil), ("a", ["c*"], "core.db", nil),
        ] as [(String, [String], String, Int?)] {
            let pattern = try #require(PathSet.folderPattern(folder))
            let set = PathSet(folder: pattern, names: names.compactMap { PathPattern($0) })
            #expect(set.folderLength(of: Array(path.utf8).span) == length, "\(folder) \(path)")
            #expect(PathSet.sets(in: Array(PathSet.text(of: [set]).utf8)) == [set])
        }
    }

    /// A redirector reads what the builder wrote, except for packages.
    @Test func setsTravelAsText() {
        for profile in FileProfile.allCases {
            let sets = profile.classes.sets
            let read = PathSet.sets(in: Array(PathSet.text(of: sets).utf8))
            #expect(read.map(\.folder) == sets.map(\.folder))
            #expect(read.map(\.names) == sets.map(\.names))
        }
        let bad = "a\n\n**\tb\n\t\nb\t**\tc\n" + String(repeating: "x\n", count: 200)
        let sets = PathSet.sets(in: Array(bad.utf8))
        #expect(sets.prefix(3).map(\.folder.description) == ["a", "b", "x"])
        #expect(sets[1].names.map(\.description) == ["c"])
        #expect(sets.count < PathSet.countLimit)
    }

    static let scopes: [(text: String, folder: String, base: String?)] = [
        ("..", "os/repodata", "os"), ("..", "repodata", ""), ("../../pool", "a/dists/b", "a"),
        ("../../pool", "dists/b", ""), ("../../../x", "dists/b", nil), ("*.rpm", "a/b", "a/b"),
    ]

    @Test(arguments: scopes)
    func aScopeGoesUpAndDown(_ row: (text: String, folder: String, base: String?)) throws {
        let scope = try #require(PackageScope(row.text))
        #expect(scope.description == row.text)
        let base = scope.base(of: Array(row.folder.utf8)[...])
        #expect(base.map { String(decoding: $0, as: UTF8.self) } == row.base)
    }

    @Test(arguments: ["", "/a", "../", "..//a", "../**"])
    func aScopeHasAnEnd(text: String) {
        #expect(PackageScope(text) == nil)
    }
}
