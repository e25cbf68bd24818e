package import Mirrors
import RegionMapFormat

/// One access point with its position in an order.
package struct RankedAccessPoint: Hashable, Sendable {
    package let mirror: Mirror
    package let accessPoint: AccessPoint
    /// 0 is best; access points of equal rank are equals, among which the client's hash chooses.
    package let rank: UInt16
    /// The reasons for this rank.
    package let score: RankingScore
}

/// The order in which clients of a region, or of one of its countries, prefer access points.
///
/// The criterion is the expected time to first byte: measured by the region's checker, or else
/// estimated from the distance, with factors for errors and lag (``RankingScore``). Access points
/// within a quarter of the best time, or 5 ms, are equals, because the paths of single clients
/// differ by more than that; the best of the rest begins the next group. Within a group, mirrors in
/// the viewpoint's own countries come first. Weight does not affect the order: it is the share
/// among equals.
package enum AccessPointRanking {
    /// How much slower than the first of its group a member may be, as a factor.
    package static let groupFactor = 1.25
    /// How much slower it may be in milliseconds, if that is more.
    ///
    /// A mirror beside the region's checker answers in 1 ms, but is no better than one at 4 ms for
    /// clients elsewhere.
    package static let groupMilliseconds = 5.0

    /// An access point that may be listed, with its measurements.
    package struct Candidate: Sendable {
        package let mirror: Mirror
        package let accessPoint: AccessPoint
        package let measurements: Measurements

        package init(
            mirror: Mirror,
            accessPoint: AccessPoint,
            measurements: Measurements = Measurements()
        ) {
            self.mirror = mirror
            self.accessPoint = accessPoint
            self.measurements = measurements
        }
    }

    /// All candidates, best first.
    ///
    /// `locate` gives the location of a country, for mirrors whose own is not known. The result
    /// does not depend on the order of the input: ties are broken by the hash of the mirror's id,
    /// so that no mirror comes first everywhere because of its name, and then by the ids.
    package static func ranked(
        _ candidates: [Candidate],
        from viewpoint: Viewpoint,
        locate: (CountryCode) -> GeoLocation?
    ) -> [RankedAccessPoint] {
        var entries = candidates.indices.map { index in
            let candidate = candidates[index]
            return Entry(
                candidate: index,
                id: candidate.accessPoint.id,
                score: RankingScore(candidate, from: viewpoint, locate: locate),
                tieBreak: unsafe PathHash.hash(Array(candidate.mirror.id.utf8).span.bytes, seed: 0)
            )
        }
        entries.sort { $0.isNearer(than: $1) }
        var group = 0
        var first = entries.first?.score.milliseconds ?? 0
        for index in entries.indices {
            let milliseconds = entries[index].score.milliseconds
            if milliseconds > max(first * groupFactor, first + groupMilliseconds) {
                group += 1
                first = milliseconds
            }
            entries[index].group = group * 2 + (entries[index].score.isHome ? 0 : 1)
        }
        // Sorts each group by `isNearer` and keeps the groups in order.
        entries.sort { $0.group == $1.group ? $0.isNearer(than: $1) : $0.group < $1.group }

        var rank: UInt16 = 0
        var ranked: [RankedAccessPoint] = []
        ranked.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            if index > 0, entry.group != entries[index - 1].group, rank < .max { rank += 1 }
            ranked.append(
                RankedAccessPoint(
                    mirror: candidates[entry.candidate].mirror,
                    accessPoint: candidates[entry.candidate].accessPoint,
                    rank: rank,
                    score: entry.score
                )
            )
        }
        return ranked
    }

    /// A candidate by its index, which makes sorting cheap.
    private struct Entry {
        let candidate: Int
        let id: AccessPoint.ID
        let score: RankingScore
        let tieBreak: UInt64
        var group = 0

        func isNearer(than other: Entry) -> Bool {
            if score.milliseconds != other.score.milliseconds {
                return score.milliseconds < other.score.milliseconds
            }
            if tieBreak != other.tieBreak { return tieBreak < other.tieBreak }
            return id < other.id
        }
    }
}
