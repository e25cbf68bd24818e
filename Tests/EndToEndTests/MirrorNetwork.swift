import Foundation
import TestSupport

/// A master tree on disk, faulty copies of it, and the web servers that serve them.
final class MirrorNetwork: Sendable {
    /// One copy of the tree and where it is served.
    struct Copy: Sendable {
        let name: String
        let tree: ServedTree
        /// Ends in a slash.
        let url: String
    }

    let folder: TemporaryFolder
    let master: ServedTree
    /// The first one is complete, is the farthest away, and has its own server.
    let copies: [Copy]
    let faults: [MirrorFault]
    let firstServer: Nginx
    let server: Nginx

    /// A network of the size given by the environment, made by the scripts if they exist.
    convenience init() throws {
        try self.init { master, mirrors in
            if let scripts = Product.treeScripts {
                try Self.makeTrees(by: scripts, master: master, mirrors: mirrors)
            } else {
                // Without them it has a tenth of the size.
                try Self.makeSampleTrees(
                    distfiles: Product.objectCount / 10,
                    profiles: FaultProfile.allCases.prefix(Product.mirrorCount),
                    master: master,
                    mirrors: mirrors
                )
            }
        }
    }

    /// A small network with one mirror for each profile.
    convenience init(distfiles: Int, profiles: [FaultProfile]) throws {
        try self.init { master, mirrors in
            try Self.makeSampleTrees(
                distfiles: distfiles,
                profiles: profiles[...],
                master: master,
                mirrors: mirrors
            )
        }
    }

    private init(make: (_ master: String, _ mirrors: String) throws -> Void) throws {
        folder = try TemporaryFolder("network")
        let mirrors = folder.appending("mirrors")
        master = ServedTree(root: folder.appending("master"))
        try make(master.root, mirrors)
        faults = try MirrorFault.read("\(mirrors)/truth.tsv")
        firstServer = try Self.server(of: mirrors)
        server = try Self.server(of: mirrors)
        let ports = (first: firstServer.port, others: server.port)
        copies = try FileManager.default.contentsOfDirectory(atPath: mirrors)
            .filter { $0.hasPrefix("m") && !$0.contains(".") }.sorted().enumerated()
            .map { index, name in
                Copy(
                    name: name,
                    tree: ServedTree(root: "\(mirrors)/\(name)"),
                    url: "http://127.0.0.1:\(index == 0 ? ports.first : ports.others)/\(name)/"
                )
            }
        try folder.write(mirrorList.xml, to: "distfiles.xml")
    }

    /// A web server as mirrors run it, for all mirrors below `folder`.
    static func server(of folder: String, logsRequests: Bool = false) throws -> Nginx {
        try Nginx(
            server: "autoindex on;" + (logsRequests ? "" : " access_log off;"),
            http: "keepalive_requests 1000000;",
            root: folder
        )
    }

    func stop() {
        firstServer.stop()
        server.stop()
    }

    /// The URL of the mirror list.
    var mirrorListURL: String { "file://" + folder.appending("distfiles.xml") }

    /// The copies that have exactly what the master has at the path of `entry`.
    func holders(of entry: ServedEntry, among copies: some Sequence<Copy>) -> [Copy] {
        copies.filter { $0.tree.entry(at: entry.path) == entry }
    }

    private var mirrorList: MirrorListDocument {
        let countries = MirrorListDocument.countries
        return MirrorListDocument(
            entries: copies.enumerated().map { index, copy in
                // The first one is in Australia, the others are nearer to Europe.
                let country = index == 0 ? countries[5] : countries[(index - 1) % 5]
                return MirrorListDocument.Entry(
                    name: copy.name,
                    region: country.region,
                    country: country.code,
                    countryName: country.name,
                    url: copy.url
                )
            }
        )
    }

    private static func makeTrees(by scripts: String, master: String, mirrors: String) throws {
        let tree = try FunctionBinary("\(scripts)/make-tree", environment: environment).run(
            arguments: [
                master, "--objects", "\(Product.objectCount)", "--layout", Product.layout,
                "--quiet",
            ]
        )
        guard tree.isSuccess else { throw EndToEndError.failed("make-tree", tree) }
        let copies = try FunctionBinary("\(scripts)/make-mirror-trees", environment: environment)
            .run(
                arguments: [
                    master, mirrors, "--mirrors", "\(Product.mirrorCount)", "--seed", "1",
                    "--quiet",
                ]
            )
        guard copies.isSuccess else { throw EndToEndError.failed("make-mirror-trees", copies) }
    }

    private static let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]

    /// Makes the same trees without the scripts.
    private static func makeSampleTrees(
        distfiles: Int,
        profiles: ArraySlice<FaultProfile>,
        master: String,
        mirrors: String
    ) throws {
        let tree = SampleTree(distfiles: distfiles)
        try tree.write(to: master)
        var truth = "# mirror\tpath\tfault\texpected size\tactual size\n"
        for (index, profile) in profiles.enumerated() {
            let name = (index < 10 ? "m0" : "m") + "\(index)"
            let (copy, faults) = tree.degraded(by: profile, mirror: name, seed: index)
            try copy.write(to: "\(mirrors)/\(name)")
            for fault in faults {
                let sizes = [fault.expectedByteCount, fault.actualByteCount].map { size in
                    size.map { "\($0)" } ?? "-"
                }
                let path = String(decoding: fault.path, as: UTF8.self)
                truth += "\(name)\t\(path)\t\(fault.fault)\t\(sizes[0])\t\(sizes[1])\n"
            }
        }
        try Data(truth.utf8).write(to: URL(fileURLWithPath: "\(mirrors)/truth.tsv"))
    }
}
