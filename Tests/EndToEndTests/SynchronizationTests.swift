import Foundation
import TestSupport
import Testing

/// Package managers update while mirrors synchronize, file by file, with a check and a build after
/// each.
///
/// One mirror stays behind, the other gets the new release; the master is the fallback host. A
/// client that got its metadata from two states, or was sent to what is not there, would fail.
@Suite(
    .serialized,
    .enabled(if: MovedClock.library != nil, "apt-get install libfaketime")
)
struct SynchronizationTests {
    /// A repository, what changes in it, and the client that reads it.
    enum Ecosystem: String, Sendable, CaseIterable {
        case debian, fedora, arch

        /// The file that a client asks for first.
        var head: String {
            switch self {
            case .debian: "debian/dists/stable/Release"
            case .fedora: "fedora/os/repodata/repomd.xml"
            case .arch: "arch/core/os/x86_64/core.db"
            }
        }
    }

    /// In which order a mirror gets what is new.
    enum Order: Sendable, CaseIterable {
        /// Packages, other metadata, the head; then old files go.
        case asItShouldBe
        /// By names, old files last: rsync's.
        case byName
        /// Old files first, then the new ones by their names from behind.
        case backwards
    }

    static let cases = Ecosystem.allCases.flatMap { kind in Order.allCases.map { (kind, $0) } }

    @Test(arguments: cases)
    func noUpdateFailsWhileAMirrorSynchronizes(_ row: (kind: Ecosystem, order: Order)) throws {
        var world = try SynchronizedWorld(row.kind)
        defer { world.stop() }
        try world.publish()
        try world.checkAndBuild()
        try world.update("before the release")
        #expect(try world.mirrorsOfHead() == [0, 1])

        try world.release(3)
        try world.publish()
        let steps = try world.steps(row.order)
        #expect(steps.count >= 4)
        try world.checkAndBuild()
        try world.update("released")
        for (number, step) in steps.enumerated() {
            try world.take(step)
            try world.checkAndBuild()
            try world.update("\(row.order), step \(number + 1) of \(steps.count): \(step)")
        }
        // The one that is whole gets the traffic, the one that is behind does not.
        let isOffered = try (0..<12).contains { _ in
            try world.checkAndBuild()
            return try world.mirrorsOfHead() == [0]
        }
        #expect(isOffered)
        try world.update("synchronized")
    }
}

/// A master, two mirrors of it, and a deployment whose clock is moved on with every check.
struct SynchronizedWorld {
    /// What a mirror does next.
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

    let kind: SynchronizationTests.Ecosystem
    let folder: TemporaryFolder
    let master: Nginx
    /// The first one synchronizes, and is the nearest; the second one stays behind.
    let mirrors: [Nginx]
    private var clock: MovedClock
    private let environment: [String: String]

    init(_ kind: SynchronizationTests.Ecosystem) throws {
        self.kind = kind
        let folder = try TemporaryFolder("synchronization")
        self.folder = folder
        for name in ["master", "mirror-0", "mirror-1", "storage"] { try folder.makeFolder(name) }
        master = try Nginx(root: folder.appending("master"))
        mirrors = try (0..<2).map { try Nginx(root: folder.appending("mirror-\($0)")) }
        // Every release is older than a day, and a course ends before now.
        clock = MovedClock(offset: -20 * 3_600)
        environment = [
            "STORAGE_URL": "file://\(folder.appending("storage"))", "PROFILE": kind.rawValue,
            "CHECK_RATE": "0", "RECHECK_AFTER_SECONDS": "0",
        ]
        let list = MirrorListDocument(
            entries: zip(mirrors, [0, 1]).map { server, country in
                MirrorListDocument.Entry(url: server.baseURL, country: country)
            }
        )
        try folder.write(list.xml, to: "mirrors.xml")
        for number in 1...2 { try release(number) }
        for number in 0..<2 {
            try ClientTool.run(
                "cp",
                ["-a", folder.appending("master/."), folder.appending("mirror-\(number)")]
            )
        }
    }

    func stop() {
        for server in mirrors + [master] { server.stop() }
    }

    /// Makes release `number` at the master.
    func release(_ number: Int) throws {
        try ClientTool.run(
            "python3",
            [
                "\(Repository.root)/Tests/Fixtures/packages/make-release", kind.rawValue,
                folder.appending("master"), "\(number)",
            ]
        )
    }

    private func run(_ name: String, _ request: String = "") throws {
        let result = try Product.function(name, environment: environment)
            .run(request, environment: clock.environment, seconds: 300)
        guard result.isSuccess else { throw EndToEndError.failed(name, result) }
    }

    func publish() throws {
        let request =
            "{\"tree\":\"\(folder.appending("master"))\","
            + "\"mirrors\":\"file://\(folder.appending("mirrors.xml"))\",\"allowShrink\":true}"
        try run("leader", request)
    }

