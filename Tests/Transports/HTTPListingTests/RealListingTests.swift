import Foundation
import Glibc
import HTTPListing
import HTTPTransport
import TestSupport
import Testing

/// The output of real servers, read back.
@Suite struct RealListingTests {
    enum Server: String, CaseIterable, Sendable {
        case nginx
        case nginxRounding
        case apachePlain
        case apacheFancy
        case apacheTable
        case lighttpd
        case caddy
        case python

        /// Whether lengths of more than a few hundred bytes are exact.
        var isExact: Bool { self == .nginx || self == .caddy }

        /// Caddy and Python replace bytes that are not UTF-8.
        var writesAnyByte: Bool { self != .caddy && self != .python }
    }

    /// Names that a page must escape, and lengths from zero to megabytes.
    static let files: [(name: String, byteCount: Int)] = [
        ("a.tar.xz", 12_345), ("empty", 0), ("small", 700), ("large", 3_000_000),
        ("a b+c&d<e>\"f'g%2Fh", 11), ("x:y", 12), ("ä", 13), ("a?b#c", 14), ("http:", 15),
        ("<script>alert(1)</script>".replacing("/", with: "\\"), 16), ("&amp;", 17),
        (
            "name-of-more-than-fifty-characters-which-servers-cut-"
                + String(repeating: "z", count: 90),
            19
        ),
        (
            "name-of-more-than-fifty-characters-which-servers-cut-"
                + String(repeating: "ä", count: 40),
            20
        ),
    ]

    static let badName: [UInt8] = Array("bad".utf8) + [0xFF] + Array("name".utf8)

    /// A folder below the root, so that it has a parent.
    static func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder("listing")
        try folder.makeFolder("distfiles/sub folder")
        try folder.makeFolder("distfiles/ab")
        for (name, byteCount) in files {
            try folder.write(String(repeating: "a", count: byteCount), to: "distfiles/\(name)")
        }
        let path = Array("\(folder.path)/distfiles/".utf8) + badName + [0]
        let descriptor = unsafe open(path.map(CChar.init(bitPattern:)), O_CREAT | O_WRONLY, 0o644)
        close(descriptor)
        return folder
    }

    /// Starts the server over `root`, and returns it with its URL.
    static func start(_ server: Server, root: String) throws -> (keep: AnyObject, url: String) {
        func apache(_ options: String) throws -> (AnyObject, String) {
            let modules = "/usr/lib/apache2/modules"
            let apache = try OtherServer(
                .apache,
                root: root,
                more: """
                    LoadModule autoindex_module \(modules)/mod_autoindex.so
                    <Directory \(root)>
                        Options +Indexes
                        IndexOptions \(options)
                    </Directory>
                    """
            )
            return (apache, apache.baseURL)
        }
        switch server {
        case .nginx, .nginxRounding:
            let exact = server == .nginx ? "on" : "off"
            let nginx = try Nginx(
                server: "autoindex on; autoindex_exact_size \(exact);",
                root: root
            )
            return (nginx, nginx.baseURL)
        case .apachePlain: return try apache("-FancyIndexing")
        case .apacheFancy: return try apache("FancyIndexing")
        case .apacheTable: return try apache("FancyIndexing HTMLTable IconsAreLinks")
        case .lighttpd:
            let lighttpd = try OtherServer(
                .lighttpd,
                root: root,
                more: """
                    server.modules = ("mod_dirlisting")
                    dir-listing.activate = "enable"
                    dir-listing.hide-dotfiles = "disable"
                    """
            )
            return (lighttpd, lighttpd.baseURL)
        case .caddy:
            let caddy = try Caddy(root: root)
            return (caddy, caddy.baseURL)
        case .python:
            let python = try PythonServer(root: root)
            return (python, python.baseURL)
        }
    }

    static func page(at url: String) throws -> [UInt8] {
        let response = try HTTPClient().send(
            HTTPRequest(.get, url),
            patience: Patience(connectSeconds: 10, stallSeconds: 30, totalSeconds: 60),
            maximumByteCount: 1 << 24
        )
        #expect(response.status == 200)
        return response.body
    }

    @Test(arguments: Server.allCases) func everyNameAndLengthIsRead(server: Server) throws {
        let tree = try Self.tree()
        let (keep, baseURL) = try Self.start(server, root: tree.path)
        let url = baseURL + "distfiles/"
        let page = try withExtendedLifetime(keep) { try Self.page(at: url) }
        let (names, outcome) = read(page, at: url)
        // The name that Python changes makes the row look deceptive.
        if server != .python { #expect(outcome == .listing(isWhole: true)) }
        let found = Dictionary(names.map { ($0.name, $0) }) { first, _ in first }
        #expect(found.count == names.count)
        for (name, byteCount) in Self.files {
            let entry = try #require(
                found[Array(name.utf8)],
                "\(name) in \(String(decoding: page, as: UTF8.self))"
            )
            #expect(!entry.isDirectory)
            if server.isExact { #expect(entry.byteCount == UInt64(byteCount), "\(name)") }
            // A rounded length is not reported; a reported one is right.
            if let told = entry.byteCount { #expect(told == UInt64(byteCount), "\(name)") }
        }
        for name in ["sub folder", "ab"] {
            #expect(found[Array(name.utf8)] == .folder(name))
        }
        if server.writesAnyByte { #expect(found[Self.badName] != nil) }
        #expect((Self.files.count + 2...Self.files.count + 3).contains(names.count))
    }

    /// A page that is cut anywhere never gives a name or a length that is not there.
    @Test(arguments: Server.allCases) func aCutPageTellsNothingWrong(server: Server) throws {
        let tree = try Self.tree()
        let (keep, baseURL) = try Self.start(server, root: tree.path)
        let url = baseURL + "distfiles/"
        let page = try withExtendedLifetime(keep) { try Self.page(at: url) }
        let whole = Set(read(page, at: url, pieces: 4096).names)
        let step = max(1, page.count / 120)
        for end in stride(from: 0, to: page.count - 8, by: step) {
            let (names, outcome) = read(Array(page[..<end]), at: url, pieces: 4096)
            #expect(outcome != .listing(isWhole: true), "cut at \(end)")
            #expect(whole.isSuperset(of: names), "cut at \(end)")
        }
    }
}
