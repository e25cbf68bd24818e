import Foundation

/// A second real S3 server on loopback: moto's, of PyPI's `moto[server]`, which `make setup-tests`
/// installs.
///
/// It is written in Python, keeps everything in memory, and asks for no credentials. It ends when
/// the last reference to it is released.
package final class Moto: Sendable {
    package let port: Int
    package let bucket = "redirector"
    private let process: ChildProcess

    /// Starts a server with an empty bucket; takes about three seconds.
    package init() throws {
        port = try freePort()
        process = try ChildProcess(
            try Self.executable(),
            ["-H", "127.0.0.1", "-p", "\(port)"],
            environment: ["PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "ignore"],
            input: FileHandle.nullDevice.fileDescriptor,
            output: FileHandle.nullDevice.fileDescriptor,
            errors: FileHandle.nullDevice.fileDescriptor
        )
        let server = HTTPConnection(port: port)
        let isReady = eventually(within: 60, every: 0.1) {
            let made = try? server.response(to: HTTPRequest("PUT", "/\(bucket)"))
            return made?.status == 200
        }
        guard isReady else { throw SystemError("start moto_server", code: ETIMEDOUT) }
    }

    deinit {
        process.signal(9)
        _ = process.wait()
    }

    private static func executable() throws -> String {
        let folders = ["\(Repository.root)/.build-tools/bin", "/usr/local/bin", "/usr/bin"]
        let candidates = folders.map { "\($0)/moto_server" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw SystemError("find the program moto_server: run make setup-tests", code: ENOENT)
        }
        return path
    }
}
