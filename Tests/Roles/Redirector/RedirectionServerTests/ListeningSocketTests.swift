import Glibc
import Mirrors
import Redirection
import Testing

@testable import RedirectionServer

@Suite struct ListeningSocketTests {
    /// A client acknowledges every second segment at once; if a buffer holds fewer than two, as
    /// loopback's default would, each acknowledgement takes 40 ms.
    @Test(arguments: [false, true])
    func aBufferHoldsSeveralSegments(isPassed: Bool) throws {
        let loopback = try #require(IPAddress("127.0.0.1"))
        let listening =
            isPassed
            ? try ListeningSocket(passed: Self.supervisorsSocket(loopback))
            : try ListeningSocket(loopback, port: 0, isShared: false)
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var address = SocketAddress(loopback, port: listening.port)
        let isConnected = unsafe address.withPointer { unsafe connect(client, $0, $1) }
        #expect(isConnected == 0)
        guard case .connection(let accepted, _) = listening.accept() else {
            Issue.record("nobody came")
            return
        }
        defer { accepted.close() }
        func option(_ option: Int32, of level: Int32) -> Int {
            var value: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(accepted.descriptor, level, option, &value, &size)
            return Int(value)
        }
        let segment = option(TCP_MAXSEG, of: Int32(IPPROTO_TCP))
        #expect(segment > 0)
        #expect(4 * segment <= option(SO_SNDBUF, of: SOL_SOCKET))
    }

    /// A socket that listens on a free port of `host`, without options.
    private static func supervisorsSocket(_ host: IPAddress) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = SocketAddress(host, port: 0)
        _ = unsafe address.withPointer { unsafe bind(descriptor, $0, $1) }
        listen(descriptor, 1)
        return descriptor
    }
}
