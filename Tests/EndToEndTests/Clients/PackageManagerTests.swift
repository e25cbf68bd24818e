import Foundation
import TestSupport
import Testing

/// Package managers, each with its files in a folder of the test; the package on the nearest mirror
/// is damaged, with the right length.
extension ClientTests {
    /// Runs a client until it has the right `package`, which the second mirror gives it; `path` is
    /// what it requests from the redirector.
    private func expectSecondAttempt(
        of package: String,
        by path: String? = nil,
        _ redirector: Redirector,
        byItself: Bool = false,
        fetch: () throws -> FunctionResult,
        found: () throws -> String?
    ) throws {
        let first = try fetch()
        if !byItself {
            #expect(try found().map { try !isWhole($0, package) } ?? true, "\(first)")
            let second = try fetch()
            #expect(second.isSuccess, "\(second)")
        }
        let file = try #require(try found(), "\(first)")
        #expect(try isWhole(file, package))
        #expect(try redirector.mirrors(for: path ?? package, count: 2) == [0, 1])
    }

    /// The first file below `folder` with this suffix.
    func file(in folder: TemporaryFolder, suffix: String) throws -> String? {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .first { $0.hasSuffix(suffix) }.map { folder.appending($0) }
    }

    /// apt without any of this machine's settings.
    func aptGet(
        _ folder: TemporaryFolder,
        _ arguments: String...
    ) throws -> FunctionResult {
        for path in ["lists/partial", "cache/archives/partial", "state"] {
            try folder.makeFolder(path)
        }
        let status = folder.appending("status")
        if !FileManager.default.fileExists(atPath: status) { try folder.write("", to: "status") }
        let options = [
            "Dir::Etc::sourcelist=\(folder.appending("sources.list"))", "Dir::Etc::sourceparts=-",
            "Dir::Etc::parts=-", "Dir::State=\(folder.appending("state"))",
            "Dir::State::status=\(status)", "Dir::State::lists=\(folder.appending("lists"))",
            "Dir::Cache=\(folder.appending("cache"))", "APT::Sandbox::User=root",
            "APT::Architecture=amd64", "Acquire::Languages=none",
        ]
        return try ClientTool.attempt("apt-get", options.flatMap { ["-o", $0] } + arguments)
    }

