import Catalogs
import Foundation
import Mirrors
import ObjectStorage
import TestSupport
import Testing

/// The real emirrordist fills a master that is published meanwhile, by a watch and by cron's walks.
///
/// It has no `--temp-dir`, so its temporary files lie among the others.
@Suite struct EmirrordistTests {
    private static let count = 12

    private let folder: TemporaryFolder
    private let upstream: Nginx
    private var tree: String { folder.appending("tree") }
    private var distfiles: String { folder.appending("tree/distfiles") }
    private var repository: String { folder.appending("repo") }

    /// A repository of packages with one file each, served by a slow host.
    init() throws {
        folder = try TemporaryFolder("emirrordist")
        upstream = try Nginx(
            server: "limit_rate 150k;",
            root: try folder.makeFolder("upstream")
        )
        for name in [
            "etc/portage", "repo/profiles/default", "repo/metadata/md5-cache/app-misc",
            "tree/distfiles", "tmp", "walked", "watched",
        ] { try folder.makeFolder(name) }
        let layout = "[structure]\n0=filename-hash BLAKE2B 8\n1=flat\n"
        for (name, text) in PortageRepository.files + [
            (
                "repo/metadata/layout.conf",
                "masters =\nthin-manifests = true\nmanifest-hashes = BLAKE2B\n"
                    + "cache-formats = md5-dict\n"
            ),
            (
                "etc/portage/repos.conf",
                "[DEFAULT]\nmain-repo = example\n[gentoo]\ndisabled = true\n"
                    + "[example]\nlocation = \(folder.path)/repo\n"
            ),
            (
                "etc/portage/make.conf",
                "DISTDIR=\"\(folder.path)/distdir\"\nPORTAGE_TMPDIR=\"\(folder.path)/tmp\"\n"
                    + "FEATURES=\"-userfetch -userpriv -usersandbox -sandbox -network-sandbox\"\n"
            ),
            ("layout.conf", layout), ("tree/distfiles/layout.conf", layout),
        ] { try folder.write(text, to: name) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending("etc/portage/make.profile"),
            withDestinationPath: "../../repo/profiles/default"
        )
        for number in 0..<Self.count { try addPackage(number) }
    }

    private static func name(_ number: Int) -> String { "package\(number)-1.tar.xz" }

    private func addPackage(_ number: Int) throws {
        let (package, file) = ("package\(number)", Self.name(number))
        let content = String(repeating: "\(number) ", count: 100_000)
        try folder.write(content, to: "upstream/\(file)")
        let digest = try ClientTool.run("b2sum", [folder.appending("upstream/\(file)")])
        try folder.makeFolder("repo/app-misc/\(package)")
        try folder.write(
            "DIST \(file) \(content.utf8.count) BLAKE2B \(digest.output.prefix(128))\n",
            to: "repo/app-misc/\(package)/Manifest"
        )
        let fields = [
            "DESCRIPTION": "An example", "HOMEPAGE": "https://example.org", "SLOT": "0",
            "SRC_URI": "\(upstream.baseURL)\(file)", "LICENSE": "MIT", "KEYWORDS": "amd64",
        ]
        let ebuild = fields.map { "\($0.key)=\"\($0.value)\"\n" }.sorted().joined()
        let path = try folder.write(
            "EAPI=8\n" + ebuild,
            to: "repo/app-misc/\(package)/\(package)-1.ebuild"
        )
        // The metadata that Gentoo's repository ships, so that no shell is needed to read an
        // ebuild.
        let sum = try ClientTool.run("md5sum", [path]).output.prefix(32)
        let cache = fields.map { "\($0.key)=\($0.value)\n" }.sorted().joined()
        try folder.write(
            "DEFINED_PHASES=-\nEAPI=8\n\(cache)_md5_=\(sum)\n",
            to: "repo/metadata/md5-cache/app-misc/\(package)-1"
        )
    }

    private func leader(_ store: String) -> FunctionBinary {
        Product.function(
            "leader",
            environment: [
                "STORAGE_URL": "file://\(folder.appending(store))", "TREE": tree,
                "MANIFESTS": repository,
            ]
        )
    }

    private func newest(_ store: String) throws -> Catalog {
        try CatalogStore(FileStore(folder: folder.appending(store))).newest()
    }

    @Test func nothingButItsFilesIsEverPublished() throws {
        let streams = try FunctionStreams()
        let watching = try leader("watched").start(arguments: ["--watch"], streams: streams)
        defer { watching.stop() }
        let mirroring = FunctionBinary(
            try ClientTool.path(of: "emirrordist"),
            environment: [
                "PORTAGE_CONFIGROOT": folder.path, "PORTAGE_USERNAME": NSUserName(),
                "PORTAGE_GRPNAME": NSUserName(), "HOME": folder.path,
                "PATH": "\(ClientTool.pythonFolder):/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            ]
        )
        let output = try FunctionStreams()
        let child = try mirroring.start(
            arguments: [
                "--mirror", "--config-root", folder.path, "--repo", "example", "--distfiles",
                distfiles, "--layout-conf", folder.appending("layout.conf"), "--jobs", "4",
                "--verbose",
            ],
            streams: output
        )
        defer { child.stop() }
        // Walks saw its temporary files among the others, and none published them.
        var walkCount = 0
        var temporaryNames: Set<String> = []
        while child.isRunning {
            let result = try leader("walked").run()
            #expect(result.isSuccess, "\(result)")
            walkCount += 1
            let names = try FileManager.default.subpathsOfDirectory(atPath: distfiles)
            temporaryNames.formUnion(names.filter { $0.contains("_emirrordist_fetch_") })
        }
        let result = try output.result(of: child)
        #expect(result.isSuccess, "\(result)")
        #expect(walkCount > 3)
        #expect(!temporaryNames.isEmpty, "\(result)")
        let last = try leader("walked").run()
        #expect(last.isSuccess, "\(last)")

        let files = (0..<Self.count).map(Self.name)
        let onDisk = Set(try FileManager.default.subpathsOfDirectory(atPath: distfiles))
        #expect(onDisk.isSuperset(of: files), "\(result)")
        let expected = Set(["distfiles"] + onDisk.map { "distfiles/\($0)" })
        for store in ["walked", "watched"] {
            let isWhole = try eventually(within: 30, every: 0.1) {
                let catalog = try newest(store)
                return catalog.ids.count(where: catalog.isLive) == expected.count
            }
            let log = try streams.log
            #expect(isWhole, "\(store): \(log)")
            let catalog = try newest(store)
            // Not one path too many, including removed ones.
            let paths = Set(catalog.ids.map { "\(catalog.path(of: $0))" })
            #expect(paths == expected, "\(store)")
            // It makes hard links for the two layouts; both names have the Manifest's digest.
            for id in catalog.ids where catalog.path(of: id).bytes.hasSuffix(".tar.xz") {
                let digests = catalog.digests(of: id).algorithms
                #expect(digests == [.blake2b], "\(store): \(catalog.path(of: id))")
            }
        }
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ text: String) -> Bool {
        suffix(text.utf8.count).elementsEqual(text.utf8)
    }
}
