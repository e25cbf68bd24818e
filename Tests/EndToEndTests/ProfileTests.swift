import Catalogs
import Foundation
import JSON
import Mirrors
import ObjectStorage
import TestSupport
import Testing

/// Each profile on two releases of a small repository made by its ecosystem's own tool.
@Suite struct ProfileTests {
    /// For each profile, a member of a set in its repository, and a package.
    static let rows: [(profile: FileProfile, member: String, package: String)] = [
        (.debian, "debian/dists/stable/Release", "debian/pool/main/h/hello_1.2_all.deb"),
        (.fedora, "fedora/os/repodata/repomd.xml", "fedora/os/Packages/hello-1.2-1.noarch.rpm"),
        (.arch, "arch/core/os/x86_64/core.db", "arch/core/os/x86_64/hello-1.2-1-any.pkg.tar.gz"),
        (.pypi, "simple/hello/index.html", "packages/hello-1.2-py3-none-any.whl"),
        (
            .ctan, "systems/texlive/tlnet/tlpkg/texlive.tlpdb",
            "systems/texlive/tlnet/archive/hello.r2.tar.xz"
        ),
        (.cran, "src/contrib/PACKAGES.gz", "src/contrib/hello_1.2.tar.gz"),
        (
            .cpan, "modules/02packages.details.txt.gz", "authors/id/A/AB/ABC/Hello-1.2.tar.gz"
        ),
        (.gentoo, "", "distfiles/02/hello-1.2.tar.xz"), (.flat, "", "hello-1.2.tar.gz"),
    ]

