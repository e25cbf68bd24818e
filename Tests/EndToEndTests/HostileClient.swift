import Foundation
import Glibc
import TestSupport

/// Clients that briefly do what no client should.
enum HostileClient {
    enum Kind: CaseIterable {
        /// Requests a page behind a long head, and disappears.
        case pageAndReset
        /// Sends a thousand requests and reads nothing.
        case deafPipeline
        /// Announces a body that never arrives.
        case missingBody
        /// Sends half a head.
        case halfHead
        /// Sends bytes that are no request.
        case noise
        /// Requests a path of two thousand escapes.
        case longPath
    }

    static func act(_ kind: Kind, port: Int) {
        guard let connection = connect(to: port) else { return }
        defer { close(connection) }
        let get = "GET /distfiles/layout.conf"
        switch kind {
        case .pageAndReset:
            let field = "X: \(String(repeating: "a", count: 7_000))\r\n"
            send("\(get)?explain HTTP/1.1\r\nHost: h\r\n\(field)\(field)\r\n", to: connection)
            resetOnClose(connection)
        case .deafPipeline:
            let requests = String(repeating: "\(get) HTTP/1.1\r\nHost: h\r\n\r\n", count: 1_000)
            send(requests, to: connection)
            Thread.sleep(forTimeInterval: 0.2)
        case .missingBody:
            send("\(get) HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n", to: connection)
            Thread.sleep(forTimeInterval: 0.2)
        case .halfHead:
            send("\(get) HTTP/1.1\r\nHost:", to: connection)
            Thread.sleep(forTimeInterval: 0.2)
        case .noise:
            send("\u{16}\u{3}\u{1} not http at all \u{7f}\r\n\r\n", to: connection)
        case .longPath:
            let path = String(repeating: "%41", count: 2_000)
            send("GET /\(path) HTTP/1.1\r\nHost: h\r\n\r\n", to: connection)
        }
    }

    private static func connect(to port: Int) -> Int32? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(connection)
            return nil
        }
        return connection
    }

    /// Sends as much as possible without waiting for a server that does not read.
    private static func send(_ text: String, to connection: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(
            connection,
            bytes,
            bytes.count,
            Int32(truncatingIfNeeded: MSG_NOSIGNAL | MSG_DONTWAIT)
        )
    }
}
