import Foundation
import TestSupport

/// Mirrors that lie, babble or keep silent, in one list with the mirrors of a network.
final class HostileMirrors: Sendable {
    let list: MirrorListDocument
    private let network: MirrorNetwork
    private let servers: [LoopbackServer]

    /// The behaviour of each of them on a connection.
    private static let manners: [@Sendable (Int32) -> Void] = [
        // A head that never ends.
        { connection in
            _ = sendAll(Array("HTTP/1.1 200 OK\r\n".utf8), to: connection)
            let line = Array("X: \(String(repeating: "a", count: 4_000))\r\n".utf8)
            for _ in 0..<100 where sendAll(line, to: connection) {
                Thread.sleep(forTimeInterval: 0.01)
            }
        },
        // Every file exists, with the same length.
        { connection in
            answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n")
        },
        // Every file is redirected to the home page.
        { connection in
            answer(
                connection,
                "HTTP/1.1 302 Found\r\nLocation: /home\r\nContent-Length: 0\r\n"
                    + "Connection: close\r\n\r\n"
            )
        },
        // Nothing, for a long time.
        { _ in Thread.sleep(forTimeInterval: 20) },
        // Noise.
        { connection in _ = sendAll([0, 1, 2, 255, 10, 13, 10], to: connection) },
        // A request to come back in a million years.
        { connection in
            answer(
                connection,
                "HTTP/1.1 503 No\r\nRetry-After: 31536000000000\r\nContent-Length: 0\r\n"
                    + "Connection: close\r\n\r\n"
            )
        },
    ]

    init(beside network: MirrorNetwork) throws {
        self.network = network
        let hostile = try Self.servers()
        servers = hostile.map(\.server)
        let countries = MirrorListDocument.countries
        let urls =
            network.copies.map { (name: $0.name, url: $0.url) }
            + hostile.enumerated().map { (name: "hostile\($0)", url: $1.url) }
        list = MirrorListDocument(
            entries: urls.enumerated().map { index, mirror in
                let country = countries[index % 5]
                return .init(
                    name: mirror.name,
                    region: country.region,
                    country: country.code,
                    countryName: country.name,
                    url: mirror.url
                )
            }
        )
    }

    /// One server of each kind, each at its own address.
    static func servers() throws -> [(server: LoopbackServer, url: String)] {
        try manners.enumerated().map { index, manner in
            let server = try LoopbackServer(address: UInt32(index + 2), serve: manner)
            return (server, "http://127.0.0.\(index + 2):\(server.port)/")
        }
    }

    func stop() {
        for server in servers { server.stop() }
    }

    /// Whether `location` is a mirror's, and the mirror has the master's file at `path`.
    func holds(_ path: String, at location: String) -> Bool {
        guard let copy = network.copies.first(where: { location == $0.url + path }) else {
            return false
        }
        let master = network.master.entry(at: Array(path.utf8))
        return master != nil && copy.tree.entry(at: Array(path.utf8)) == master
    }

    /// Reads the request, and answers once.
    private static func answer(_ connection: Int32, _ text: String) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        guard unsafe recv(connection, &buffer, buffer.count, 0) > 0 else { return }
        _ = sendAll(Array(text.utf8), to: connection)
    }
}
