import Bytes
import FileDetailsFormat
import Foundation
import HealthFormat
import HolderFormat
import JSON
import Mirrors
import Pages
import Redirection
import RegionMapFormat
import TestSupport
import Time

/// A map with its health, details and report, from which both the native redirector and the wasm
/// answer.
struct EdgeWorld {
    static let now: Int64 = 1_700_000_000

    let region: String
    let map: [UInt8]
    let health: Health
    let details: [UInt8]
    /// The statement about every file at every access point.
    let holders: [UInt8]
    let report: String?
    let paths: [[UInt8]]
    var maxAge: UInt64?

    /// A few mirrors with several schemes and countries; `shape` determines their weights and
    /// shares.
    enum Shape: CaseIterable {
        case plain
        case weighted
        case wide
    }

    /// The mirror nearest to a client at these degrees of latitude and 8 of longitude, in a world
    /// of few mirrors.
    ///
    /// mirror3 serves only the USA.
    static let mirrorsByLatitude = [-10: "mirror0", 27: "mirror1", 64: "mirror2"]

    /// The mirror that holds every file, although the map does not always list it.
    static let unlistedMirror = "mirror3"

    /// Outside Europe the names of mirrors include the region's name.
    init(_ shape: Shape, region: String = "europe") throws {
        self.region = region
        var writer = RegionMapWriter(
            regionID: region,
            catalogGeneration: 7,
            builtAt: Self.now - 7_200
        )
        var holders = HolderWriter(catalogGeneration: 7, builtAt: Self.now - 7_200)
        let mirrors = try Self.addMirrors(shape, region, to: &writer, and: &holders)
        let files = try Self.addFiles(shape, mirrors, to: &writer, and: &holders)
        map = try writer.finished()
        self.holders = try holders.finished()
        health = mirrors.health
        details = files.details
        paths = files.paths
        report =
            shape == .plain
            ? nil
            : """
            {"version": 1, "region": "europe", "mirrors": [{"id": "mirror1", "accessPoints": [
            {"id": "mirror1-https", "score": 61.333333333333336, "reasons": {"distance": 0.1},
            "verifiedAt": "2023-11-14T22:10:00Z", "excluded": null}]},
            {"id": "gone", "name": "Gone", "accessPoints": [
            {"id": "gone-http", "url": "http://gone.example/", "excluded": "disabled"}]}]}
            """
    }

    /// The access points of ``EdgeWorld``.
    private struct Mirrors {
        var health: Health
        var count: Int
        /// The access points of ``EdgeWorld/unlistedMirror``.
        var unlisted: [UInt16]
    }

    private static func addMirrors(
        _ shape: Shape,
        _ region: String,
        to writer: inout RegionMapWriter,
        and holders: inout HolderWriter
    ) throws -> Mirrors {
        let domain = region == "europe" ? "example" : "\(region).example"
        let mirrorCount = shape == .wide ? 170 : 4
        let countries = ["DE", "FR", "NL", "US"]
        var health = Health()
        let probedAt = Timestamp(secondsSinceEpoch: Self.now - 30)
        health.writtenAt = probedAt
        health.probedAt = probedAt
        var count = 0
        var unlisted: [UInt16] = []
        for mirror in 0..<mirrorCount {
            let letters = Array(countries[mirror % countries.count].utf8)
            for scheme in [RegionMapScheme.http, .https] where scheme == .https || mirror % 3 != 2 {
                let id = "mirror\(mirror)-\(scheme)"
                let weights: [UInt16] = [50, 77, 130, 100]
                _ = try writer.addAccessPoint(
                    RegionMapAccessPoint(
                        id: id,
                        mirrorID: "mirror\(mirror)",
                        mirrorName: "Université & <\(mirror)>",
                        baseURL: "\(scheme)://mirror\(mirror).\(domain)/pub/gentoo/",
                        clientCountries: mirror % 4 == 3 ? "US" : "",
                        scheme: scheme,
                        country: RegionMapCountry(
                            rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8
                        ),
                        rank: UInt16(shape == .wide ? mirror / 4 : mirror / 2),
                        weight: shape == .plain ? 100 : weights[mirror % 4],
                        maxSharePerMille: shape == .weighted && mirror == 1 ? 300 : 1000,
                        distanceKilometres: UInt16(mirror * 10),
                        location: RegionMapLocation(
                            latitudeMicrodegrees: Int32((mirror * 37 + 50) % 130 - 60) * 1_000_000,
                            longitudeMicrodegrees: shape == .wide
                                ? Int32(mirror * 71 % 360 - 180) * 1_000_000 : 8_000_000
                        ),
                        networks: mirror == 2 ? [RegionMapNetwork(system: 64_500)] : [],
                        checkedAt: Self.now - 3_600
                    )
                )
                try holders.addAccessPoint(id, ofMirror: "mirror\(mirror)")
                if "mirror\(mirror)" == Self.unlistedMirror { unlisted.append(UInt16(count)) }
                let isDown = shape == .wide && mirror % 13 == 5
                health.statuses[id] = Health.Status(
                    outage: isDown ? .status(503) : nil,
                    since: probedAt,
                    checkedAt: probedAt,
                    latencyMilliseconds: Int64(mirror)
                )
                count += 1
            }
        }
        return Mirrors(health: health, count: count, unlisted: unlisted)
    }

