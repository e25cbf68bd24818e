import Foundation
import Synchronization
import TestSupport
import Testing

/// Three mirrors of a small tree with package repositories, checked and mapped by the functions.
///
/// The nearest one has damaged packages of the right length, which no check detects, and answers
/// GETs below `flaky/` with 503. The other two are right.
final class ClientNetwork: Sendable {
    struct Mirror: Sendable {
        let root: String
        let server: Nginx
    }

    let folder: TemporaryFolder
    /// The master, which is also served: it is the fallback host.
    let master: Mirror
    /// The nearest first.
    let mirrors: [Mirror]
    /// A folder whose index is an old one on the nearest mirror.
    static let staleFolder = "simple/stale"
    /// The paths of the packages that are damaged on the nearest one.
    let damaged: [String]
    let storageURL: String

    init() throws {
        let folder = try TemporaryFolder("clients")
        self.folder = folder
        let tree = try ClientTool.run(
            "python3",
            ["\(Repository.root)/Tests/Fixtures/packages/make-tree", folder.appending("master")]
        )
        damaged = tree.output.split(separator: "\n").map(String.init)
        func serve(_ name: String, _ server: String = "") throws -> Mirror {
            let root = folder.appending(name)
            let nginx = try Nginx(server: "autoindex on; \(server)", root: root)
            return Mirror(root: root, server: nginx)
        }
        master = try serve("master")
        var mirrors: [Mirror] = []
        for name in ["near", "other", "far"] {
            let root = folder.appending(name)
            try FileManager.default.copyItem(atPath: master.root, toPath: root)
            let isNear = name == "near"
            for path in damaged where isNear { try Self.damage("\(root)/\(path)") }
            if isNear {
                let index = URL(fileURLWithPath: "\(root)/\(Self.staleFolder)/index.html")
                try Data("<a href=\"old-1.0.whl\">old</a>\n".utf8).write(to: index)
            } else {
                try FileManager.default.removeItem(atPath: "\(root)/distfiles/single-1.0.tar.xz")
            }
            let flaky = "location /flaky/ { if ($request_method = GET) { return 503; } }"
            mirrors.append(try serve(name, isNear ? flaky : ""))
        }
        self.mirrors = mirrors
        storageURL = "file://\(try folder.makeFolder("storage"))"
        try publish()
    }

    /// Changes a byte in the middle, but nothing that a mirror states about the file.
    private static func damage(_ path: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes(
            [.modificationDate: attributes[.modificationDate] ?? Date()],
            ofItemAtPath: path
        )
    }

    /// Runs the functions once.
    private func publish() throws {
        let list = MirrorListDocument(
            entries: zip(mirrors, [0, 1, 3]).map { mirror, number in
                MirrorListDocument.Entry(url: mirror.server.baseURL, country: number)
            }
        )
        try folder.write(list.xml, to: "mirrors.xml")
        let request =
            "{\"tree\":\"\(master.root)\","
            + "\"mirrors\":\"file://\(folder.appending("mirrors.xml"))\","
            + "\"digests\":[\"sha256\"]}"
        try Product.runCycle(storageURL: storageURL, leaderRequest: request)
    }

    func stop() {
        for mirror in mirrors + [master] { mirror.server.stop() }
    }

    /// A redirector without any memory of clients.
    func redirector() throws -> Redirector {
        try Redirector(
            storageURL: storageURL,
            region: "europe",
            environment: [
                "FALLBACK_URL": master.server.baseURL, "DRAIN_SECONDS": "0", "LOG_REQUESTS": "1",
            ]
        )
    }

    /// The master's content at `path`.
    func content(of path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(master.root)/\(path)"))
    }
}

extension Redirector {
    /// Stands for `https://distfiles.example.org` of the documentation.
    var url: String { "http://127.0.0.1:\(port)" }

    /// The mirrors of a ``ClientNetwork`` that requests for `path` were redirected to, in order.
    ///
    /// The nearest one is 0. Waits until there are `count`.
    func mirrors(for path: String, count: Int) throws -> [Int] {
        var mirrors: [Int] = []
        _ = try eventually(within: 10) {
            mirrors = try printed.split(separator: "\n").compactMap { line in
                guard line.contains("\"path\":\"/\(path)\"") else { return nil }
                return Self.accessPoints.firstIndex { line.contains("\"accessPoint\":\"\($0)\"") }
            }
            return mirrors.count >= count
        }
        return mirrors
    }

    /// The ids that leader gives to mirrors on ports of one address.
    private static let accessPoints = ["127.0.0.1-http", "127.0.0.1-2-http", "127.0.0.1-3-http"]
}

/// Gives the tests of a suite one network, and removes it afterwards.
struct ClientNetworkTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: ClientNetwork?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let network = try ClientNetwork()
        defer { network.stop() }
        try await Self.$current.withValue(network) { try await function() }
    }
}

extension Trait where Self == ClientNetworkTrait {
    static var clientNetwork: Self { Self() }
}
