import Bytes
import FileDetailsFormat
import HealthFormat
import HolderFormat
import JSON
import Mirrors
import Redirection
import RegionMapFormat
import TestSupport
import Testing
import Time

@testable import Pages

/// Pages as a client sees them: request bytes in, answer bytes out, with blobs in memory.
struct PageFixture {
    /// Blobs in memory, and the number of times that the details were asked for.
    final class Blobs: PageBlobs {
        let storedDetails: FileDetails?
        let storedReport: PageReport?
        private let storesStatusPages: Bool
        let storedHolders: Holders?
        let storedNames: FolderNames?

        init(
            details: FileDetails?,
            report: PageReport?,
            holders: Holders? = nil,
            names: FolderNames? = nil,
            areStatusPagesThere: Bool = false
        ) {
            storesStatusPages = areStatusPagesThere
            storedNames = names
            storedHolders = holders
            storedDetails = details
            storedReport = report
        }

        func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {}

        func holders() -> Holders? { storedHolders }

        func folderNames(generation: UInt32) -> FolderNames? {
            storedNames.flatMap { $0.header.catalogGeneration == generation ? $0 : nil }
        }

        func details(generation: UInt32) -> FileDetails? {
            storedDetails.flatMap { $0.header.catalogGeneration == generation ? $0 : nil }
        }
        func statusFile(_ name: String) -> [UInt8]? { storesStatusPages ? [] : nil }

        func report(region: Region.ID) -> PageReport? { region == "europe" ? storedReport : nil }
    }

    static let now: Int64 = 1_700_000_000
    static let evilName = "<script>alert(1)</script>&\"'"

    var settings = AnswerSettings(fallbackURL: Array("https://fallback.example/all/".utf8))
    var isMapThere = true
    var areDetailsThere = true
    var areStatusPagesThere = false
    var statusURL: String?
    var downIDs: [String] = ["sick-https"]
    var outage = Outage.refused
    /// What `maps/holders` says about access points for all files; if empty, the blob does not
    /// exist.
    var holdings: [String: HolderView.Statement] = [:]
    /// The names in the tree, each with whether it is a folder; if empty, the blob does not exist.
    var folderPaths: [String: Bool] = [:]
    /// The number of further mirrors that have the files.
    var farCount = 0
    var peer = "192.0.2.1"

    init() {
        // The tests' peer is a trusted proxy.
        settings.trustedProxies = TrustedProxies("192.0.2.0/24") ?? .none
    }

    private static func country(_ code: String) -> RegionMapCountry? {
        let letters = Array(code.utf8)
        return RegionMapCountry(rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8)
    }

