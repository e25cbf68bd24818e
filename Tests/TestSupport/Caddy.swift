import Foundation
import Glibc

/// A real Caddy on a free port of 127.0.0.1, which serves `root` and lists its folders.
///
/// `make setup-tests` unpacks it into `.build-tools`: Debian's package would start a server itself.
package final class Caddy: Sendable {
    package struct StartFailure: Error {
        package let reason: String
    }

    package let port: Int
    private let folder: TemporaryFolder
    private let child: ChildProcess

    package var baseURL: String { "http://127.0.0.1:\(port)/" }

    package init(root: String) throws {
        folder = try TemporaryFolder("caddy")
        port = try freePort()
        try folder.write(
            """
            {
                admin off
                auto_https off
            }
            http://127.0.0.1:\(port) {
                root * \(root)
                file_server browse
            }

            """,
            to: "Caddyfile"
        )
        let candidates = ["\(Repository.root)/.build-tools/web/usr/bin/caddy", "/usr/bin/caddy"]
        guard let program = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw StartFailure(reason: "caddy is not there: make setup-tests")
        }
        let null = unsafe open("/dev/null", O_RDWR)
        let log = unsafe open(folder.appending("log"), O_CREAT | O_WRONLY | O_APPEND, 0o644)
        defer {
            close(null)
            close(log)
        }
        child = try ChildProcess(
            program,
            ["run", "--config", folder.appending("Caddyfile"), "--adapter", "caddyfile"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path],
            input: null,
            output: log,
            errors: log
        )
        guard eventually(within: 60, every: 0.01, { !child.isRunning || !isFree(port: port) }),
            child.isRunning
        else {
            let log = try? String(contentsOfFile: folder.appending("log"), encoding: .utf8)
            throw StartFailure(reason: log ?? "")
        }
    }

    deinit {
        child.stop()
    }
}
