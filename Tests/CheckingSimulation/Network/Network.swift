import Catalogs
import CheckPlanning
import Checking
import Mirrors
import Time

/// All servers, and their answers at any moment.
///
/// Each host is asked by one run at a time, and by a probe, which has its own part of each
/// ``Host``; nothing else changes between two steps of time. So threads need no locks.
final class Network: @unchecked Sendable {
    /// One base URL of a mirror; an object, since each question looks at one.
    final class Point {
        let number: Int
        let accessPoint: AccessPoint
        /// The number of its mirror.
        let mirror: Int
        let site: Site
        let host: Host
        /// Whether redirects go there.
        let servesRedirects: Bool

        init(
            number: Int,
            accessPoint: AccessPoint,
            mirror: Int,
            site: Site,
            host: Host,
            servesRedirects: Bool
        ) {
            self.number = number
            self.accessPoint = accessPoint
            self.mirror = mirror
            self.site = site
            self.host = host
            self.servesRedirects = servesRedirects
        }
    }

    let master: Master
    let points: [Point]
    private let numbers: [AccessPoint.ID: Int]
    let sites: [Site]
    let hosts: [Host]
    /// Whether our own line is down.
    var isOffline = false
    /// The paths directly below each folder.
    private var members: [[UInt8]: [Int]] = [:]
    private var folderPaths: [[UInt8]: Int] = [:]
    /// When the catalog first held each path; nil if it never did.
    var firstSeen: (Int) -> Int? = { _ in nil }

    init(master: Master, points: [Point], sites: [Site], hosts: [Host]) {
        self.master = master
        self.points = points
        self.sites = sites
        self.hosts = hosts
        numbers = Dictionary(
            points.map { ($0.accessPoint.id, $0.number) },
            uniquingKeysWith: { first, _ in first }
        )
        for (number, path) in master.table.paths.enumerated() {
            let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? 0
            members[Array(path[..<slash]), default: []].append(number)
            if master.table.kinds[number] == .folder { folderPaths[path] = number }
        }
    }

    func number(of id: AccessPoint.ID) -> Int? { numbers[id] }

    /// A server's response.
    struct Response {
        var reply: Reply
        var modified: Timestamp?
    }

    /// The length of pages that are not files.
    private static let pageByteCount: UInt64 = 4321

    /// The answer to a question of `asker` at `time`, counted with its host.
    func response(to question: Question, of asker: Host.Asker, at time: Int) -> Response {
        let point = points[question.accessPoint.index]
        guard !isOffline else { return Response(reply: .failed(reason: "no route to host")) }
        let traffic = point.host.traffic(of: asker)
        count(question, at: point, traffic, time)
        let site = point.site
        if let whole = site.whole(overTLS: point.accessPoint.scheme == .https) {
            return Response(reply: reply(of: whole, point))
        }
        switch question.subject {
        case .base:
            return Response(
                reply: .answered(
                    status: site.quirks.contains(.noListing) ? 403 : 200,
                    byteCount: nil
                )
            )
        case .impossibleName:
            return Response(reply: absent(at: site, point.accessPoint.scheme))
        case .file(let id), .knownFile(let id), .sample(let id):
            return response(about: Int(id.rawValue), point, traffic)
        case .listing:
            return Response(reply: listing(of: question.path, point, traffic))
        }
    }

    private func count(
        _ question: Question,
        at point: Point,
        _ traffic: Host.Traffic,
        _ time: Int
    ) {
        guard point.accessPoint.scheme == .http || point.accessPoint.scheme == .https else {
            return
        }
        let kind: RequestCounts.Kind =
            switch question.subject {
            case .listing: .listing
            case .base, .knownFile, .sample: .probe
            case .impossibleName: .file
            case .file(let id): isYoung(Int(id.rawValue), time) ? .young : .file
            }
        traffic.note(kind, at: time)
    }

    private func isYoung(_ path: Int, _ time: Int) -> Bool {
        firstSeen(path).map { time - $0 < SimulatedTime.day } ?? false
    }

