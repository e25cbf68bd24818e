import Foundation
import Glibc

/// A real Apache or lighttpd on a free port of 127.0.0.1 or another address, which serves `root`.
package final class OtherServer: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case apache
        case lighttpd
    }

    package struct Silent: Error {
        package let log: String
    }

    package let address: String
    package let port: Int
    private let folder: TemporaryFolder
    private let child: ChildProcess

    package var baseURL: String { "http://\(address):\(port)/" }

    /// Starts the server with its default limits, and returns when it accepts connections.
    ///
    /// `more` is appended to its configuration.
    package init(
        _ kind: Kind,
        root: String,
        more: String = "",
        address: String = "127.0.0.1"
    ) throws {
        self.address = address
        folder = try TemporaryFolder(kind.rawValue)
        port = try freePort()
        let path = folder.path
        let arguments: [String]
        switch kind {
        case .apache:
            let modules = "/usr/lib/apache2/modules"
            try folder.write(
                """
                ServerRoot \(path)
                ServerName 127.0.0.1
                PidFile \(path)/pid
                ErrorLog \(path)/error.log
                LoadModule mpm_event_module \(modules)/mod_mpm_event.so
                LoadModule authz_core_module \(modules)/mod_authz_core.so
                Mutex posixsem
                DocumentRoot \(root)
                Listen \(address):\(port)
                MaxKeepAliveRequests 100
                KeepAliveTimeout 5
                \(more)
                """,
                to: "apache.conf"
            )
            arguments = ["/usr/sbin/apache2", "-DFOREGROUND", "-f", "\(path)/apache.conf"]
        case .lighttpd:
            try folder.write(
                """
                server.document-root = "\(root)"
                server.port = \(port)
                server.bind = "\(address)"
                server.errorlog = "\(path)/error.log"
                \(more)
                """,
                to: "lighttpd.conf"
            )
            arguments = ["/usr/sbin/lighttpd", "-D", "-f", "\(path)/lighttpd.conf"]
        }
        let null = unsafe open("/dev/null", O_RDWR)
        defer { close(null) }
        child = try ChildProcess(
            arguments[0],
            Array(arguments.dropFirst()),
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"],
            input: null,
            output: null,
            errors: null
        )
        guard
            eventually(within: 60, every: 0.01, { !child.isRunning || accepts(port, at: address) }),
            child.isRunning
        else {
            let log = try? String(contentsOfFile: folder.appending("error.log"), encoding: .utf8)
            throw Silent(log: log ?? "")
        }
    }

    deinit {
        child.stop()
    }
}

/// Whether a server accepts connections there.
func accepts(_ port: Int, at address: String) -> Bool {
    guard let descriptor = try? connectedSocket(to: port, at: address) else { return false }
    close(descriptor)
    return true
}
