import Catalogs
import CheckPlanning
import Checking
import Foundation
import HTTPTransport
import Mirrors
import TestSupport
import Testing

/// The value of an answer behind redirects as a proof, with real servers at public addresses.
@Suite(.enabled(if: NetworkLab.isPossible)) struct RedirectProofTests {
    static let mirror = "192.0.2.1"
    static let other = "198.51.100.1"
    static let redirector = "203.0.113.1"
    static let inside = "10.1.2.3"
    static let onLink = "169.254.1.1"

    static func lab(_ body: @escaping @Sendable () throws -> Void) throws {
        try NetworkLab.run(
            addresses: [mirror, other, redirector, inside, onLink],
            hosts: ["\(inside) inside.example", "\(other) other.example"],
            body
        )
    }

    static func replies(
        _ baseURL: String,
        _ paths: [String],
        adjust: (inout CheckSettings) -> Void = { _ in }
    ) throws -> [Reply] {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        adjust(&settings)
        let scheme: AccessPoint.Scheme = baseURL.hasPrefix("https") ? .https : .http
        let points = [AccessPoint.make("m", baseURL: baseURL, scheme: scheme)]
        return try WebTransports(points, settings).single.replies(to: paths)
    }

    static func reason(_ reply: Reply) -> String? {
        if case .unusable(let reason, _) = reply { reason } else { nil }
    }

    /// A server that never answers, and counts connections.
    static func silentServer(at address: String) throws -> Nginx {
        let server = try Nginx(address: address)
        try server.addFile("a", byteCount: 5)
        return server
    }

    static func requests(_ server: Nginx) -> [Substring] {
        server.stop()
        return server.text(of: "access.log").split(separator: "\n")
    }

    @Test func aFileOfTheSameNameElsewhereIsProof() throws {
        try Self.lab {
            let cdn = try Nginx(address: Self.other)
            try cdn.addFile("pool/a b", byteCount: 77)
            let mirror = try Nginx(
                server:
                    "rewrite ^/x/(.*)$ http://other.example:\(cdn.port)/pool/$1?key=1 redirect;",
                address: Self.mirror
            )
            #expect(
                try Self.replies(mirror.baseURL, ["x/a b", "x/none"])
                    == [
                        .answered(status: 200, byteCount: 77),
                        .answered(status: 404, byteCount: 153),
                    ]
            )
        }
    }

    /// A mirror that redirects missing files to us would create a loop.
    @Test func aRedirectorVouchesForNobody() throws {
        try Self.lab {
            let redirector = try Nginx(
                server: """
                    location / {
                        add_header Redirector mirror always;
                        return 302 http://\(Self.mirror):$arg_port$uri;
                    }
                    location /here/ {
                        add_header Redirector page always;
                        return 200 "a page";
                    }
                    """,
                address: Self.redirector
            )
            let mirror = try Nginx(
                server: """
                    location /lost/ {
                        return 302 \(redirector.baseURL)lost/$uri?port=$server_port;
                    }
                    rewrite ^/page/(.*)$ \(redirector.baseURL)here/$1 redirect;
                    """,
                address: Self.mirror
            )
            for reply in try Self.replies(mirror.baseURL, ["lost/a", "page/a"]) {
                #expect(Self.reason(reply)?.contains("redirector") == true, "\(reply)")
            }
        }
    }

    /// The access point is a redirector itself.
    @Test func whatARedirectorAnswersIsNoProofEither() throws {
        try Self.lab {
            let mirror = try Nginx(address: Self.mirror)
            try mirror.addFile("a", byteCount: 5)
            let redirector = try Nginx(
                server: """
                    add_header Redirector mirror always;
                    location / { return 302 \(mirror.baseURL)a; }
                    """,
                address: Self.redirector
            )
            let reply = try Self.replies(redirector.baseURL, ["a"])[0]
            #expect(Self.reason(reply)?.contains("redirector") == true, "\(reply)")
        }
    }

    /// mod_speling redirects a request for a missing file to one whose name differs by a letter.
    @Test func aFileOfAnotherNameIsNoProof() throws {
        let folder = try TemporaryFolder("speling")
        try folder.write("12345", to: "x-2.4.4.sig")
        let modules = "/usr/lib/apache2/modules"
        try Self.lab {
            let apache = try OtherServer(
                .apache,
                root: folder.path,
                more: """
                    LoadModule speling_module \(modules)/mod_speling.so
                    CheckSpelling on
                    """,
                address: Self.mirror
            )
            let replies = try Self.replies(
                apache.baseURL,
                ["x-2.4.4.sig", "x-2.4.5.sig", "y-1.sig"]
            )
            #expect(replies[0] == .answered(status: 200, byteCount: 5))
            #expect(Self.reason(replies[1])?.contains("another file") == true, "\(replies[1])")
            guard case .answered(404, _) = replies[2] else {
                Issue.record("\(replies[2])")
                return
            }
        }
    }

    @Test func httpsIsNotProvenByHTTP() throws {
        let authority = try PrivateAuthority()
        let certificate = try authority.certificate(for: "IP:\(Self.mirror)")
        try Self.lab {
            let plain = try Nginx(address: Self.mirror)
            try plain.addFile("a", byteCount: 5)
            let secure = try Nginx(
                server: """
                    ssl_certificate \(certificate.file);
                    ssl_certificate_key \(certificate.keyFile);
                    return 301 \(plain.baseURL)a;
                    """,
                listenOptions: "ssl",
                address: Self.mirror
            )
            let reply = try Self.replies(
                secure.baseURL.replacing("http:", with: "https:"),
                ["a"]
            ) { $0.authorityFile = authority.certificateFile }[0]
            #expect(Self.reason(reply)?.contains("from https to") == true, "\(reply)")
            #expect(Self.requests(plain).isEmpty)
        }
    }

    /// No request is sent there, neither by address nor by name.
    @Test(arguments: ["\(inside)", "inside.example", "localhost", "\(onLink)", "167838211"])
    func noRequestGoesIntoAPrivateNetwork(host: String) throws {
        try Self.lab {
            let inner = try Nginx(
                server:
                    "listen 127.0.0.1:8080; listen \(Self.onLink):8080; "
                    + "listen \(Self.inside):8080;",
                address: Self.inside
            )
            try inner.addFile("a", byteCount: 5)
            let mirror = try Nginx(
                server: "return 302 http://\(host):8080/a;",
                address: Self.mirror
            )
            let reply = try Self.replies(mirror.baseURL, ["a"])[0]
            #expect(Self.reason(reply)?.contains("private address") == true, "\(reply)")
            #expect(Self.requests(inner).isEmpty)
        }
    }

    /// A connection that another access point has to a private host of its own is not available to
    /// others.
    @Test func openConnectionsIntoAPrivateNetworkAreNotShared() throws {
        try Self.lab {
            let inner = try Nginx(address: Self.inside)
            try inner.addFile("a", byteCount: 5)
            let name = "http://inside.example:\(inner.port)/"
            let mirror = try Nginx(server: "return 302 \(name)a;", address: Self.mirror)
            var settings = CheckSettings()
            settings.requestsPerSecond = 0
            let transport = try WebTransports(
                [.make("own", baseURL: name), .make("foreign", baseURL: mirror.baseURL)],
                settings
            ).single
            #expect(
                transport.replies(to: ["a"], accessPoint: 0) == [
                    .answered(status: 200, byteCount: 5)
                ]
            )
            let reply = transport.replies(to: ["a"], accessPoint: 1)[0]
            #expect(Self.reason(reply)?.contains("private address") == true, "\(reply)")
            #expect(Self.requests(inner).count == 1)
        }
    }

    @Test func theOwnHostMayBePrivate() throws {
        try Self.lab {
            let mirror = try Nginx(
                server: "rewrite ^/x/(.*)$ /y/$1 redirect;",
                address: Self.inside
            )
            try mirror.addFile("y/a", byteCount: 5)
            for baseURL in [mirror.baseURL, "http://inside.example:\(mirror.port)/"] {
                #expect(
                    try Self.replies(baseURL, ["x/a"]) == [.answered(status: 200, byteCount: 5)]
                )
            }
        }
    }

    @Test func nobodyIsAskedOnTheLink() throws {
        try Self.lab {
            let server = try Nginx(address: Self.onLink)
            try server.addFile("a", byteCount: 5)
            let reply = try Self.replies(server.baseURL, ["a"])[0]
            #expect(Self.reason(reply)?.contains("private address") == true, "\(reply)")
            #expect(Self.requests(server).isEmpty)
        }
    }

    @Test func threeRedirectsAreFollowedAndNotFour() throws {
        try Self.lab {
            let mirror = try Nginx(
                server: """
                    rewrite ^/4/(.*)$ /3/$1 redirect;
                    rewrite ^/3/(.*)$ /2/$1 redirect;
                    rewrite ^/2/(.*)$ /1/$1 redirect;
                    rewrite ^/1/(.*)$ /$1 redirect;
                    rewrite ^/circle/a$ /circle/a redirect;
                    """,
                address: Self.mirror
            )
            try mirror.addFile("a", byteCount: 5)
            let replies = try Self.replies(mirror.baseURL, ["3/a", "4/a", "circle/a"])
            #expect(replies[0] == .answered(status: 200, byteCount: 5))
            for reply in replies.dropFirst() {
                #expect(Self.reason(reply)?.contains("more than 3") == true, "\(reply)")
            }
            #expect(Self.requests(mirror).count == 12)
        }
    }

    /// Behind a proxy the address is unknown, so only the URL is judged.
    @Test func behindAProxyURLsAloneAreJudged() throws {
        let modules = "/usr/lib/apache2/modules"
        let folder = try TemporaryFolder("proxy")
        try Self.lab {
            let inner = try Nginx(address: Self.inside)
            try inner.addFile("a", byteCount: 5)
            let mirror = try Nginx(
                server: """
                    location /name/ { return 302 http://inside.example:\(inner.port)/a; }
                    location /address/ { return 302 \(inner.baseURL)a; }
                    """,
                address: Self.mirror
            )
            let proxy = try OtherServer(
                .apache,
                root: folder.path,
                more: """
                    LoadModule proxy_module \(modules)/mod_proxy.so
                    LoadModule proxy_http_module \(modules)/mod_proxy_http.so
                    ProxyRequests On
                    """,
                address: "127.0.0.1"
            )
            var settings = CheckSettings()
            settings.requestsPerSecond = 0
            let transport = try WebTransports(
                [.make("m", baseURL: mirror.baseURL)],
                settings,
                proxies: .init { $0 == "http_proxy" ? proxy.baseURL : nil }
            ).single
            let replies = transport.replies(to: ["name/a", "address/a"])
            #expect(replies[0] == .answered(status: 200, byteCount: 5))
            #expect(Self.reason(replies[1])?.contains("private address") == true)
        }
    }
}
