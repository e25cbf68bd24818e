import Foundation
import Mirrors
import TestSupport
import Testing

/// A master, two mirrors of it, and a deployment whose clock advances with every check.
struct SynchronizedWorld {
    /// The next step of a mirror.
    enum Step: CustomStringConvertible {
        case copy(String)
        case delete(String)

        var description: String {
            switch self {
            case .copy(let path): "copies \(path)"
            case .delete(let path): "deletes \(path)"
            }
        }
    }

    let kind: Ecosystem
    let folder: TemporaryFolder
    /// The tree at the master.
    let tree: String
    let master: Nginx
    /// The first one synchronizes, and is the nearest unless both are equally near; the second one
    /// stays behind.
    let mirrors: [Nginx]
    private var clock: MovedClock
    private let environment: [String: String]

    init(_ kind: Ecosystem, oneIsNearest: Bool = true) throws {
        self.kind = kind
        let folder = try TemporaryFolder("synchronization")
        self.folder = folder
        for name in ["master", "mirror-0", "mirror-1", "storage", "keys"] {
            try folder.makeFolder(name)
        }
        tree = folder.appending("master/\(kind.root)")
        master = try Nginx(root: tree)
        mirrors = try (0..<2).map { try Nginx(root: folder.appending("mirror-\($0)")) }
        // Every release is more than a day old, and a course ends before the present.
        clock = MovedClock(offset: -20 * 3_600)
        environment = [
            "STORAGE_URL": "file://\(folder.appending("storage"))",
            "PROFILE": kind.profile.rawValue,
            "CHECK_RATE": "0", "RECHECK_AFTER_SECONDS": "0",
        ]
        let list = MirrorListDocument(
            entries: zip(mirrors, [0, oneIsNearest ? 1 : 0]).map { server, country in
                MirrorListDocument.Entry(url: server.baseURL, country: country)
            }
        )
        try folder.write(list.xml, to: "mirrors.xml")
        if kind == .arch { try makeKey() }
        for number in 1...2 { try release(number) }
        for number in 0..<2 { try synchronize(number) }
    }

    func stop() {
        for server in mirrors + [master] { server.stop() }
    }

    /// The folder of the keys with which a repository is signed.
    private var keys: String { folder.appending("keys") }

    private func makeKey() throws {
        try ClientTool.run("chmod", ["700", keys])
        try ClientTool.run(
            "gpg",
            [
                "--homedir", keys, "--batch", "--passphrase", "", "--quick-generate-key",
                "a@example.org", "ed25519", "sign", "never",
            ]
        )
        try endAgent()
    }

    /// Nothing else ends the agent that gpg starts for its folder.
    private func endAgent() throws {
        try ClientTool.run("gpgconf", ["--homedir", keys, "--kill", "all"])
    }

    /// Gives a mirror all files that the master has, and removes all others.
    func synchronize(_ mirror: Int) throws {
        let target = folder.appending("mirror-\(mirror)")
        try ClientTool.run("rsync", ["-a", "--delete", "\(tree)/", "\(target)/"])
    }

    /// Makes release `number` at the master.
    func release(_ number: Int) throws {
        try ClientTool.run(
            "python3",
            [
                "\(Repository.root)/Tests/Fixtures/packages/make-release", kind.rawValue,
                folder.appending("master"), "\(number)",
            ],
            environment: kind == .arch ? ["GNUPGHOME": keys] : [:]
        )
        if kind == .arch { try endAgent() }
    }

    /// Makes the same release, except that the head stays as it was.
    func releaseAllButTheHead(_ number: Int) throws {
        let head = "\(tree)/\(kind.head)"
        try ClientTool.run("cp", ["-a", head, folder.appending("head")])
        try release(number)
        try ClientTool.run("cp", ["-a", folder.appending("head"), head])
    }

    private func run(_ name: String, _ request: String = "") throws {
        let result = try Product.function(name, environment: environment)
            .run(request, environment: clock.environment, seconds: 300)
        guard result.isSuccess else { throw EndToEndError.failed(name, result) }
    }

    func publish() throws {
        let request =
            "{\"tree\":\"\(tree)\","
            + "\"mirrors\":\"file://\(folder.appending("mirrors.xml"))\",\"allowShrink\":true}"
        try run("leader", request)
    }