    private static func addFiles(
        _ shape: Shape,
        _ mirrors: Mirrors,
        to writer: inout RegionMapWriter,
        and holders: inout HolderWriter
    ) throws -> (paths: [[UInt8]], details: [UInt8]) {
        // The statement whose number is an access point's is about that one.
        let lacking = try (0..<mirrors.count).map {
            UInt16(try holders.addStatement(.lacking, at: $0, since: Self.now - 86_400))
        }
        var details = FileDetailsWriter(catalogGeneration: 7)
        var paths: [[UInt8]] = []
        let all = (0..<mirrors.count).map { UInt16($0) }
        for number in 0..<(shape == .wide ? 150 : 600) {
            let name =
                switch number % 10 {
                case 3: "distfiles/\(number)/naïve+file (1).tar.xz"
                case 4: "snapshots/\(number)/"
                case 5: "releases/100%2F\(number)~rc.iso"
                default: "distfiles/\(number & 255)/package-\(number)-1.2.3.tar.xz"
                }
            let path = Array(name.utf8)
            let replicas =
                switch number % 10 {
                case 7: all.filter { ($0 &+ UInt16(number)) % 3 != 0 }
                case 8: all.filter { !mirrors.unlisted.contains($0) }
                case 9: [UInt16]()
                default: all
                }
            try writer.add(path: path, replicas: replicas)
            let others = all.filter { !replicas.contains($0) && !mirrors.unlisted.contains($0) }
            try holders.add(path: path, statements: others.map { lacking[Int($0)] })
            if name.hasSuffix("xz") {
                details.add(
                    path: name.utf8,
                    byteCount: UInt64(number) << 32,
                    modified: Self.now - Int64(number),
                    digests: [.sha256: [UInt8](0..<32), .sha512: [UInt8](0..<64)]
                )
            }
            paths.append(path)
        }
        return (paths, try details.finished())
    }
}

// MARK: - Answers

extension EdgeWorld {
    private final class Blobs: PageBlobs {
        let storedDetails: FileDetails
        let storedHolders: Holders
        let storedReport: PageReport?

        init(_ world: EdgeWorld) throws {
            storedDetails = try FileDetails(StableBytes(copying: world.details))
            storedHolders = try Holders(StableBytes(copying: world.holders))
            storedReport = try world.report.map {
                PageReport(try JSONValue(parsing: Array($0.utf8)))
            }
        }

        func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {}
        func holders() -> Holders? { storedHolders }
        func details(generation: UInt32) -> FileDetails? { storedDetails }
        func report(region: Region.ID) -> PageReport? { storedReport }
    }