    private func reply(of fault: Site.ActiveFault, _ point: Point) -> Reply {
        switch fault.fault.kind.effect {
        case .portal: .answered(status: 200, byteCount: Self.pageByteCount)
        case .refused(let status): .answered(status: status, byteCount: nil)
        case .certificate: .failed(reason: "certificate has expired")
        case .down, .oldTree, .lost, .truncated:
            // At random for each fault: refused immediately, or silence.
            fault.fault.seed & 1 == 0
                ? .failed(reason: "connection refused") : .failed(reason: "timed out")
        }
    }

    private func response(
        about path: Int,
        _ point: Point,
        _ traffic: Host.Traffic
    ) -> Response {
        // The table is not copied: that retains a dozen arrays.
        let site = point.site
        var holding = site.holding(path)
        if site.isLackingBehind(path), traffic.chance.happens(0.5) {
            holding = .nothing(.backends)
        }
        switch holding {
        case .nothing: return Response(reply: absent(at: site, point.accessPoint.scheme))
        case .refused(let status, _):
            return Response(reply: .answered(status: status, byteCount: nil))
        case .truncated:
            let full = master.table.byteCount(of: path, version: site.held[path]) ?? 0
            return Response(reply: .answered(status: 200, byteCount: full / 2))
        case .version(let version):
            guard !master.table.leadsToFolder(path) else {
                let isListed = !site.quirks.contains(.noListing)
                return Response(reply: .answered(status: isListed ? 200 : 403, byteCount: nil))
            }
            return Response(
                reply: .answered(
                    status: 200,
                    byteCount: master.table.byteCount(of: path, version: version)
                ),
                modified: SimulatedTime.timestamp(master.table.modifiedAt(path, version: version))
            )
        }
    }

    /// The server's listing of a folder: every name that is there, including refused ones.
    private func listing(
        of path: ArraySlice<UInt8>,
        _ point: Point,
        _ traffic: Host.Traffic
    ) -> Reply {
        guard !point.site.quirks.contains(.noListing), let members = members[Array(path)] else {
            return absent(at: point.site, point.accessPoint.scheme)
        }
        if let folder = folderPaths[Array(path)] {
            switch point.site.holding(folder) {
            case .refused(let status, _): return .answered(status: status, byteCount: nil)
            case .nothing: return absent(at: point.site, point.accessPoint.scheme)
            case .truncated, .version: break
            }
        }
        let isBehind = point.site.backendShare > 0 && traffic.chance.happens(0.5)
        let entries = members.compactMap { entry(of: $0, at: point.site, behind: isBehind) }
        return .listed(FolderListing(entries: entries, listedCount: entries.count))
    }

    private func entry(of path: Int, at site: Site, behind: Bool) -> FolderListing.Entry? {
        if behind, site.isLackingBehind(path) { return nil }
        var length: UInt64?
        switch site.holding(path) {
        case .nothing: return nil
        // The name is there, with the expected length.
        case .refused: length = master.table.byteCount(of: path, version: max(1, site.held[path]))
        case .truncated:
            length = (master.table.byteCount(of: path, version: site.held[path]) ?? 0) / 2
        case .version(let version): length = master.table.byteCount(of: path, version: version)
        }
        return FolderListing.Entry(
            id: FileID(UInt32(path)),
            isDirectory: master.table.leadsToFolder(path),
            // Every third server rounds lengths.
            byteCount: site.number % 3 == 0 ? nil : length
        )
    }

    private func absent(at site: Site, _ scheme: AccessPoint.Scheme) -> Reply {
        guard scheme == .http || scheme == .https else {
            return .answered(status: 404, byteCount: nil)
        }
        if site.quirks.contains(.softNotFound) {
            return .answered(status: 200, byteCount: Self.pageByteCount)
        }
        let status = site.quirks.contains(.forbiddenNotFound) ? 403 : 404
        return .answered(status: status, byteCount: nil)
    }

    /// The duration of the site's answers if they are slow at `time`; nil if not.
    func slowSeconds(of site: Site, at time: Int) -> Double? {
        for case .slow(let seconds) in site.quirks
        where Chance.share(0x736C_6F77 ^ UInt64(site.number), time / 3600) < 0.2 {
            return seconds
        }
        return nil
    }
}
