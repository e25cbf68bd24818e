import ConfiguredStorage
import FunctionRuntime
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

/// A bucket behind TLS, with certificates signed by a private authority.
extension S3Tests {
    @Suite struct TLSTests {
        private let authority: PrivateAuthority
        /// Has one certificate on each port, all of them in front of the S3 server.
        private let nginx: Nginx
        private let ports: [Server: Int]

        enum Server: String, CaseIterable {
            case trusted
            case expired
            case ofAnotherHost
        }

        init() throws {
            let server = try SeaweedFS.shared
            let authority = try PrivateAuthority()
            var ports: [Server: Int] = [:]
            var servers = ""
            for kind in Server.allCases {
                let certificate =
                    switch kind {
                    case .trusted: try authority.certificate(for: "IP:127.0.0.1")
                    case .expired: try authority.certificate(for: "IP:127.0.0.1", days: -1)
                    case .ofAnotherHost: try authority.certificate(for: "DNS:s3.example.org")
                    }
                let port = try freePort()
                ports[kind] = port
                // The host is signed, so it has to arrive unchanged.
                servers += """
                    server {
                        listen 127.0.0.1:\(port) ssl;
                        ssl_certificate \(certificate.file);
                        ssl_certificate_key \(certificate.keyFile);
                        location / {
                            proxy_pass http://127.0.0.1:\(server.port);
                            proxy_set_header Host $http_host;
                            proxy_http_version 1.1;
                        }
                    }

                    """
            }
            self.authority = authority
            self.ports = ports
            nginx = try Nginx(http: servers)
        }

        private func store(_ kind: Server, authoritiesFile: String?) throws -> any BlobStore {
            var environment = try SeaweedFS.shared.environment(prefix: "tls")
            environment["S3_ENDPOINT"] = "https://127.0.0.1:\(try #require(ports[kind]))"
            environment["CA_FILE"] = authoritiesFile
            return try openStore(.init(environment))
        }

        @Test func trustsThePrivateAuthorityThatItIsTold() throws {
            defer { nginx.stop() }
            let store = try store(.trusted, authoritiesFile: authority.certificateFile)
            let key = try BlobKey("maps/europe.map")
            let tag = try store.put(key, Array(repeating: 7, count: 100_000))
            #expect(try store.get(key, ifChangedFrom: tag) == .unchanged)
            #expect(try store.get(key)?.bytes.count == 100_000)
            #expect(try store.list(prefix: "maps/") == [key])
        }

        /// Nothing is sent, and nothing is retried.
        @Test func refusesEverythingElseAndSaysWhy() throws {
            defer { nginx.stop() }
            let other = try PrivateAuthority()
            let rows: [(server: Server, authoritiesFile: String?, reason: String)] = [
                (.trusted, nil, "certificate"),
                (.trusted, other.certificateFile, "certificate"),
                (.expired, authority.certificateFile, "expired"),
                (.ofAnotherHost, authority.certificateFile, "127.0.0.1"),
                (.trusted, "/nonexistent/authorities.pem", "/nonexistent/authorities.pem"),
            ]
            for row in rows {
                let store = try store(row.server, authoritiesFile: row.authoritiesFile)
                #expect {
                    try store.put(BlobKey("a"), [1])
                } throws: { error in
                    guard case StorageError.untrusted(_, let reason) = error else { return false }
                    return reason.contains(row.reason) && "\(error)".contains("CA_FILE")
                }
            }
        }
    }
}
