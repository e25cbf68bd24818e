import Foundation
import TestSupport
import Testing

/// Programs that get a list of mirrors instead of a redirect.
extension ClientTests {
    /// Expects that a client gets its packages from a mirror at the head of the list, and requests
    /// nothing but the list from the redirector.
    private func expectMirrorsAlone(of redirector: Redirector, for prefix: String) throws {
        let lines = try redirector.printed.split(separator: "\n").filter {
            $0.contains("\"path\":\"/\(prefix)")
        }
        #expect(lines.allSatisfy { $0.contains("\"outcome\":\"page\"") }, "\(lines)")
    }

    /// The nearest mirror answers its GETs below `flaky/` with 503, so apt tries the next one in
    /// the list.
    @Test func aptTakesItsMirrorsFromTheRedirector() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("apt")
        let sources = try stanza(
            "apt-mirrorlist",
            redirector,
            [
                "deb ": "deb [trusted=yes] ", "/debian?": "/flaky/debian?",
            ]
        )
        try folder.write(sources, to: "sources.list")
        let update = try aptGet(folder, "update")
        #expect(update.isSuccess, "\(update)")
        let result = try aptGet(folder, "install", "-y", "-d", "hello")
        #expect(result.isSuccess, "\(result)")
        let package = "flaky/debian/pool/hello_1.0_all.deb"
        #expect(try isWhole(folder.appending("cache/archives/hello_1.0_all.deb"), package))
        try expectMirrorsAlone(of: redirector, for: "flaky/debian")
    }

    @Test(arguments: ["dnf-mirrorlist", "dnf-metalink"])
    func dnfTakesItsMirrorsFromTheRedirector(stanza name: String) throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("dnf")
        let result = try dnfDownload(try stanza(name, redirector), in: folder)
        #expect(result.isSuccess, "\(result)")
        let package = "rpm/noarch/hello-1.0-1.noarch.rpm"
        let file = try #require(try file(in: folder, suffix: ".rpm"), "\(result)")
        #expect(try isWhole(file, package))
        try expectMirrorsAlone(of: redirector, for: "rpm")
    }

    @Test func pacmanTakesItsMirrorsFromTheRedirector() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("pacman")
        try run(
            "pacman-mirrorlist",
            redirector,
            ["/etc/pacman.d/mirrorlist": folder.appending("mirrorlist")],
            in: folder
        )
        let list = try String(contentsOfFile: folder.appending("mirrorlist"), encoding: .utf8)
        #expect(
            list
                == (network.mirrors + [network.master]).map {
                    "Server = \($0.server.baseURL)arch/$repo\n"
                }.joined()
        )
        let sync = try pacman(list, in: folder, "-Sy")
        #expect(sync.isSuccess, "\(sync)")
        let first = try pacman(list, in: folder, "-Sw", "hello")
        // The first server's package is damaged, and pacman leaves the problem to its user.
        #expect(!first.isSuccess, "\(first)")
        let others = list.split(separator: "\n").dropFirst().joined(separator: "\n")
        let second = try pacman(others, in: folder, "-Sw", "hello")
        #expect(second.isSuccess, "\(second)")
        try expectMirrorsAlone(of: redirector, for: "arch")
    }

    @Test func sha256sumChecksAFileByItsDigest() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("digest")
        let result = try run("sha256sum", redirector, in: folder)
        #expect(result.output.contains("example-1.0.tar.xz: OK"), "\(result)")
    }
}