    /// The contents of all files below `root`, by path.
    private func files(below root: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
            // A folder has no contents.
            if let content = try? Data(contentsOf: URL(fileURLWithPath: "\(root)/\(path)")) {
                files[path] = content
            }
        }
        return files
    }

    @Test(arguments: rows)
    func foreseesWhatItsToolChangesUnderItsName(
        _ row: (profile: FileProfile, member: String, package: String)
    ) throws {
        let folder = try TemporaryFolder("profile")
        let tree = try folder.makeFolder("tree")
        let environment = [
            "STORAGE_URL": "file://\(try folder.makeFolder("storage"))", "TREE": tree,
            "PROFILE": row.profile.rawValue,
        ]
        let leader = Product.function("leader", environment: environment)
        var releases: [[String: Data]] = []
        for number in 1...2 {
            try ClientTool.run(
                "python3",
                [
                    "\(Repository.root)/Tests/Fixtures/packages/make-release",
                    row.profile.rawValue, tree, "\(number)",
                ]
            )
            let result = try leader.run()
            #expect(result.isSuccess, "\(result)")
            releases.append(try files(below: tree))
        }
        let classes = row.profile.classes
        let bytes = { (path: String) in Array(path.utf8)[...] }
        for (path, content) in releases[1] {
            if let before = releases[0][path], before != content {
                #expect(classes.isMutable(bytes(path)), "\(path) changed under its name")
            }
            if path.hasSuffix(".old") { continue }
            #expect(!classes.excluded.contains { $0.matches(bytes(path)) }, "\(path)")
        }
        // A package is not a mutable file, except where mirrors reuse the names of packages.
        #expect(classes.isMutable(bytes(row.package)) == (row.profile == .ctan))
        #expect(classes.set(of: bytes(row.package))?.folder == nil)
        try expectShown(row, leader)
    }

    /// `leader --classes` reports how it was published, and why.
    private func expectShown(
        _ row: (profile: FileProfile, member: String, package: String),
        _ leader: FunctionBinary
    ) throws {
        let package = try leader.run(arguments: ["--classes", "/\(row.package)"])
        #expect(package.output.contains("profile   \(row.profile.rawValue)\n"), "\(package)")
        #expect(package.output.contains("published yes, as it is since generation 2"), "\(package)")
        #expect(package.output.contains("set       none"), "\(package)")
        guard !row.member.isEmpty else { return }
        let member = try leader.run(arguments: ["--classes", row.member])
        #expect(member.output.contains("class     mutable: the pattern \""), "\(member)")
        #expect(member.output.contains("bytes until generation 2"), "\(member)")
        #expect(!member.output.contains("set       none"), "\(member)")
    }

    /// Digests that an index states for other files are published with them, and the index has a
    /// digest of its own.
    @Test(arguments: [
        (
            FileProfile.debian, "", "debian/dists/stable/Release",
            "debian/dists/stable/main/Contents-all"
        ),
        (
            .arch, "", "arch/core/os/x86_64/core.db.tar.gz",
            "arch/core/os/x86_64/hello-1.1-1-any.pkg.tar.gz"
        ),
        // The root may be the repository.
        (.debian, "debian", "dists/stable/Release", "dists/stable/main/Contents-all"),
        (.fedora, "fedora/os", "repodata/repomd.xml", ""),
        (.arch, "arch/core/os/x86_64", "core.db.tar.gz", "hello-1.1-1-any.pkg.tar.gz"),
    ])
    func digestsOfAnIndexArePublished(
        _ row: (profile: FileProfile, root: String, head: String, named: String)
    ) throws {
        let folder = try TemporaryFolder("profile")
        let (all, storage) = (try folder.makeFolder("tree"), try folder.makeFolder("storage"))
        try ClientTool.run(
            "python3",
            [
                "\(Repository.root)/Tests/Fixtures/packages/make-release", row.profile.rawValue,
                all, "1",
            ]
        )
        let tree = row.root.isEmpty ? all : "\(all)/\(row.root)"
        let leader = Product.function(
            "leader",
            environment: [
                "STORAGE_URL": "file://\(storage)", "TREE": tree, "PROFILE": row.profile.rawValue,
            ]
        )
        #expect(try leader.run().isSuccess)
        let catalog = try CatalogStore(FileStore(folder: storage)).newest()
        let index = CatalogIndex(catalog)
        for path in [row.head, row.named] where !path.isEmpty {
            let id = try #require(index.id(of: Array(path.utf8)[...], in: catalog))
            let digest = catalog.digests(of: id)[.sha256].map {
                $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            }
            let sum = try ClientTool.run("sha256sum", ["\(tree)/\(path)"]).output.prefix(64)
            #expect(digest == String(sum), "\(path)")
        }
        let shown = try leader.run(arguments: ["--classes", row.head])
        #expect(!shown.output.contains("set       none"), "\(shown)")
    }

    @Test func aPathIsClassifiedAsItWouldBePublished() throws {
        let folder = try TemporaryFolder("profile")
        let storage = try folder.makeFolder("storage")
        func classification(_ profile: String) throws -> FunctionResult {
            try Product.function(
                "leader",
                environment: ["STORAGE_URL": "file://\(storage)", "PROFILE": profile]
            ).run(arguments: ["--classes", "dists/stable/Release"])
        }
        let known = try classification("debian")
        #expect(known.output.contains("profile   debian\npublished not yet"), "\(known)")
        let unknown = try classification("debain")
        #expect(unknown.ending == .exited(2), "\(unknown)")
        #expect(unknown.log.contains("PROFILE: expected one of"), "\(unknown)")
        #expect(!FileManager.default.fileExists(atPath: "\(storage)/classes.json"))
    }

    @Test func anUnknownProfileIsRefusedBeforeAnythingIsWritten() throws {
        let folder = try TemporaryFolder("profile")
        let storage = try folder.makeFolder("storage")
        let leader = Product.function(
            "leader",
            environment: ["STORAGE_URL": "file://\(storage)", "TREE": folder.path]
        )
        for (request, variables) in [("", ["PROFILE": "ubuntu"]), (#"{"profile":"ubuntu"}"#, [:])] {
            let result = try leader.run(request, environment: variables)
            #expect(result.ending == .exited(2), "\(result)")
            #expect(result.log.contains("one of gentoo, debian"), "\(result)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: storage) == [])
    }
}
