import Foundation
import Glibc
import Synchronization

/// A real nginx on a free port of 127.0.0.1 or another address, with its own folder, which is
/// removed with it.
///
/// nginx must be installed, in `PATH` or `/usr/sbin`: what needs it cannot be tested without it.
package final class Nginx: Sendable {
    package enum StartFailure: Error, CustomStringConvertible {
        case notInstalled
        case silent(log: String)

        package var description: String {
            switch self {
            case .notInstalled:
                "nginx is neither in PATH nor in /usr/sbin: apt-get install nginx-light"
            case .silent(let log): "nginx does not answer: \(log)"
            }
        }
    }

    package let address: String
    package let port: Int
    /// Contains the configuration, the logs and `root/`.
    package let folder: TemporaryFolder
    private let process = Mutex<ChildProcess?>(nil)

    package var baseURL: String { "http://\(address):\(port)/" }

    /// Starts nginx with `server` within its `server { … }` and `http` around it.
    ///
    /// Serves the files below `root`, or in the folder `root/` if that is nil, that others may
    /// read: even as root, nginx answers 403 for a file that is not readable by everybody. Returns
    /// when nginx accepts connections. `listenOptions` follow the address, such as `ssl http2`;
    /// `port` is for tests whose URLs are already fixed.
    package init(
        server: String = "",
        http: String = "",
        root: String? = nil,
        listenOptions: String = "",
        address: String = "127.0.0.1",
        port: Int? = nil
    ) throws {
        self.address = address
        folder = try TemporaryFolder("nginx")
        self.port = try port ?? freePort()
        let path = folder.path
        let ownRoot = try folder.makeFolder("root")
        try folder.write(
            """
            daemon off;
            pid \(path)/pid;
            events { worker_connections 512; }
            http {
                access_log \(path)/access.log;
                client_body_temp_path \(path)/body;
                proxy_temp_path \(path)/proxy;
                fastcgi_temp_path \(path)/fastcgi;
                uwsgi_temp_path \(path)/uwsgi;
                scgi_temp_path \(path)/scgi;
                \(http)
                server {
                    listen \(address):\(self.port) \(listenOptions);
                    root \(root ?? ownRoot);
                    \(server)
                }
            }
            """,
            to: "nginx.conf"
        )
        try start()
    }

    deinit {
        stop()
    }

    /// Starts it again on the same port after a ``stop()``.
    package func start() throws {
        let child = try process.withLock { process in
            let child = try process ?? startedProcess()
            process = child
            return child
        }
        let answers = eventually(within: 60, every: 0.005) { [port, address] in
            !child.isRunning || accepts(port, at: address)
        }
        guard answers, child.isRunning else {
            throw StartFailure.silent(log: text(of: "error.log"))
        }
    }

    /// Ends the process; when this returns, nothing listens on the port.
    package func stop() {
        process.withLock { process in
            _ = process?.stop()
            process = nil
        }
    }

    private func startedProcess() throws -> ChildProcess {
        let null = unsafe open("/dev/null", O_RDWR)
        defer { close(null) }
        return try ChildProcess(
            try Self.executable(),
            [
                "-p", folder.path, "-c", folder.appending("nginx.conf"),
                "-e", folder.appending("error.log"),
            ],
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"],
            input: null,
            output: null,
            errors: null
        )
    }

    /// Writes a file of `byteCount` bytes below `root/`, creating its folders.
    package func addFile(_ path: String, byteCount: Int) throws {
        if let slash = path.lastIndex(of: "/") {
            try folder.makeFolder("root/" + path[..<slash])
        }
        try folder.write(String(repeating: "a", count: byteCount), to: "root/" + path)
    }

    /// Removes a file below `root/`.
    package func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: folder.appending("root/" + path))
    }

    /// The text of a file in the server's folder, such as `access.log`.
    package func text(of name: String) -> String {
        (try? String(contentsOfFile: folder.appending(name), encoding: .utf8)) ?? ""
    }

    private static func executable() throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin"]
        let candidates = folders.map { $0 + "/nginx" }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw StartFailure.notInstalled
        }
        return found
    }
}
