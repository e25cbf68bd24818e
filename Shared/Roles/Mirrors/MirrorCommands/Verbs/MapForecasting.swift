package import Mirrors

/// Builder's own code, with which `--dry-run` says what maps would become.
package protocol MapForecasting: Sendable {
    /// What would be different for clients, by region, if the mirrors were those of `list`.
    ///
    /// Reads all check states, as builder does.
    func changes(with list: MirrorList) throws -> [MapChange]
}

/// What would be different if a region's map were built now.
package struct MapChange: Equatable, Sendable {
    package var region: Region.ID
    package var gained: [AccessPoint.ID]
    package var lost: [AccessPoint.ID]
    /// The paths that no mirror would hold any more.
    package var lostPathCount: Int
    /// The share of the redirects that would go elsewhere, in percent.
    package var movedPercent: Double
    /// Why a guard rail would refuse the map; nil where none would.
    package var refusal: String?

    package init(
        region: Region.ID,
        gained: [AccessPoint.ID] = [],
        lost: [AccessPoint.ID] = [],
        lostPathCount: Int = 0,
        movedPercent: Double = 0,
        refusal: String? = nil
    ) {
        self.region = region
        self.gained = gained
        self.lost = lost
        self.lostPathCount = lostPathCount
        self.movedPercent = movedPercent
        self.refusal = refusal
    }

    /// Whether clients would notice anything.
    var isAny: Bool {
        !gained.isEmpty || !lost.isEmpty || lostPathCount > 0 || movedPercent > 0 || refusal != nil
    }

    /// The changes in one line.
    var sentence: String {
        var words: [String] = []
        if !gained.isEmpty { words.append("gains \(gained.joined(separator: ", "))") }
        if !lost.isEmpty { words.append("loses \(lost.joined(separator: ", "))") }
        if lostPathCount > 0 {
            let paths = lostPathCount == 1 ? "1 path" : "\(lostPathCount) paths"
            words.append("\(paths) would have no mirror any more")
        }
        words.append("\(movedPercent) % of the redirects would go elsewhere")
        if let refusal { words.append("a guard rail would refuse it: \(refusal)") }
        return "\(region): \(words.joined(separator: "; "))"
    }
}
