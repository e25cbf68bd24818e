import Foundation
import Glibc

/// Python's own file server on a free port of 127.0.0.1.
package final class PythonServer: Sendable {
    package struct StartFailure: Error {}

    package let port: Int
    private let child: ChildProcess

    package var baseURL: String { "http://127.0.0.1:\(port)/" }

    package init(root: String) throws {
        port = try freePort()
        let null = unsafe open("/dev/null", O_RDWR)
        defer { close(null) }
        child = try ChildProcess(
            "/usr/bin/python3",
            ["-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", root],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"],
            input: null,
            output: null,
            errors: null
        )
        guard eventually(within: 60, every: 0.01, { !child.isRunning || !isFree(port: port) }),
            child.isRunning
        else { throw StartFailure() }
    }

    deinit {
        child.stop()
    }
}