    @Test func aptGetsAnotherMirrorWhenItIsCalledAgain() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("apt")
        // The test's repository is not signed.
        let sources = try stanza("apt-sources", redirector, ["deb ": "deb [trusted=yes] "])
        try folder.write(sources, to: "sources.list")
        let update = try aptGet(folder, "update")
        #expect(update.isSuccess, "\(update)")
        try expectSecondAttempt(of: "debian/pool/hello_1.0_all.deb", redirector) {
            try aptGet(folder, "-o", "Acquire::Retries=3", "install", "-y", "-d", "hello")
        } found: {
            let path = folder.appending("cache/archives/hello_1.0_all.deb")
            return FileManager.default.fileExists(atPath: path) ? path : nil
        }
    }

    /// The nearest mirror answers its GETs below `flaky/` with 503.
    @Test func aptGoesOnToTheNextOfItsMirrors() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("apt")
        let list = try stanza("apt-mirrors", redirector, ["debian/": "flaky/debian/"])
        try folder.write(list, to: "mirrors.txt")
        let sources = try DocumentedStanza("apt-mirror-sources", in: Self.document).filled([
            "/etc/apt/mirrors.txt": folder.appending("mirrors.txt"), "deb ": "deb [trusted=yes] ",
        ])
        try folder.write(sources, to: "sources.list")
        let update = try aptGet(folder, "update")
        #expect(update.isSuccess, "\(update)")
        let result = try aptGet(folder, "install", "-y", "-d", "hello")
        #expect(result.isSuccess, "\(result)")
        let package = "flaky/debian/pool/hello_1.0_all.deb"
        #expect(try isWhole(folder.appending("cache/archives/hello_1.0_all.deb"), package))
        #expect(try redirector.mirrors(for: package, count: 2).last == 1)
    }

    @Test func dnfAsksAgainByItself() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("dnf")
        try expectSecondAttempt(
            of: "rpm/noarch/hello-1.0-1.noarch.rpm",
            redirector,
            byItself: true
        ) {
            try dnfDownload(try stanza("dnf", redirector), in: folder)
        } found: {
            try file(in: folder, suffix: ".rpm")
        }
    }

    /// Downloads a package with dnf from the repository in `stanza`, without any of this machine's
    /// settings.
    func dnfDownload(_ stanza: String, in folder: TemporaryFolder) throws -> FunctionResult {
        try folder.makeFolder("repos")
        try folder.write(stanza + "gpgcheck=0\n", to: "repos/example.repo")
        try folder.write(
            """
            [main]
            reposdir=\(folder.appending("repos"))
            cachedir=\(folder.appending("cache"))
            logdir=\(folder.path)
            persistdir=\(folder.appending("persist"))

            """,
            to: "dnf.conf"
        )
        return try ClientTool.run(
            "dnf",
            [
                "-q", "-c", folder.appending("dnf.conf"), "--releasever=1", "-y",
                "--installroot=\(folder.appending("root"))", "install", "--downloadonly",
                "hello",
            ],
            environment: ["HOME": folder.path]
        )
    }

    @Test func zypperGetsAnotherMirrorWhenItIsCalledAgain() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("zypper")
        try folder.makeFolder("etc/zypp/repos.d")
        let repository = try stanza("zypper", redirector) + "gpgcheck=0\n"
        try folder.write(repository, to: "etc/zypp/repos.d/example.repo")
        try expectSecondAttempt(of: "rpm/noarch/hello-1.0-1.noarch.rpm", redirector) {
            try ClientTool.attempt(
                "zypper",
                [
                    "--root", folder.path, "--non-interactive", "--no-gpg-checks", "install",
                    "--download-only", "hello",
                ],
                environment: ["HOME": folder.path]
            )
        } found: {
            try file(in: folder, suffix: ".rpm")
        }
    }

    @Test func pacmanGetsAnotherMirrorWhenItIsCalledAgain() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("pacman")
        let servers = try stanza("pacman", redirector)
        let sync = try pacman(servers, in: folder, "-Sy")
        #expect(sync.isSuccess, "\(sync)")
        try expectSecondAttempt(of: "arch/core/hello-1.0-1-any.pkg.tar.gz", redirector) {
            try pacman(servers, in: folder, "-Sw", "hello")
        } found: {
            try file(in: folder, suffix: ".pkg.tar.gz")
        }
    }

    /// pacman with these servers for its repository `core`, without any of this machine's settings.
    func pacman(
        _ servers: String,
        in folder: TemporaryFolder,
        _ arguments: String...
    ) throws -> FunctionResult {
        for path in ["root", "db", "cache", "gpg", "hooks"] { try folder.makeFolder(path) }
        let head = "[options]\nArchitecture = x86_64\nSigLevel = Never\n\n[core]\n"
        try folder.write(head + servers + "\n", to: "pacman.conf")
        return try ClientTool.attempt(
            "pacman",
            [
                "--config", folder.appending("pacman.conf"),
                "--root", folder.appending("root"), "--dbpath", folder.appending("db"),
                "--cachedir", folder.appending("cache"), "--gpgdir", folder.appending("gpg"),
                "--hookdir", folder.appending("hooks"), "--logfile", folder.appending("log"),
                "--noconfirm",
            ] + arguments
        )
    }

    @Test func pipGetsAnotherMirrorWhenItIsCalledAgain() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("pip")
        try folder.write(try stanza("pip", redirector), to: "pip.conf")
        let host = "127.0.0.1:\(redirector.port)"
        let package = "packages/hello-1.0-py3-none-any.whl"
        try expectSecondAttempt(of: package, by: "simple/hello/", redirector) {
            try ClientTool.attempt(
                "pip",
                [
                    "--no-cache-dir", "--disable-pip-version-check", "download", "--quiet",
                    "--no-deps", "--dest", folder.appending("files"), "--trusted-host", host,
                    "hello",
                ],
                environment: ["PIP_CONFIG_FILE": folder.appending("pip.conf"), "HOME": folder.path]
            )
        } found: {
            try file(in: folder, suffix: ".whl")
        }
    }
}