    /// Runs a check half an hour later, and a build.
    mutating func checkAndBuild() throws {
        clock.pass(minutes: 30)
        try run("checker", #"{"mode":"check"}"#)
        try build()
    }

    func build() throws {
        // All metadata of a small repository are replaced at once.
        try run("builder", #"{"allowShrink":true}"#)
    }

    /// Makes the Builder and the Leader use the profile as it is, or without its sets.
    func useSets(_ useSets: Bool) throws {
        let name = kind.profile.rawValue
        try folder.write(
            #"{"version":1,"profile":"\#(name)"\#(useSets ? "" : #","sets":[]"#)}"#,
            to: "storage/classes.json"
        )
    }

    // MARK: - The first mirror's steps

    /// The files below `root`, with their contents and times; links with their targets.
    private func files(below root: String) throws -> [String: String] {
        let listing = try ClientTool.run(
            "find",
            [root, "(", "-type", "f", "-o", "-type", "l", ")", "-printf", "%P\\t%s %T@ %l\\n"]
        )
        var files: [String: String] = [:]
        for line in listing.output.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            if parts.count == 2 { files[parts[0]] = parts[1] }
        }
        return files
    }

    /// The changes that make the first mirror equal to the master.
    func steps(_ order: SynchronizationTests.Order) throws -> [Step] {
        let wanted = try files(below: tree)
        let known = try files(below: folder.appending("mirror-0"))
        let changed = wanted.keys.filter { wanted[$0] != known[$0] }.sorted()
        let gone = known.keys.filter { wanted[$0] == nil }.sorted().map(Step.delete)
        switch order {
        case .asItShouldBe:
            func rank(_ path: String) -> Int {
                if path == kind.head { return 2 }
                let isPackage = [".deb", ".rpm", ".pkg.tar.gz"].contains(where: path.hasSuffix)
                return isPackage ? 0 : 1
            }
            return changed.sorted { (rank($0), $0) < (rank($1), $1) }.map(Step.copy) + gone
        case .byName: return changed.map(Step.copy) + gone
        case .backwards: return gone + changed.reversed().map(Step.copy)
        }
    }

    func take(_ step: Step) throws {
        switch step {
        case .copy(let path):
            let target = folder.appending("mirror-0/\(path)")
            let parent = target.split(separator: "/").dropLast().joined(separator: "/")
            try ClientTool.run("mkdir", ["-p", "/\(parent)"])
            try ClientTool.run("cp", ["-a", "\(tree)/\(path)", target])
        case .delete(let path):
            try FileManager.default.removeItem(atPath: folder.appending("mirror-0/\(path)"))
        }
    }

    // MARK: - Clients

    /// A redirector with the latest build.
    func redirector() throws -> Redirector {
        try Redirector(
            storageURL: "file://\(folder.appending("storage"))",
            region: "europe",
            environment: [
                "FALLBACK_URL": master.baseURL, "DRAIN_SECONDS": "0",
                "TRUSTED_PROXIES": "127.0.0.0/8",
            ]
        )
    }

    /// The mirrors from which a client may get the head.
    func mirrorsOfHead() throws -> [Int] {
        let redirector = try redirector()
        defer { redirector.child.stop() }
        let answer = try HTTPConnection(port: redirector.port)
            .response(to: HTTPRequest("GET", "/\(kind.head)"))
        let text = "\(answer["location"] ?? "") \(answer["link"] ?? "")"
        return mirrors.indices.filter { text.contains(mirrors[$0].baseURL) }
    }

    /// The mirror from which a client in `network` gets the file at `path`; nil for the master.
    func mirror(of path: String, for network: Int, _ redirector: Redirector) throws -> Int? {
        let request = HTTPRequest(
            "GET",
            "/\(path)",
            headers: ["X-Forwarded-For": Self.address(network)]
        )
        let location = try HTTPConnection(port: redirector.port).response(to: request)["location"]
        return mirrors.firstIndex { location?.hasPrefix($0.baseURL) == true }
    }

    private static func address(_ network: Int) -> String { "198.18.\(network).1" }

    /// Updates a client without any state, and fetches the package.
    func update(_ note: String) throws {
        let redirector = try redirector()
        defer { redirector.child.stop() }
        let result = try kind.update(from: redirector.url, keys: keys)
        #expect(result.isSuccess, "\(note): \(result)")
    }

    /// The failed updates of clients, one in each of these networks.
    func failedUpdates(from networks: [Int]) throws -> [FunctionResult] {
        try networks.compactMap { network in
            let redirector = try redirector()
            defer { redirector.child.stop() }
            // It tells the redirector the client's address.
            let front = try Nginx(
                server: """
                    location / {
                        proxy_pass http://127.0.0.1:\(redirector.port);
                        proxy_set_header X-Forwarded-For \(Self.address(network));
                    }
                    """
            )
            defer { front.stop() }
            let result = try kind.update(from: "http://127.0.0.1:\(front.port)", keys: keys)
            return result.isSuccess ? nil : result
        }
    }
}