    /// The native redirector's answers to `heads`.
    func nativeAnswers(to heads: [[UInt8]]) throws -> [[UInt8]] {
        var settings = AnswerSettings(fallbackURL: Array("https://fallback.example/all/".utf8))
        settings.trustedProxies = TrustedProxies("127.0.0.1") ?? .none
        settings.countryHeader = FieldName("CloudFront-Viewer-Country")
        settings.maxAge = maxAge
        let metrics = Metrics()
        let pages = PageAnswers(
            settings: settings,
            metrics: metrics,
            blobs: try Blobs(self),
            regions: { ["europe"] },
            generator: "Redirector/0.2.0"
        )
        var responder = Responder(settings: settings, metrics: metrics, pages: pages)
        responder.isReady = true
        let now = Timestamp(secondsSinceEpoch: Self.now)
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: map),
            verifying: true,
            health: CurrentHealth(HealthReport(health), seenAt: now, at: now, maximumAge: 900)
        )
        return heads.map { bytes in
            var answer: [UInt8] = []
            var parser = RequestParser()
            switch parser.parse(bytes.span) {
            case .incomplete:
                responder.refuse(.malformedRequestLine, now: Self.now, to: &answer)
            case .refused(let error):
                responder.refuse(error, now: Self.now, to: &answer)
            case .head(let head):
                while case .waits(for: .details) = responder.answer(
                    head,
                    in: bytes.span,
                    from: Responder.Peer(address: IPAddress(v4: 0x7F00_0001)),
                    now: Self.now,
                    closing: false,
                    isPatient: true,
                    to: &answer
                ) {
                    if let snapshot = responder.snapshot { pages.loadDetails(for: snapshot) }
                }
            }
            return answer
        }
    }

    /// The answers of the wasm to `heads`, in a Node of the given major version; `isRaw` means
    /// without host modules.
    func edgeAnswers(
        to heads: [[UInt8]],
        node: Int = 24,
        isRaw: Bool = false
    ) throws -> [[UInt8]] {
        let folder = try TemporaryFolder("edge")
        try write(to: folder)
        var configuration = Self.configuration
        configuration["wasm"] = .string("\(try EdgeModule.built())/redirector.wasm")
        configuration["hosts"] = .string(EdgeModule.hosts)
        configuration["now"] = .integer(Self.now)
        configuration["isRaw"] = .bool(isRaw)
        configuration["REDIRECT_MAX_AGE"] = maxAge.map { .integer(Int64($0)) }
        try folder.write("\(JSONValue.object(configuration))", to: "config.json")
        var input = Data()
        for head in heads {
            for shift in [0, 8, 16, 24] { input.append(UInt8(head.count >> shift & 255)) }
            input.append(contentsOf: head)
        }
        try input.write(to: URL(fileURLWithPath: folder.appending("heads")))
        let result = try EdgeModule.run("answers.mjs", [folder.path], node: node)
        guard result.isSuccess else { throw EdgeModule.Failure(description: "\(result)") }
        let output = try Data(contentsOf: URL(fileURLWithPath: folder.appending("answers")))
        var answers: [[UInt8]] = []
        var offset = 0
        while offset + 4 <= output.count {
            let count = (0..<4).reduce(0) { $0 | Int(output[offset + $1]) << (8 * $1) }
            answers.append([UInt8](output[offset + 4..<offset + 4 + count]))
            offset += 4 + count
        }
        return answers
    }

    static let configuration: JSONObject = [
        "FALLBACK_URL": "https://fallback.example/all/", "REGION": "europe",
        "DEFAULT_REGION": "europe",
    ]

    /// Writes the blobs below `state/`.
    func write(to folder: TemporaryFolder) throws {
        for name in ["state/maps", "state/details"] { _ = try folder.makeFolder(name) }
        func put(_ bytes: [UInt8], _ key: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.appending("state/\(key)")))
        }
        try put(map, "maps/\(region).map")
        try put(health.encoded(), "health")
        try put(details, FileDetailsKey.text(generation: 7))
        try put(holders, "maps/holders")
        if let report { try put(Array(report.utf8), "maps/\(region).report.json") }
    }
}
