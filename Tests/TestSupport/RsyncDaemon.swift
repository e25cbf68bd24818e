import Foundation
import Glibc

/// A real rsync daemon on a free port of 127.0.0.1, whose module `tree` is `root`.
///
/// If started as root, it serves as the user nobody, as daemons do.
package final class RsyncDaemon: Sendable {
    package struct Silent: Error {
        package let log: String
    }

    package let port: Int
    private let folder: TemporaryFolder
    private let child: ChildProcess

    package var baseURL: String { "rsync://127.0.0.1:\(port)/tree/" }

    /// Starts the daemon with additional lines above its module and within it, and returns when it
    /// accepts connections.
    package init(root: String, global: String = "", module: String = "") throws {
        folder = try TemporaryFolder("rsyncd")
        port = try freePort()
        try folder.write(
            """
            use chroot = no
            log file = \(folder.path)/log
            \(global)
            [tree]
            path = \(root)
            read only = yes
            \(module)

            """,
            to: "rsyncd.conf"
        )
        let null = unsafe open("/dev/null", O_RDWR)
        defer { close(null) }
        child = try ChildProcess(
            "/usr/bin/rsync",
            [
                "--daemon", "--no-detach", "--address=127.0.0.1", "--port=\(port)",
                "--config=\(folder.path)/rsyncd.conf",
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            input: null,
            output: null,
            errors: null
        )
        guard eventually(within: 30, every: 0.01, { !child.isRunning || !isFree(port: port) }),
            child.isRunning
        else { throw Silent(log: log) }
    }

    /// The log of the daemon.
    package var log: String {
        (try? String(contentsOfFile: folder.appending("log"), encoding: .utf8)) ?? ""
    }

    deinit {
        child.stop()
    }
}
