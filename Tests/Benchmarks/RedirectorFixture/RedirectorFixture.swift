import FileDetailsFormat
import Glibc
import HealthFormat
import JSON
import Mirrors
import ObjectStorage
import RegionMapFormat
import Time

/// Writes a store for the Redirector's benchmarks: a map of Gentoo's size, its report, the details
/// of its first files, and health.
///
/// `redirector-fixture FOLDER` makes 149,000 paths and 436 access points of 170 mirrors, or of the
/// number in a second argument. Nine files out of ten are held by all of them, the others by all
/// but a few, as in a check of real mirrors.
@main
enum RedirectorFixture {
    private static let pathCount = 149_000
    private static let mirrorCount =
        CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 170

    static func main() {
        guard let folder = CommandLine.arguments.dropFirst().first else {
            print("usage: redirector-fixture FOLDER")
            exit(2)
        }
        do {
            let store = FileStore(folder: folder)
            let (map, ids) = try map()
            try store.put(BlobKey("maps/bench.map"), map)
            let now = Timestamp(secondsSinceEpoch: Int64(time(nil)))
            var health = Health()
            health.writtenAt = now
            health.probedAt = now
            for (number, id) in ids.enumerated() {
                health.statuses[id] = Health.Status(
                    outage: number % 17 == 5 ? .refused : nil,
                    since: now,
                    checkedAt: now,
                    latencyMilliseconds: Int64(number)
                )
            }
            try store.put(BlobKey(Health.key), health.encoded())
            try store.put(BlobKey("maps/bench.report.json"), report(on: ids, now).serialized())
            try store.put(BlobKey(FileDetailsKey.text(generation: 1)), try details(now))
            print("\(folder): \(pathCount) paths, \(ids.count) access points, \(map.count) bytes")
        } catch {
            print("\(error)")
            exit(1)
        }
    }

    private static func map() throws -> (bytes: [UInt8], ids: [AccessPoint.ID]) {
        var writer = RegionMapWriter(
            regionID: "bench",
            catalogGeneration: 1,
            builtAt: Int64(time(nil)),
            expectedPathCount: pathCount
        )
        var ids: [AccessPoint.ID] = []
        let countries = ["DE", "FR", "NL", "GB", "CZ", "PL", "SE", "US", "CA", "JP"]
        for mirror in 0..<mirrorCount {
            let letters = Array(countries[mirror * countries.count / mirrorCount].utf8)
            let host = "mirror\(mirror).university.example.org"
            for (number, scheme) in [RegionMapScheme.http, .https, .rsync].enumerated() {
                // A third of the mirrors have no rsync, and some have no http.
                if number == 2 && mirror % 3 == 0 || number == 0 && mirror % 10 == 9 { continue }
                let id = "\(host)-\(scheme)"
                _ = try writer.addAccessPoint(
                    RegionMapAccessPoint(
                        id: id,
                        mirrorID: host,
                        mirrorName: "University \(mirror)",
                        baseURL: "\(scheme)://\(host)/pub/gentoo/",
                        clientCountries: "",
                        scheme: scheme,
                        country: RegionMapCountry(
                            rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8
                        ),
                        // Mirrors are in groups of four that are equally far away.
                        rank: UInt16(mirror / 4),
                        // They are spread all over the globe.
                        location: RegionMapLocation(
                            latitudeMicrodegrees: Int32(mirror * 37 % 130 - 60) * 1_000_000,
                            longitudeMicrodegrees: Int32(mirror * 71 % 360 - 180) * 1_000_000
                        )
                    )
                )
                ids.append(id)
            }
        }
        let all = (0..<ids.count).map { UInt16($0) }
        for number in 0..<pathCount {
            let replicas =
                number % 10 == 7 ? all.filter { ($0 &+ UInt16(number % 1000)) % 37 != 0 } : all
            try writer.add(path: Array(path(number).utf8), replicas: replicas)
        }
        return (try writer.finished(), ids)
    }

    /// The Builder's report on such access points, and on thirty that are not in the map.
    private static func report(on ids: [AccessPoint.ID], _ now: Timestamp) -> JSONValue {
        var mirrors = ids.enumerated().map { number, id -> JSONValue in
            let point: JSONValue = [
                "id": .string("\(id)"), "url": .string("https://\(id)/pub/gentoo/"),
                "rank": .integer(Int64(number)), "group": .integer(Int64(number / 4)),
                "heldPaths": .integer(Int64(pathCount)), "stalePaths": 0,
                "verifiedAt": .string("\(now.advanced(bySeconds: Int64(-number * 977)))"),
                "score": .number(20.5 + Double(number)),
                "reasons": [
                    "basis": "measured", "latencyMilliseconds": .integer(Int64(number)),
                    "errorsPerMille": 0, "errorFactor": .number(1), "lagMinutes": 90,
                    "lagFactor": .number(1.015), "isHome": .bool(number < 100),
                ],
                "excluded": nil,
            ]
            return ["id": .string("\(id)"), "accessPoints": [point]]
        }
        for number in 0..<30 {
            let point: JSONValue = [
                "id": .string("gone\(number)-ftp"), "url": .string("ftp://gone\(number).example/"),
                "rank": nil, "excluded": "scheme",
            ]
            mirrors.append(
                ["id": .string("gone\(number)"), "country": "DE", "accessPoints": [point]]
            )
        }
        return ["version": 1, "region": "bench", "mirrors": .array(mirrors)]
    }

    private static func details(_ now: Timestamp) throws -> [UInt8] {
        var writer = FileDetailsWriter(catalogGeneration: 1)
        for number in 0..<1_000 {
            writer.add(
                path: path(number).utf8,
                byteCount: UInt64(number) * 12_345,
                modified: now.secondsSinceEpoch - Int64(number),
                digests: [
                    .sha256: [UInt8](repeating: 1, count: 32),
                    .sha512: [UInt8](repeating: 2, count: 64),
                    .blake2b: [UInt8](repeating: 3, count: 64),
                ]
            )
        }
        return try writer.finished()
    }

    /// A path like Gentoo's: `distfiles/4c/package-name-76-1.2.3.tar.xz`.
    static func path(_ number: Int) -> String {
        let folder = String(number & 255, radix: 16)
        return
            "distfiles/\(folder.count == 1 ? "0" : "")\(folder)/package-name-\(number)-1.2.3.tar.xz"
    }
}
