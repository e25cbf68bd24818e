import Foundation
import Glibc
import TestSupport
import Testing
import Time

@testable import HTTPTransport

/// Tested with real servers: failures are distinguished, and HTTP/2 shares a connection.
@Suite(.serialized) struct WebClientTests {
    /// The answers to HEADs of `urls`, all started at once.
    static func answers(
        _ urls: [String],
        connectSeconds: Int = 10,
        answerSeconds: Int = 20,
        authorityFile: String? = nil,
        offersHTTP2: Bool = false,
        wantsCertificateEnd: Bool = false
    ) throws -> [WebClient.Answer] {
        let client = WebClient(
            loop: try MultiLoop(connectionLimit: 64),
            userAgent: "test",
            connectSeconds: connectSeconds,
            answerSeconds: answerSeconds,
            authorityFile: authorityFile
        )
        var answers: [Int: WebClient.Answer] = [:]
        for (tag, url) in urls.enumerated() {
            var options = WebClient.Options()
            options.connection = offersHTTP2 ? .shared : .kept
            options.wantsCertificateEnd = wantsCertificateEnd
            try client.start(url: Array(url.utf8) + [0], tag: RequestTag(tag), options)
        }
        let deadline = Date(timeIntervalSinceNow: 60)
        while answers.count < urls.count, Date() < deadline {
            client.wait(atMost: .seconds(1)) { answers[$0.tag.number] = $0 }
        }
        return try urls.indices.map { try #require(answers[$0]) }
    }

    static func kind(
        _ url: String,
        answerSeconds: Int = 20,
        authorityFile: String? = nil
    ) throws -> FailureKind {
        let answer = try #require(
            try answers([url], answerSeconds: answerSeconds, authorityFile: authorityFile).first
        )
        guard case .failure(let failure) = answer.result else {
            Issue.record("an answer: \(answer)")
            return .other
        }
        #expect(failure.reason.hasPrefix(failure.kind.rawValue), "\(failure.reason)")
        return failure.kind
    }

    @Test func distinguishesAnUnknownHostFromARefusingOne() throws {
        #expect(try Self.kind("http://no-such-host.invalid/") == .noSuchHost)
        // Bound but not listening, so that no other process can take the port.
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let port = try Self.bindAnyPort(descriptor)
        #expect(try Self.kind("http://127.0.0.1:\(port)/") == .refused)
    }

    @Test func aSilentServerIsATimeOut() throws {
        let (descriptor, port) = try listeningSocket()
        defer { close(descriptor) }
        #expect(try Self.kind("http://127.0.0.1:\(port)/", answerSeconds: 1) == .timedOut)
    }

    @Test func redirectsInACircleHaveTheirName() throws {
        let server = try Nginx(server: "location / { return 302 $uri; }")
        #expect(try Self.kind(server.baseURL + "a") == .redirect)
    }

    static func server(_ certificate: PrivateAuthority.Certificate, _ more: String) throws -> Nginx
    {
        try Nginx(
            server: """
                ssl_certificate \(certificate.file);
                ssl_certificate_key \(certificate.keyFile);
                \(more)
                """,
            listenOptions: "ssl http2"
        )
    }

    @Test func faultsOfCertificatesHaveNames() throws {
        let authority = try PrivateAuthority()
        let good = try Self.server(try authority.certificate(for: "IP:127.0.0.1"), "")
        let url = good.baseURL.replacing("http:", with: "https:")
        let answer = try #require(
            try Self.answers([url], authorityFile: authority.certificateFile).first
        )
        #expect(throws: Never.self) { try answer.result.get() }
        #expect(answer.address == "127.0.0.1")
        #expect(try Self.kind(url) == .untrustedCertificate)

        let expired = try Self.server(
            try authority.certificate(for: "IP:127.0.0.1", days: -1),
            ""
        )
        #expect(
            try Self.kind(
                expired.baseURL.replacing("http:", with: "https:"),
                authorityFile: authority.certificateFile
            ) == .expiredCertificate
        )
        let plain = try Nginx()
        #expect(try Self.kind(plain.baseURL.replacing("http:", with: "https:")) == .tls)
    }

    @Test func aNewConnectionTellsWhenItsCertificateEnds() throws {
        let authority = try PrivateAuthority()
        let signed = Int64(Date().timeIntervalSince1970)
        let server = try Self.server(try authority.certificate(for: "IP:127.0.0.1", days: 5), "")
        let ready = Int64(Date().timeIntervalSince1970)
        let url = server.baseURL.replacing("http:", with: "https:")
        func end(_ url: String, isWanted: Bool) throws -> Int64? {
            try Self.answers(
                [url],
                authorityFile: authority.certificateFile,
                wantsCertificateEnd: isWanted
            ).first?.certificateEnd
        }
        let days: Int64 = 5 * 86_400
        let end = try #require(try end(url, isWanted: true))
        #expect((signed + days...ready + days).contains(end))
        #expect(
            try Self.answers([url], authorityFile: authority.certificateFile)
                .allSatisfy { $0.certificateEnd == nil }
        )
        #expect(
            try Self.answers([server.baseURL], wantsCertificateEnd: true)
                .allSatisfy { $0.certificateEnd == nil }
        )
    }

    @Test(arguments: [
        ("Dec  9 12:34:56 2026 GMT", Int64(1_796_819_696)),
        ("2026-12-09 12:34:56 GMT", 1_796_819_696), ("Jan  1 00:00:00 1970 GMT", 0),
        ("", nil), ("GMT", nil), ("Dec 9 2026 GMT", nil), ("Dez  9 12:34:56 2026 GMT", nil),
        ("Dec  9 12:34:56 2026", nil), ("Dec 99 12:34:56 2026 GMT", nil),
        ("2026-12 12:34:56 GMT", nil), ("2026-12-09 12:34 GMT", nil),
        ("Dec  9 12:34:56 99999999999999999999 GMT", nil),
    ])
    func endsOfCertificatesAreReadInBothForms(text: String, seconds: Int64?) {
        #expect(Timestamp(certificateDate: text)?.secondsSinceEpoch == seconds)
    }

    @Test func manyRequestsShareAConnectionOfHTTP2() throws {
        let authority = try PrivateAuthority()
        let server = try Self.server(
            try authority.certificate(for: "IP:127.0.0.1"),
            "location / { add_header X-Connection $connection; return 200; }"
        )
        let url = server.baseURL.replacing("http:", with: "https:")
        for offersHTTP2 in [false, true] {
            let answers = try Self.answers(
                (0..<60).map { "\(url)\($0)" },
                authorityFile: authority.certificateFile,
                offersHTTP2: offersHTTP2
            )
            #expect(answers.allSatisfy { $0.isHTTP2 == offersHTTP2 })
            let connectionCount = answers.count { $0.address != nil }
            #expect(offersHTTP2 ? connectionCount == 1 : connectionCount > 1)
        }
    }

    /// A free port that `descriptor` holds.
    private static func bindAnyPort(_ descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let code = unsafe bind(descriptor, pointer, length)
                return code == 0 ? unsafe getsockname(descriptor, pointer, &length) : code
            }
        }
        try #require(code == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
