import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Foundation
import Glibc
import JSON
import Mirrors
import ObjectStorage
import Publishing
import TestSupport
import Testing
import Time

/// The Checker's verdicts about mirrors with known faults, compared with their disks: every kind of
/// fault, in every layout of the tree, over every protocol, through servers with their own
/// defaults.
@Suite(.serialized) struct TruthMatrixTests {
    /// The state of a file on disk.
    enum Truth: String {
        case present
        case absent
        case altered
        /// It is there, but others may not read it.
        case closed
    }

    /// Some 80 files, as many links, and 70 directories in each of 11 copies, on up to 7 servers.
    @Test(arguments: SampleLayout.allCases) func everyVerdictIsTheTruth(layout: SampleLayout) throws
    {
        let network = try TruthNetwork(layout)
        let store = InMemoryStore()
        let catalogs = CatalogStore(store)
        let catalog = try TreePublication(
            of: TreeWalk.listing(of: network.master),
            in: catalogs,
            at: Timestamp(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
        ).change.catalog
        try store.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: network.mirrors).json.serialized()
        )
        var request = CheckRequest()
        request.settings.requestsPerSecond = 0
        request.settings.policy.recheckSeconds = 0
        request.settings.budgetSeconds = 300
        request.settings.authorityFile = network.authority.certificateFile
        let session = CheckSession(request: request, store: store, clock: SystemCheckClock())
        let result = try session.run { accessPoints throws(CheckingError) in
            try ProtocolTransport(
                accessPoints: accessPoints,
                settings: request.settings,
                version: "0"
            )
        }
        guard case .object(let object) = result else { throw SystemError("no result", code: 0) }
        #expect(object["ending"] == "nothing due")

        var confusion: [String: Int] = [:]
        for place in network.places {
            let state = try CheckStateStore(store).load(place.accessPoint).state
            for id in catalog.ids where catalog.isLive(id) {
                if catalog.leadsToDirectory(id), !place.hasDirectories { continue }
                let truth = place.truth(of: catalog[id])
                let outcome = state[id].outcome
                let verdict = state[id].isConfirmed ? "\(outcome)" : "unconfirmed \(outcome)"
                confusion["\(place.server): \(truth.rawValue) on disk, \(verdict)", default: 0] += 1
                let accepted = place.accepted(truth, catalog[id])
                if !accepted.contains(verdict) {
                    Issue.record(
                        "\(place.accessPoint.id) \(catalog.path(of: id)): \(verdict), \(accepted)"
                    )
                }
            }
        }
        print("confusion matrix, layout \(layout.rawValue):")
        for (line, count) in confusion.sorted(by: { $0.key < $1.key }) {
            print("  \(line): \(count)")
        }
        // Every kind of truth was present on every server.
        for server in Set(network.places.map(\.server)) {
            for truth in ["present", "absent", "altered"] {
                #expect(confusion["\(server): \(truth) on disk, \(truth)", default: 0] > 0)
            }
        }
    }
}

/// The layout of distfiles: a mirror network changes from flat to hashed over years.
enum SampleLayout: String, CaseIterable {
    /// Hashed; every flat name is a link.
    case transition
    /// Every second file is still flat.
    case mixed
    /// Hashed only.
    case hashed

    func tree() -> SampleTree {
        var tree = SampleTree(distfiles: 12)
        let links = tree.entries.compactMap { path, entry -> (path: String, hashed: String)? in
            guard case .symlink(let target) = entry, path.hasPrefix("distfiles/") else {
                return nil
            }
            return (path, "distfiles/\(target)")
        }.sorted { $0.path < $1.path }
        for (number, link) in links.enumerated() {
            switch self {
            case .transition: break
            case .hashed: tree.entries[link.path] = nil
            case .mixed where number % 2 == 0:
                tree.entries[link.path] = tree.entries[link.hashed]
                tree.entries[link.hashed] = nil
            case .mixed: break
            }
        }
        return tree
    }
}

/// The copies in one layout, and the servers in front of all of them.
final class TruthNetwork {
    /// One copy on one server.
    struct Place {
        var server: String
        var accessPoint: AccessPoint
        var tree: ServedTree
        /// The server runs as root, which may read everything.
        var readsEverything: Bool
        /// The server has pages for directories; otherwise its answers about them say nothing about
        /// the tree.
        var hasDirectories: Bool

        func truth(of file: ExpectedFile) -> TruthMatrixTests.Truth {
            guard let entry = tree.entry(at: file.path.bytes) else {
                return exists(file, followingLinks: true) ? .closed : .absent
            }
            guard let byteCount = file.byteCount else {
                return entry.isDirectory ? .present : .absent
            }
            if entry.isDirectory { return .absent }
            return UInt64(entry.byteCount) == byteCount ? .present : .altered
        }

