import Foundation
import Glibc

/// A real FTP server on a free port of 127.0.0.1 that gives everybody access to `root`.
///
/// proftpd lists by `MLSD`, vsftpd only by `LIST`, and pure-ftpd cuts listings off at 200 entries.
/// All of them must be started by root, so that they can become the user nobody. `make setup-tests`
/// unpacks them into `.build-tools`: Debian's packages exclude each other, and would start servers
/// themselves.
package final class FTPServer: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case proftpd
        case vsftpd
        /// Needs an account called ftp, whose home everybody may read: see ``NetworkLab``.
        case pureFTPd = "pure-ftpd"

        /// The servers that run anywhere.
        package static let allCases: [Kind] = [.proftpd, .vsftpd]
    }

    package struct StartFailure: Error {
        package let reason: String
    }

    package let port: Int
    private let folder: TemporaryFolder
    private let child: ChildProcess

    package var baseURL: String { "ftp://127.0.0.1:\(port)/" }

    /// Whether this process may start one.
    package static var isPossible: Bool { getuid() == 0 }

    /// `more` is added to proftpd's configuration for guests.
    package init(_ kind: Kind, root: String, more: String = "") throws {
        folder = try TemporaryFolder(kind.rawValue)
        port = try freePort()
        let path = folder.path
        let arguments: [String]
        switch kind {
        case .proftpd:
            try folder.write(
                """
                ServerName test
                ServerType standalone
                DefaultAddress 127.0.0.1
                Port \(port)
                UseReverseDNS off
                User nobody
                Group nogroup
                PidFile \(path)/pid
                ScoreboardFile \(path)/scoreboard
                DelayEngine off
                WtmpLog off
                TransferLog none
                SystemLog \(path)/log
                AuthOrder mod_auth_unix.c
                <Anonymous \(root)>
                  User nobody
                  Group nogroup
                  UserAlias anonymous nobody
                  RequireValidShell off
                  \(more)
                </Anonymous>

                """,
                to: "proftpd.conf"
            )
            arguments = ["-n", "-q", "-c", "\(path)/proftpd.conf"]
        case .vsftpd:
            // The account's home must exist; files are read as this user, below `anon_root`.
            try folder.write(
                """
                listen=YES
                background=NO
                listen_address=127.0.0.1
                listen_port=\(port)
                anonymous_enable=YES
                local_enable=NO
                anon_root=\(root)
                ftp_username=daemon
                nopriv_user=nobody
                secure_chroot_dir=\(try folder.makeFolder("empty"))
                xferlog_enable=NO
                seccomp_sandbox=NO

                """,
                to: "vsftpd.conf"
            )
            arguments = ["\(path)/vsftpd.conf"]
        case .pureFTPd:
            arguments = [
                "--bind", "127.0.0.1,\(port)", "--anonymousonly", "--ipv4only", "--nochmod",
                "--limitrecursion", "200:5", "--pidfile", "\(path)/pid", "--dontresolve",
            ]
        }
        let null = unsafe open("/dev/null", O_RDWR)
        let log = unsafe open("\(path)/output", O_CREAT | O_WRONLY | O_APPEND, 0o644)
        defer {
            close(null)
            close(log)
        }
        child = try ChildProcess(
            try Self.executable(kind),
            arguments,
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"],
            input: null,
            output: log,
            errors: log
        )
        guard eventually(within: 30, every: 0.01, { !child.isRunning || !isFree(port: port) }),
            child.isRunning
        else {
            let texts = ["output", "log"].map {
                (try? String(contentsOfFile: folder.appending($0), encoding: .utf8)) ?? ""
            }
            throw StartFailure(reason: texts.joined())
        }
    }

    private static func executable(_ kind: Kind) throws -> String {
        let candidates = ["\(Repository.root)/.build-tools/ftp/usr/sbin", "/usr/sbin"]
            .map { "\($0)/\(kind.rawValue)" }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw StartFailure(reason: "\(kind.rawValue) is not there: make setup-tests")
        }
        return found
    }

    deinit {
        child.stop()
    }
}
