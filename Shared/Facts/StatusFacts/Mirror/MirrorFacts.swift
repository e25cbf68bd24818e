import CheckStates
package import Mirrors
package import Time

/// What is known of one mirror.
package struct MirrorFacts: Equatable, Sendable {
    package let mirror: Mirror
    package var points: [AccessPointFacts]
    /// The files at any of its http and https URLs, or at all URLs if it has none of these.
    package var tally = FileTally()
    /// The number of files that its rules promise.
    package var promisedCount = 0
    /// The causes of missing files, as few as explain all of them.
    package var causes: [AbsenceCause] = []
    /// The age of the oldest file that it lacks because it is new; see
    /// ``AbsenceCauses/behindSince``.
    package var behindSince: Timestamp?
    /// What it has but clients don't get from it; nil if there is nothing.
    package var withheld: WithheldFiles?
    /// The first file of another length than in the tree; nil if there is none.
    package var alteredExample: FileExample?
    /// The first file of the version before its last change; nil if there is none.
    package var staleExample: FileExample?
    /// Its ranks in the regions' maps.
    package var ranks: [RegionRank] = []
    package var verdict = Verdict(.inUse, "")

    package init(_ mirror: Mirror, points: [AccessPointFacts]) {
        self.mirror = mirror
        self.points = points
    }

    package var id: Mirror.ID { mirror.id }

    /// The URLs that clients of a redirect can be sent to.
    package var webPoints: [AccessPointFacts] { points.filter { $0.isWeb } }

    /// The access points that clients can be sent to; all of them if there are none.
    package var clientPointIDs: [AccessPoint.ID] {
        (webPoints.isEmpty ? points : webPoints).map(\.accessPoint.id)
    }

    /// The earliest end of its URLs' certificates; nil if none is known.
    package var certificateEnd: Timestamp? { points.compactMap(\.certificateEnd).min() }

    /// Whether it only carries a part of the tree, which the mirror list says of all its URLs.
    package var isPartial: Bool {
        !mirror.accessPoints.isEmpty && mirror.accessPoints.allSatisfy { $0.isPartial }
    }

    /// The number of altered and stale files.
    package var wrongCount: Int { tally.altered + tally.stale }

    /// The share of its promised files that it has; nil if nothing is known.
    package var completeness: Double? { tally.completeness }

    /// How long it has lacked new files, in seconds.
    package func behindSeconds(now: Timestamp) -> Int64? {
        behindSince.map { max(0, now.seconds(since: $0)) }
    }

    /// How fast new files appear: medians of its fastest URL.
    package var halfSeconds: UInt32? {
        points.flatMap { $0.appearances.compactMap(\.halfSeconds) }.min()
    }
}

/// A file that stands for others of its kind.
package struct FileExample: Equatable, Sendable {
    package var path: String
    /// Since when it is in this state; nil if unknown.
    package var since: Timestamp?
}

/// The rank of a mirror in the map of a region.
package struct RegionRank: Equatable, Sendable {
    package var region: Region.ID
    /// The best rank of its access points, from 1; nil if none is in the map.
    package var rank: Int?
    /// The number of access points in the map.
    package var outOf: Int
    /// The number of files at the best of its access points.
    package var heldPaths: Int
    /// Removed files that it still has, and when the first of them was removed.
    package var removedPaths: Int
    package var oldestRemovalAt: Timestamp?
    /// Why none of its access points is in the map; nil if one is.
    package var excluded: String?
    /// What probe and check found when the map was built, if that is why: `refuses us (403)`.
    package var problem: String?
    /// The time that determines its rank, in milliseconds.
    package var score: Double?
    package var latencyMilliseconds: Int?
    package var distanceKilometres: Int?
    /// Whether it is in one of the region's countries.
    package var isHome: Bool
}

extension RegionRank {
    /// Why it has this rank, in a few words.
    package var sentence: String {
        if let problem { return "it \(problem)" }
        if let excluded { return RegionFacts.sentence(ofExclusion: excluded) }
        var words: [String] = []
        if let latencyMilliseconds { words.append("\(latencyMilliseconds) ms measured") }
        if let distanceKilometres { words.append("\(distanceKilometres) km") }
        if isHome { words.append("in the region") }
        return words.joined(separator: ", ")
    }
}
