import Foundation
import Mirrors
import TestSupport

/// A package ecosystem: a repository made by its own tool, and the client that reads it.
enum Ecosystem: String, Sendable, CaseIterable {
    case debian, fedora, arch
    /// Without `dists`: everything is at the root.
    case flatDebian = "debian-flat"
    /// Metadata files keep their names.
    case fixedFedora = "fedora-fixed"

    var profile: FileProfile {
        switch self {
        case .debian, .flatDebian: .debian
        case .fedora, .fixedFedora: .fedora
        case .arch: .arch
        }
    }

    /// The part of the tool's folder that is the tree; it is pacman's whole repository.
    var root: String { self == .arch ? "arch/core/os/x86_64" : "." }

    /// The file that a client asks for first.
    var head: String {
        switch self {
        case .debian: "debian/dists/stable/Release"
        case .flatDebian: "Release"
        case .fedora, .fixedFedora: "fedora/os/repodata/repomd.xml"
        case .arch: "core.db"
        }
    }

    /// A file that has to match the head; nil if it has another name in each release.
    var companion: String? {
        switch self {
        case .debian: "debian/dists/stable/main/binary-all/Packages.gz"
        case .flatDebian: "Packages.gz"
        case .fedora: nil
        case .fixedFedora: "fedora/os/repodata/primary.xml.gz"
        case .arch: "core.db.sig"
        }
    }

    /// Whether the client gets a companion that matches the head, even if that one was redirected
    /// elsewhere.
    ///
    /// apt requests files in `dists` from the host that it was sent to for the head, pacman a
    /// signature from the host that it was sent to for the database; dnf asks again, and the
    /// redirector offers the next mirror.
    var clientHelpsItself: Bool { self != .flatDebian }

    /// Updates a client without any state, and fetches the package; `keys` is the folder of the
    /// keys that signatures are checked with.
    func update(from url: String, keys: String) throws -> FunctionResult {
        let client = try TemporaryFolder("client")
        switch self {
        case .debian: return try apt("\(url)/debian stable main", client)
        case .flatDebian: return try apt("\(url)/ ./", client)
        case .fedora, .fixedFedora: return try dnf(url, client)
        case .arch: return try pacman(url, client, keys)
        }
    }

    private func apt(_ source: String, _ client: TemporaryFolder) throws -> FunctionResult {
        for path in ["lists/partial", "cache/archives/partial", "state"] {
            try client.makeFolder(path)
        }
        try client.write("", to: "status")
        try client.write("deb [trusted=yes] \(source)\n", to: "sources.list")
        let options = [
            "Dir::Etc::sourcelist=\(client.appending("sources.list"))", "Dir::Etc::sourceparts=-",
            "Dir::Etc::parts=-", "Dir::State=\(client.appending("state"))",
            "Dir::State::status=\(client.appending("status"))",
            "Dir::State::lists=\(client.appending("lists"))",
            "Dir::Cache=\(client.appending("cache"))", "APT::Sandbox::User=root",
            "APT::Architecture=amd64", "Acquire::Languages=none", "Acquire::Retries=0",
            // A failed fetch is an error, not a warning.
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

    private func pacman(
        _ url: String,
        _ client: TemporaryFolder,
        _ keys: String
    ) throws -> FunctionResult {
        for path in ["root", "db", "cache", "hooks"] { try client.makeFolder(path) }
        try client.write(
            """
            [options]
            Architecture = x86_64
            SigLevel = PackageNever DatabaseRequired DatabaseTrustAll

            [core]
            Server = \(url)

            """,
            to: "pacman.conf"
        )
        return try ClientTool.attempt(
            "pacman",
            [
                "--config", client.appending("pacman.conf"), "--root", client.appending("root"),
                "--dbpath", client.appending("db"), "--cachedir", client.appending("cache"),
                "--gpgdir", keys, "--hookdir", client.appending("hooks"),
                "--logfile", client.appending("log"), "--noconfirm", "-Syw", "hello",
            ]
        )
    }
}