    /// Near and far mirrors that have the files, one that is down, and one that lacks them.
    func map() throws -> [UInt8] {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 7,
            builtAt: Self.now - 7_200
        )
        func add(_ mirror: String, _ name: String, _ scheme: RegionMapScheme, rank: UInt16) throws {
            _ = try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "\(mirror)-\(scheme)",
                    mirrorID: mirror,
                    mirrorName: name,
                    baseURL: "\(scheme)://\(mirror).example/gentoo/",
                    clientCountries: "",
                    scheme: scheme,
                    country: Self.country(mirror == "far" ? "FR" : "DE"),
                    rank: rank,
                    distanceKilometres: rank * 100,
                    checkedAt: mirror == "far" ? nil : Self.now - 3_600
                )
            )
        }
        try add("near", "University of Near", .http, rank: 0)
        try add("near", "University of Near", .https, rank: 0)
        try add("sick", "Sick & Tired", .https, rank: 1)
        try add("far", Self.evilName, .https, rank: 5)
        for number in 0..<max(farCount - 4, 0) { try add("far\(number)", "", .https, rank: 5) }
        try add("lacking", "Lacking", .http, rank: 6)
        for path in [
            "distfiles/a.tar", "distfiles/x%2Fy z+.tar", "distfiles/real.meta4", "dir/",
            "distfiles/",
        ] {
            let replicas = (0..<max(farCount, 4)).map { UInt16($0) }
            try writer.add(path: Array(path.utf8), replicas: replicas)
        }
        try writer.add(path: Array("distfiles/nobody".utf8), replicas: [])
        return try writer.finished()
    }

    static func details() throws -> FileDetails {
        var writer = FileDetailsWriter(catalogGeneration: 7)
        writer.add(
            path: "distfiles/a.tar".utf8,
            byteCount: 1_234_567,
            modified: 1_600_000_000,
            digests: [
                .sha256: [UInt8](0..<32), .sha512: [UInt8](0..<64), .blake2b: [UInt8](64..<128),
            ]
        )
        writer.add(
            path: "distfiles/real.meta4".utf8,
            byteCount: 7,
            modified: 1_600_000_000,
            removedAt: 1_700_000_000
        )
        return try FileDetails(StableBytes(copying: try writer.finished()))
    }

    /// The names in ``folderPaths`` as a blob.
    func names() throws -> FolderNames? {
        guard !folderPaths.isEmpty else { return nil }
        var writer = FolderNamesWriter(catalogGeneration: 7)
        for (path, isFolder) in folderPaths {
            let path = path.hasSuffix("/") ? path.dropLast() : path[...]
            writer.add(path: Array(path.utf8)[...], isFolder: isFolder)
        }
        return try FolderNames(StableBytes(copying: writer.finished()))
    }

    /// The statements in ``holdings`` as a blob.
    func holders() throws -> Holders? {
        guard !holdings.isEmpty else { return nil }
        var writer = HolderWriter(catalogGeneration: 7, builtAt: Self.now)
        let sorted = holdings.sorted { $0.value.holding.rawValue < $1.value.holding.rawValue }
        for (id, _) in sorted { try writer.addAccessPoint(id, ofMirror: id) }
        var statements: [UInt16] = []
        for (number, entry) in sorted.enumerated() where entry.value.holding != .held {
            let index = try writer.addStatement(
                entry.value.holding,
                at: number,
                since: entry.value.since
            )
            statements.append(UInt16(index))
        }
        for path in ["distfiles/a.tar", "distfiles/x%2Fy z+.tar", "dir/"] {
            try writer.add(path: Array(path.utf8), statements: statements)
        }
        return try Holders(StableBytes(copying: writer.finished()))
    }

    func answer(_ request: String) throws -> AnswerText {
        let probedAt = Timestamp(secondsSinceEpoch: Self.now - 30)
        var health = Health()
        health.probedAt = probedAt
        for id in downIDs {
            health.statuses[id] = Health.Status(
                outage: outage,
                since: probedAt,
                checkedAt: probedAt
            )
        }
        let blobs = Blobs(
            details: areDetailsThere ? try Self.details() : nil,
            report: PageReport(try JSONValue(parsing: Array(Self.report.utf8))),
            holders: try holders(),
            names: try names(),
            areStatusPagesThere: areStatusPagesThere
        )
        let metrics = Metrics()
        let pages = PageAnswers(
            settings: settings,
            metrics: metrics,
            blobs: blobs,
            regions: { ["europe"] },
            generator: "Redirector/test",
            statusURL: statusURL
        )
        var responder = Responder(settings: settings, metrics: metrics, pages: pages)
        if isMapThere {
            responder.snapshot = try Snapshot(
                map: StableBytes(copying: try map()),
                verifying: true,
                health: CurrentHealth(
                    HealthReport(health),
                    seenAt: probedAt,
                    at: probedAt,
                    maximumAge: 900
                )
            )
        }
        let bytes = Array(request.utf8)
        var parser = RequestParser()
        guard case .head(let head) = parser.parse(bytes.span) else {
            throw RequestError.malformedRequestLine
        }
        var answer: [UInt8] = []
        while case .waits(for: .details(let generation)) = responder.answer(
            head,
            in: bytes.span,
            from: Responder.Peer(address: IPAddress(peer)),
            now: Self.now,
            closing: !head.keepsAlive,
            isPatient: true,
            to: &answer
        ) {
            if let snapshot = responder.snapshot { pages.loadDetails(for: snapshot) }
            responder.missingDetails = generation
        }
        return AnswerText(answer)
    }

    func get(_ target: String, _ headers: String...) throws -> AnswerText {
        let lines = headers.map { "\($0)\r\n" }.joined()
        return try answer("GET \(target) HTTP/1.1\r\nHost: h\r\n\(lines)\r\n")
    }

    static let report = """
        {"version": 1, "region": "europe", "mirrors": [
          {"id": "near", "accessPoints": [
            {"id": "near-https", "rank": 0, "score": 1.5, "heldPaths": 3,
             "reasons": {"distance": 0.5}, "verifiedAt": "2023-11-14T22:10:00Z", "excluded": null},
            {"id": "lacking-http", "completeUntil": "2023-11-02T20:00:00Z"},
            {"id": "far-https", "verifiedAt": "2023-11-12T22:13:20Z", "excluded": null}]},
          {"id": "gone", "name": "Gone <b>", "country": "NL", "accessPoints": [
            {"id": "gone-http", "url": "http://gone.example/", "rank": null, "excluded": \
            "disabled"},
            {"id": "gone-new", "url": "http://new.example/", "rank": null, "excluded": \
            "unheard-of"},
            {"id": 7, "url": null, "excluded": []}, "?"]},
          {"id": "unseen", "country": "NL", "accessPoints": [
            {"id": "unseen-rsync", "url": "rsync://unseen/", "rank": null, "excluded": "scheme"},
            {"id": "unseen-http", "url": "http://unseen/", "rank": null, "excluded": \
            "nothingHeld", "problem": "refuses us (403)"}]}]}
        """
}

extension AnswerText {
    /// The body as JSON.
    func json() throws -> JSONObject {
        guard case .object(let object) = try JSONValue(parsing: Array(body.utf8)) else {
            throw RequestError.malformedTarget
        }
        return object
    }
}
