package import JSON
package import MapHolds
package import Mirrors
package import Time

/// What is known of the map of one region.
package struct RegionFacts: Equatable, Sendable {
    package let id: Region.ID
    package let name: String
    /// When its map last changed; nil if there is none.
    package var builtAt: Timestamp?
    package var generation: UInt32 = 0
    /// Why a guard rail refuses a newer map; nil if none does.
    package var refused: String?
    /// An operator's hold on the map; nil if there is none.
    package var mapHold: MapHold?
    package var mirrorCount = 0
    package var accessPointCount = 0
    /// The number of paths held by 0, 1, 2, and by 3 or more mirrors.
    package var pathsByHolders = [0, 0, 0, 0]
    /// For each access point, its entry in the report.
    package var entries: [AccessPoint.ID: ReportEntry] = [:]

    /// The report's entry for an access point.
    package struct ReportEntry: Equatable, Sendable {
        package var rank: Int?
        package var heldPaths: Int
        /// Removed files that are still served from there, and when the first of them was removed.
        package var removedPaths = 0
        package var oldestRemovalAt: Timestamp?
        package var excluded: String?
        /// What probe and check found, if that is why.
        package var problem: String?
        package var score: Double?
        package var latencyMilliseconds: Int?
        package var distanceKilometres: Int?
        package var isHome = false
    }

    package init(id: Region.ID, name: String) {
        self.id = id
        self.name = name
    }

    /// Takes over `maps/<region>.report.json`, ignoring what it does not understand.
    package mutating func note(report: JSONValue) {
        guard case .object(let object) = report else { return }
        builtAt = Timestamp(json: object["builtAt"])
        if case .integer(let number)? = object["catalogGeneration"] {
            generation = UInt32(clamping: number)
        }
        guard case .array(let mirrors)? = object["mirrors"] else { return }
        for case .object(let mirror) in mirrors {
            guard case .array(let points)? = mirror["accessPoints"] else { continue }
            var isInMap = false
            for case .object(let point) in points {
                guard case .string(let id)? = point["id"] else { continue }
                let entry = Self.entry(point)
                entries[id] = entry
                guard entry.rank != nil else { continue }
                isInMap = true
                accessPointCount += 1
            }
            if isInMap { mirrorCount += 1 }
        }
    }

    private static func entry(_ point: JSONObject) -> ReportEntry {
        var entry = ReportEntry(rank: nil, heldPaths: 0)
        if case .integer(let rank)? = point["rank"] { entry.rank = Int(clamping: rank) }
        if case .integer(let count)? = point["heldPaths"] { entry.heldPaths = Int(clamping: count) }
        if case .integer(let count)? = point["removedPaths"] {
            entry.removedPaths = Int(clamping: count)
        }
        entry.oldestRemovalAt = Timestamp(json: point["oldestRemovalAt"])
        if case .string(let reason)? = point["excluded"] { entry.excluded = reason }
        if case .string(let problem)? = point["problem"] { entry.problem = problem }
        switch point["score"] {
        case .number(let score)?: entry.score = score
        case .integer(let score)?: entry.score = Double(score)
        default: break
        }
        guard case .object(let reasons)? = point["reasons"] else { return entry }
        if case .integer(let time)? = reasons["latencyMilliseconds"] {
            entry.latencyMilliseconds = Int(clamping: time)
        }
        if case .integer(let distance)? = reasons["distanceKilometres"] {
            entry.distanceKilometres = Int(clamping: distance)
        }
        entry.isHome = reasons["isHome"] == .bool(true)
        return entry
    }

    /// The entry of a mirror: mostly that of its best access point.
    package func rank(of mirror: Mirror) -> RegionRank? {
        let entries = mirror.accessPoints.compactMap { self.entries[$0.id] }
        guard !entries.isEmpty else { return nil }
        let best =
            entries.filter { $0.rank != nil }.min { $0.rank ?? 0 < $1.rank ?? 0 }
            ?? entries.first { $0.excluded != "scheme" } ?? entries[0]
        return RegionRank(
            region: id,
            rank: best.rank.map { $0 + 1 },
            outOf: accessPointCount,
            heldPaths: entries.filter { $0.rank != nil }.map(\.heldPaths).max() ?? 0,
            removedPaths: entries.map(\.removedPaths).max() ?? 0,
            oldestRemovalAt: entries.compactMap(\.oldestRemovalAt).min(),
            excluded: best.rank == nil ? best.excluded ?? "unknown" : nil,
            problem: best.rank == nil ? best.problem : nil,
            score: best.score,
            latencyMilliseconds: best.latencyMilliseconds,
            distanceKilometres: best.distanceKilometres,
            isHome: best.isHome
        )
    }

    /// The meaning of an exclusion, as a sentence.
    package static func sentence(ofExclusion word: String) -> String {
        switch word {
        case "notListed": "the newest mirror list does not have it"
        case "disabled": "it is disabled"
        case "weight": "its weight is 0"
        case "scheme": "clients of a redirect speak http and https only"
        case "httpsOnly": "it is to be used over https only"
        case "neverChecked": "no check of it is stored yet"
        case "nothingHeld": "no file was seen there as it should be, recently enough"
        case "rules": "its rules let none of its files through"
        default: word
        }
    }
}