    /// A check half an hour later, and a build.
    mutating func checkAndBuild() throws {
        clock.pass(minutes: 30)
        try run("checker", #"{"mode":"check"}"#)
        // All metadata of a small repository is replaced at once.
        try run("builder", #"{"allowShrink":true}"#)
    }

    // MARK: - What the first mirror does

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
        let wanted = try files(below: folder.appending("master"))
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
            try ClientTool.run("cp", ["-a", folder.appending("master/\(path)"), target])
        case .delete(let path):
            try FileManager.default.removeItem(atPath: folder.appending("mirror-0/\(path)"))
        }
    }

    // MARK: - Clients

    private func redirector() throws -> Redirector {
        try Redirector(
            storageURL: "file://\(folder.appending("storage"))",
            region: "europe",
            environment: ["FALLBACK_URL": master.baseURL, "DRAIN_SECONDS": "0"]
        )
    }

    /// Which mirrors a client may get the head from.
    func mirrorsOfHead() throws -> [Int] {
        let redirector = try redirector()
        defer { redirector.child.stop() }
        let answer = try HTTPConnection(port: redirector.port)
            .response(to: HTTPRequest("GET", "/\(kind.head)"))
        let text = "\(answer["location"] ?? "") \(answer["link"] ?? "")"
        return mirrors.indices.filter { text.contains(mirrors[$0].baseURL) }
    }

    /// A client that knows nothing yet updates, and fetches the package.
    func update(_ note: String) throws {
        let redirector = try redirector()
        defer { redirector.child.stop() }
        let result = try fetch(from: redirector.url)
        #expect(result.isSuccess, "\(note): \(result)")
    }

    private func fetch(from url: String) throws -> FunctionResult {
        let client = try TemporaryFolder("client")
        switch kind {
        case .debian: return try apt(url, client)
        case .fedora: return try dnf(url, client)
        case .arch: return try pacman(url, client)
        }
    }

    private func apt(_ url: String, _ client: TemporaryFolder) throws -> FunctionResult {
        for path in ["lists/partial", "cache/archives/partial", "state"] {
            try client.makeFolder(path)
        }
        try client.write("", to: "status")
        try client.write("deb [trusted=yes] \(url)/debian stable main\n", to: "sources.list")
        let options = [
            "Dir::Etc::sourcelist=\(client.appending("sources.list"))", "Dir::Etc::sourceparts=-",
            "Dir::Etc::parts=-", "Dir::State=\(client.appending("state"))",
            "Dir::State::status=\(client.appending("status"))",
            "Dir::State::lists=\(client.appending("lists"))",
            "Dir::Cache=\(client.appending("cache"))", "APT::Sandbox::User=root",
            "APT::Architecture=amd64", "Acquire::Languages=none", "Acquire::Retries=0",
            // What could not be fetched is an error and no warning.
            "APT::Update::Error-Mode=any",
        ].flatMap { ["-o", $0] }
        let update = try ClientTool.attempt("apt-get", options + ["update"])
        guard update.isSuccess else { return update }
        return try ClientTool.attempt("apt-get", options + ["install", "-y", "-d", "hello"])
    }

    private func dnf(_ url: String, _ client: TemporaryFolder) throws -> FunctionResult {
        try client.makeFolder("repos")
        try client.write(
            "[example]\nname=Example\nbaseurl=\(url)/fedora/os/\ngpgcheck=0\n",
            to: "repos/example.repo"
        )
        try client.write(
            """
            [main]
            reposdir=\(client.appending("repos"))
            cachedir=\(client.appending("cache"))
            logdir=\(client.path)
            persistdir=\(client.appending("persist"))
            retries=1

            """,
            to: "dnf.conf"
        )
        return try ClientTool.attempt(
            "dnf",
            [
                "-q", "-c", client.appending("dnf.conf"), "--releasever=1", "-y",
                "--installroot=\(client.appending("root"))", "install", "--downloadonly", "hello",
            ],
            environment: ["HOME": client.path]
        )
    }

    private func pacman(_ url: String, _ client: TemporaryFolder) throws -> FunctionResult {
        for path in ["root", "db", "cache", "gpg", "hooks"] { try client.makeFolder(path) }
        try client.write(
            """
            [options]
            Architecture = x86_64
            SigLevel = Never

            [core]
            Server = \(url)/arch/$repo/os/$arch

            """,
            to: "pacman.conf"
        )
        return try ClientTool.attempt(
            "pacman",
            [
                "--config", client.appending("pacman.conf"), "--root", client.appending("root"),
                "--dbpath", client.appending("db"), "--cachedir", client.appending("cache"),
                "--gpgdir", client.appending("gpg"), "--hookdir", client.appending("hooks"),
                "--logfile", client.appending("log"), "--noconfirm", "-Syw", "hello",
            ]
        )
    }
}
