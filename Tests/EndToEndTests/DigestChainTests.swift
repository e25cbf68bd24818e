import Bytes
import Foundation
import TestSupport
import Testing

/// Digests on their way from Manifests and files to the redirector's clients.
///
/// The expected digests are computed by coreutils.
@Suite struct DigestChainTests {
    let folder: TemporaryFolder
    let mirror: Nginx
    let environment: [String: String]

    /// A file in a Manifest, a link to it, and a file that no Manifest names.
    static let (named, link, bare) = (
        "distfiles/one-1.0.tar.xz", "distfiles/one.tar.xz", "releases/two.iso"
    )

    init() throws {
        folder = try TemporaryFolder("digests")
        let tree = try folder.makeFolder("tree")
        for name in ["tree/distfiles", "tree/releases", "repository/app-misc/one"] {
            try folder.makeFolder(name)
        }
        try folder.write(String(repeating: "one ", count: 5000), to: "tree/\(Self.named)")
        try folder.write(String(repeating: "two ", count: 300), to: "tree/\(Self.bare)")
        try FileManager.default.createSymbolicLink(
            atPath: "\(tree)/\(Self.link)",
            withDestinationPath: "one-1.0.tar.xz"
        )
        mirror = try Nginx(root: tree)
        environment = [
            "STORAGE_URL": "file://" + (try folder.makeFolder("storage")), "CHECK_RATE": "0",
            "RECHECK_AFTER_SECONDS": "0",
        ]
    }

    func digest(by program: String, of path: String) throws -> String {
        let result = try FunctionBinary("/usr/bin/\(program)").run(
            arguments: [folder.appending("tree/\(path)")]
        )
        return String(try #require(result.output.split(separator: " ").first, "\(result)"))
    }

    @discardableResult
    func run(_ function: String, _ request: String = "") throws -> FunctionResult {
        let result = try Product.function(function, environment: environment).run(request)
        #expect(result.isSuccess, "\(result)")
        return result
    }

    @Test func clientsGetTheDigestsOfManifestsAndOfTheFiles() throws {
        defer { mirror.stop() }
        let sha512 = try digest(by: "sha512sum", of: Self.named)
        let blake2b = try digest(by: "b2sum", of: Self.named)
        try folder.write(
            "DIST one-1.0.tar.xz 20000 BLAKE2B \(blake2b) SHA512 \(sha512)\n",
            to: "repository/app-misc/one/Manifest"
        )
        try folder.write("[structure]\n0=flat\n", to: "layout.conf")
        let country = MirrorListDocument.countries[0]
        let list = MirrorListDocument(entries: [
            .init(
                name: "one",
                region: country.region,
                country: country.code,
                countryName: country.name,
                url: mirror.baseURL
            )
        ])
        try folder.write(list.xml, to: "distfiles.xml")
        let published = try run(
            "leader",
            """
            {"tree":"\(folder.appending("tree"))","manifests":["\(folder.appending("repository"))"],
             "layout":"\(folder.appending("layout.conf"))","digests":["sha256"],
             "mirrors":"file://\(folder.appending("distfiles.xml"))"}
            """
        )
        #expect(published.output.contains(#""digestsComputed":2"#), "\(published)")
        try run("checker", #"{"mode":"probe"}"#)
        try run("checker", #"{"mode":"check"}"#)
        try run("builder")

        let redirector = try Redirector(
            storageURL: environment["STORAGE_URL"] ?? "",
            region: "europe"
        )
        let expected: [(path: String, digests: [String: String])] = [
            (
                Self.named,
                ["sha-256": try digest(by: "sha256sum", of: Self.named), "sha-512": sha512]
            ),
            (
                Self.link,
                ["sha-256": try digest(by: "sha256sum", of: Self.named), "sha-512": sha512]
            ),
            (Self.bare, ["sha-256": try digest(by: "sha256sum", of: Self.bare)]),
        ]
        for (path, digests) in expected {
            let metalink = try answer(redirector, "GET", "/\(path).meta4")
            let text = String(decoding: metalink.body, as: UTF8.self)
            #expect(metalink.status == 200)
            #expect(text.contains("<url") && text.contains(mirror.baseURL), "\(text)")
            for algorithm in ["sha-256", "sha-512"] {
                let hash = digests[algorithm].map { "<hash type=\"\(algorithm)\">\($0)</hash>" }
                #expect(text.contains("<hash type=\"\(algorithm)\">") == (hash != nil), "\(text)")
                if let hash { #expect(text.contains(hash), "\(text)") }

                let redirect = try answer(redirector, "HEAD", "/\(path)", wanting: algorithm)
                #expect(redirect.status == 302)
                #expect(redirect["location"] == mirror.baseURL + path)
                let field = redirect["repr-digest"] ?? ""
                let base64 = digests[algorithm].map { Self.base64(hexadecimal: $0) }
                #expect(
                    field.contains("\(algorithm)=:\(base64 ?? ""):") == (base64 != nil),
                    "\(path) \(field)"
                )
            }
        }
    }

    private func answer(
        _ redirector: Redirector,
        _ method: String,
        _ target: String,
        wanting algorithm: String? = nil
    ) throws -> HTTPResponse {
        let headers = algorithm.map { ["Want-Repr-Digest": "\($0)=10"] } ?? [:]
        return try HTTPConnection(port: redirector.port)
            .response(to: HTTPRequest(method, target, headers: headers))
    }

    private static func base64(hexadecimal digits: String) -> String {
        let nibbles = digits.compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: nibbles.count, by: 2).map { index in
            UInt8(nibbles[index] << 4 | nibbles[index + 1])
        }
        return Data(bytes).base64EncodedString()
    }
}
