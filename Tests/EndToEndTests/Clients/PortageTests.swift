import Foundation
import TestSupport
import Testing

/// Portage 3 from PyPI, with a repository of one package whose file is damaged on the nearest
/// mirror.
extension ClientTests {
    private static let distfile = "damaged-1.0.tar.xz"

    /// A root for Portage; `settings` are its make.conf.
    private func portage(_ settings: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder("portage")
        let path = folder.path
        for name in [
            "etc/portage", "repo/profiles/default", "repo/metadata", "repo/app-misc/damaged",
            "distfiles", "tmp", "root",
        ] { try folder.makeFolder(name) }
        let content = try network.content(of: "distfiles/\(Self.distfile)")
        let digest = try ClientTool.run(
            "b2sum",
            ["\(network.master.root)/distfiles/\(Self.distfile)"]
        ).output.prefix(128)
        for (name, text) in PortageRepository.files + [
            (
                "repo/metadata/layout.conf",
                "masters =\nthin-manifests = true\nmanifest-hashes = BLAKE2B\n"
            ),
            (
                "repo/app-misc/damaged/damaged-1.ebuild",
                """
                EAPI=8
                DESCRIPTION="An example"
                HOMEPAGE="https://example.org"
                SRC_URI="http://127.0.0.1:1/\(Self.distfile)"
                LICENSE="MIT"
                SLOT="0"
                KEYWORDS="amd64"

                """
            ),
            (
                "repo/app-misc/damaged/Manifest",
                "DIST \(Self.distfile) \(content.count) BLAKE2B \(digest)\n"
            ),
            (
                "etc/portage/repos.conf",
                """
                [DEFAULT]
                main-repo = example
                [gentoo]
                disabled = true
                [example]
                location = \(path)/repo

                """
            ),
            (
                "etc/portage/make.conf",
                """
                DISTDIR="\(path)/distfiles"
                PORTAGE_TMPDIR="\(path)/tmp"
                PORTAGE_INST_UID="\(getuid())"
                PORTAGE_INST_GID="\(getgid())"
                FEATURES="-userfetch -userpriv -usersandbox -sandbox -network-sandbox"
                \(settings)
                """
            ),
        ] { try folder.write(text, to: name) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending("etc/portage/make.profile"),
            withDestinationPath: "../../repo/profiles/default"
        )
        return folder
    }

    /// Runs Portage to fetch the package's file.
    private func fetch(_ folder: TemporaryFolder) throws -> FunctionResult {
        let user = NSUserName()
        return try ClientTool.attempt(
            "ebuild",
            [folder.appending("repo/app-misc/damaged/damaged-1.ebuild"), "fetch"],
            environment: [
                "PORTAGE_CONFIGROOT": folder.path, "ROOT": folder.appending("root"),
                "PORTAGE_USERNAME": user, "PORTAGE_GRPNAME": user,
                "PATH": "\(ClientTool.pythonFolder):/usr/bin:/bin", "HOME": folder.path,
            ]
        )
    }

    /// After a wrong checksum it tries the next of its hosts, which is the same redirector.
    @Test(arguments: [nil, "portage-aria2", "portage-wget2"])
    func portageGetsAnotherMirrorWithinOneRun(fetchCommand: String?) throws {
        let redirector = try network.redirector()
        var settings = try stanza("portage", redirector)
        if let fetchCommand {
            settings += try DocumentedStanza(fetchCommand, in: Self.document).text
        }
        let folder = try portage(settings)
        let result = try fetch(folder)
        #expect(result.isSuccess, "\(result)")
        let file = "distfiles/\(Self.distfile)"
        #expect(try isWhole(folder.appending(file), file))
        #expect(try redirector.mirrors(for: file, count: 2) == [0, 1])
    }

    @Test func portageWithOneHostGetsAnotherMirrorInItsNextRun() throws {
        let redirector = try network.redirector()
        let folder = try portage("GENTOO_MIRRORS=\"\(redirector.url)\"\n")
        let first = try fetch(folder)
        #expect(!first.isSuccess, "\(first)")
        let second = try fetch(folder)
        #expect(second.isSuccess, "\(second)")
        let file = "distfiles/\(Self.distfile)"
        #expect(try isWhole(folder.appending(file), file))
        #expect(try redirector.mirrors(for: file, count: 2) == [0, 1])
    }
}