        /// The verdicts that are right; if the truth is itself a verdict, only that.
        ///
        /// A closed file proves nothing. Apache answers 403 for a link that leads nowhere. It does
        /// not matter that it states no length for an empty file by HEAD: the file is then
        /// requested by GET.
        func accepted(_ truth: TruthMatrixTests.Truth, _ file: ExpectedFile) -> Set<String> {
            switch truth {
            case .closed:
                return readsEverything ? ["present", "refused"] : ["refused"]
            case .absent where server == "apache" && exists(file, followingLinks: false):
                return ["refused"]
            // If several are missing and none is there, a sample is asked for.
            case .absent where !hasSiblings(file):
                return ["absent", "unconfirmed absent", "unconfirmed unknown"]
            default: return [truth.rawValue]
            }
        }

        /// Whether the folder of the file contains anything of its kind here: links, or other
        /// things.
        private func hasSiblings(_ file: ExpectedFile) -> Bool {
            let folder = "\(tree.root)/\(file.path)".split(
                separator: "/",
                omittingEmptySubsequences: false
            ).dropLast().joined(separator: "/")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.contains { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "\(folder)/\(name)"
                )
                return (target != nil) == (file.kind == .symlink)
            }
        }

        private func exists(_ file: ExpectedFile, followingLinks: Bool) -> Bool {
            let path = (Array(tree.root.utf8) + [UInt8(ascii: "/")] + file.path.bytes + [0])
                .map { CChar(bitPattern: $0) }
            var status = stat()
            return followingLinks
                ? unsafe stat(path, &status) == 0 : unsafe lstat(path, &status) == 0
        }
    }

    let master: String
    let places: [Place]
    let mirrors: [Mirror]
    let authority: PrivateAuthority
    private let folder: TemporaryFolder
    private let servers: [any Sendable]

    init(_ layout: SampleLayout) throws {
        folder = try TemporaryFolder("truth")
        master = folder.appending("master")
        let tree = layout.tree()
        try tree.write(to: master)
        let copies = folder.appending("copies")
        for profile in FaultProfile.allCases {
            let (copy, _) = tree.degraded(by: profile, mirror: profile.rawValue)
            try copy.write(to: "\(copies)/\(profile.rawValue)")
        }
        authority = try PrivateAuthority()
        let certificate = try authority.certificate(for: "IP:127.0.0.1")
        let plain = try Nginx(server: "autoindex on; access_log off;", root: copies)
        let secure = try Nginx(
            server: """
                autoindex on; access_log off;
                ssl_certificate \(certificate.file); ssl_certificate_key \(certificate.keyFile);
                """,
            root: copies,
            listenOptions: "ssl"
        )
        let apache = try OtherServer(.apache, root: copies)
        let lighttpd = try OtherServer(.lighttpd, root: copies)
        let rsync = try RsyncDaemon(root: copies)
        var servers: [any Sendable] = [plain, secure, apache, lighttpd, rsync]
        var bases: [(server: String, scheme: AccessPoint.Scheme, url: String)] = [
            ("nginx", .http, plain.baseURL),
            ("nginx-tls", .https, "https://127.0.0.1:\(secure.port)/"),
            ("apache", .http, apache.baseURL),
            ("lighttpd", .http, lighttpd.baseURL),
            ("rsync", .rsync, rsync.baseURL),
        ]
        if FTPServer.isPossible {
            for kind in FTPServer.Kind.allCases {
                let server = try FTPServer(kind, root: copies)
                servers.append(server)
                bases.append((kind.rawValue, .ftp, server.baseURL))
            }
        }
        self.servers = servers
        var places: [Place] = []
        var mirrors: [Mirror] = []
        let country = try #require(CountryCode("DE"))
        for profile in FaultProfile.allCases {
            let ofCopy = bases.map { base in
                Place(
                    server: base.server,
                    accessPoint: AccessPoint(
                        id: "\(profile.rawValue)-\(base.server)",
                        scheme: base.scheme,
                        baseURL: "\(base.url)\(profile.rawValue)/"
                    ),
                    tree: ServedTree(root: "\(copies)/\(profile.rawValue)"),
                    readsEverything: ["apache", "lighttpd"].contains(base.server)
                        || getuid() != 0 && base.server == "rsync",
                    hasDirectories: !["apache", "lighttpd"].contains(base.server)
                )
            }
            places += ofCopy
            mirrors.append(
                Mirror(
                    id: profile.rawValue,
                    name: profile.rawValue,
                    country: country,
                    region: "europe",
                    accessPoints: ofCopy.map(\.accessPoint)
                )
            )
        }
        self.places = places
        self.mirrors = mirrors
    }
}
