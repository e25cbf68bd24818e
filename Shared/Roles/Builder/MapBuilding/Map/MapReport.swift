import CheckStates
package import JSON
package import Mirrors
import ObjectStorage
import RegionMapFormat
import Time

/// Explains a region's map to operators and `?explain`: the blob `maps/<region>.report.json`,
/// which REPORT.md describes.
package struct MapReport {
    private let build: RegionMapBuild
    private let map: PublishedMap
    private let mirrors: [Mirror]
    private let rows: [AccessPoint.ID: HolderTable.Row]
    private let standings: [AccessPoint.ID: AccessPointStanding]

    /// The report on `map`, which `build` made from `mirrors` and the `rows` of their check states.
    package init(
        _ build: RegionMapBuild,
        map: PublishedMap,
        mirrors: [Mirror],
        rows: [AccessPoint.ID: HolderTable.Row],
        standings: [AccessPoint.ID: AccessPointStanding] = [:]
    ) {
        self.standings = standings
        self.build = build
        self.map = map
        self.mirrors = mirrors
        self.rows = rows
    }

    package static let formatVersion: Int64 = 1

    static func key(of region: Region.ID) throws(StorageError) -> BlobKey {
        try BlobKey(BlobName.report(of: region))
    }

    /// The key of the previous map's report, which a rollback restores with the map.
    static func previousKey(of region: Region.ID) throws(StorageError) -> BlobKey {
        try BlobKey(BlobName.previousReport(of: region))
    }

    /// Equal input gives equal bytes: the only time that does not come from the input is the map's
    /// own.
    package var json: JSONValue {
        var indexes: [AccessPoint.ID: Int] = [:]
        for (index, point) in build.ranked.enumerated() { indexes[point.accessPoint.id] = index }
        return [
            "version": .integer(Self.formatVersion),
            "region": .string(build.region.id),
            "builtAt": .string("\(Timestamp(secondsSinceEpoch: map.header.builtAt))"),
            "catalogGeneration": .integer(Int64(map.header.catalogGeneration)),
            "mapChecksum": .integer(Int64(map.header.bodyChecksum)),
            "mirrors": .array(mirrors.map { json(of: $0, indexes) }),
        ]
    }

    private func json(of mirror: Mirror, _ indexes: [AccessPoint.ID: Int]) -> JSONValue {
        let index = mirror.accessPoints.lazy.compactMap { indexes[$0.id] }.first
        var object: JSONObject = [
            "id": .string(mirror.id), "name": .string(mirror.name),
            "country": .string(mirror.country.letters),
        ]
        object["distanceKilometres"] = index.flatMap { build.ranked[$0].score.kilometres }
            .map { .integer(Int64($0.rounded())) }
        object["weight"] = .integer(Int64(mirror.weight))
        object["maxShare"] = .number(
            Double(mirror.rules.maxSharePerMille?.applied ?? 1000) / 10
        )
        let sites = mirror.sitesInName
        if !sites.isEmpty,
            mirror.accessPoints.allSatisfy({ mirror.place(of: $0).basis == .country })
        {
            object["sitesNotPlaced"] = .array(sites.map { .string($0) })
        }
        let rules = mirror.rules.json
        if !rules.members.isEmpty { object["rules"] = .object(rules) }
        object["accessPoints"] = .array(
            mirror.accessPoints.map { json(of: $0, mirror, indexes[$0.id]) }
        )
        return .object(object)
    }

    private func json(of point: AccessPoint, _ mirror: Mirror, _ index: Int?) -> JSONValue {
        let row = rows[point.id]
        var object: JSONObject = [
            "id": .string(point.id), "url": .string(point.baseURL),
            "rank": index.map { .integer(Int64($0)) } ?? .null,
            "heldPaths": .integer(Int64(row?.heldCount ?? 0)),
            "stalePaths": .integer(Int64(row?.unprovenCount ?? 0)),
            "verifiedAt": row?.verifiedAt.map { .string("\($0)") } ?? .null,
        ]
        if let row, row.removedCount > 0 {
            object["removedPaths"] = .integer(Int64(row.removedCount))
            object["oldestRemovalAt"] = row.oldestRemovalAt.map { .string("\($0)") }
        }
        if let index {
            let ranked = build.ranked[index]
            object["group"] = .integer(Int64(ranked.rank))
            object["score"] =
                ranked.score.milliseconds.isFinite
                ? .number(Self.tenths(ranked.score.milliseconds)) : .null
            object["reasons"] = ranked.score.json
        }
        object["place"] = .string(mirror.place(of: point).basis.rawValue)
        object["newFiles"] = row?.freshness.map { freshness in
            let minutes = { (seconds: Int64) in JSONValue.integer(Int64(Freshness.minutes(seconds)))
            }
            return [
                "batches": .integer(Int64(freshness.batchCount)),
                "halfMinutes": minutes(freshness.halfSeconds),
                "ninetyMinutes": minutes(freshness.ninetySeconds),
                "allMinutes": minutes(freshness.allSeconds),
            ]
        }
        object["excluded"] = build.excluded[point.id].map { .string($0.rawValue) } ?? .null
        if build.excluded[point.id]?.isForLackOfProof == true {
            object["problem"] = standings[point.id]?.problem.map { .string($0) }
        }
        object["completeUntil"] = standings[point.id]?.completeUntil.map { .string("\($0)") }
        object["ruleExclusions"] = exclusions(of: point, mirror.rules, row)
        return .object(object)
    }

    /// The number of files that each rule excludes from this access point, or would exclude if
    /// enforced; nil if none.
    private func exclusions(
        of point: AccessPoint,
        _ rules: MirrorRules,
        _ row: HolderTable.Row?
    ) -> JSONValue? {
        var object = JSONObject()
        func add(_ key: String, _ count: Int?, isReportOnly: Bool?) {
            guard let count, let isReportOnly else { return }
            object[key] = [
                "files": .integer(Int64(count)), "reportOnly": .bool(isReportOnly),
            ]
        }
        add("prefixes", row?.counts.prefixes, isReportOnly: rules.prefixes?.isReportOnly)
        add(
            "maximumFileSize",
            row?.counts.maximumFileSize,
            isReportOnly: rules.maximumFileSize?.isReportOnly
        )
        if point.scheme == .http, rules.httpsOnly?.value == true {
            add("httpsOnly", row?.heldCount, isReportOnly: rules.httpsOnly?.isReportOnly)
        }
        return object.members.isEmpty ? nil : .object(object)
    }

    fileprivate static func tenths(_ value: Double) -> Double {
        (value * 10).rounded() / 10
    }
}

extension RankingScore {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["basis": .string(basis.rawValue)]
        object["distanceKilometres"] = kilometres.map { .integer(Int64($0.rounded())) }
        object["latencyMilliseconds"] = measurements.latencyMilliseconds.map { .integer(Int64($0)) }
        object["isHome"] = .bool(isHome)
        object["errorsPerMille"] = measurements.errorsPerMille.map { .integer(Int64($0)) }
        object["errorFactor"] = .number(errorFactor)
        object["lagMinutes"] = measurements.lagMinutes.map { .integer(Int64($0)) }
        object["kibibytesPerSecond"] = measurements.kibibytesPerSecond.map { .integer(Int64($0)) }
        if measurements.kibibytesPerSecond != nil {
            object["lostMilliseconds"] = .integer(Int64(lostMilliseconds))
        }
        object["lagFactor"] = .number(MapReport.tenths(lagFactor * 100) / 100)
        return .object(object)
    }
}
