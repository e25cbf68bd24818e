package import Bytes
package import HealthFormat
import Mirrors
package import Time

/// One version of the blob `health`, checked once and then read in place.
package final class HealthReport: Sendable {
    let blob: StableBytes
    /// When the latest probe ended, by the clock of whoever made it; nil before the first one.
    package let probedAt: Timestamp?

    package init(_ blob: StableBytes) throws(HealthError) {
        let view = try HealthView(blob.bytes)
        let writtenAt = view.availability.writtenAt
        probedAt = writtenAt == 0 ? nil : Timestamp(secondsSinceEpoch: writtenAt)
        self.blob = blob
    }

    /// Calls `body` with the health, whose bytes were checked before.
    func read<Result>(_ body: (borrowing HealthView) -> Result) -> Result? {
        let blob = blob
        guard let view = try? HealthView(blob.bytes, verifying: false) else { return nil }
        return body(view)
    }

    /// How many of the access points that are probed were up, and how many down.
    package var probedCounts: (up: Int, down: Int) {
        read { view in
            var downCount = 0
            for index in 0..<view.availability.count
            where view.availability.availability(at: index).outage != nil { downCount += 1 }
            return (view.availability.count - downCount, downCount)
        } ?? (0, 0)
    }

    /// What the blob says about the access point with the id.
    package func facts(of id: String) -> Facts {
        facts(of: id.utf8Span.span)
    }

    /// The same for an id in bytes.
    package func facts(of id: Span<UInt8>) -> Facts {
        let key = unsafe id.bytes
        return read { view in
            var facts = Facts()
            if let index = view.availability.index(of: key) {
                facts.availability = view.availability.availability(at: index)
            }
            if let index = view.doubts.index(of: key) {
                facts.doubt = view.doubts.doubt(at: index)
            }
            if let index = view.closures.index(of: key) {
                facts.closure = view.closures.closure(at: index)
            }
            return facts
        } ?? Facts()
    }

    /// The records about one access point, as far as there are any.
    package struct Facts: Hashable, Sendable {
        package fileprivate(set) var availability: AvailabilityRecord?
        package fileprivate(set) var doubt: DoubtRecord?
        package fileprivate(set) var closure: ClosureRecord?
    }
}

/// A report at one moment: some of it counts for a while only.
package struct CurrentHealth: Sendable {
    package let report: HealthReport
    /// When the mirrors were probed, by the clock of this host; nil where they never were.
    package let probedAt: Timestamp?
    /// Whether its outages count: not if the last probe is too old.
    ///
    /// Doubts and closures count at any age, until their writer withdraws them.
    package let countsAvailability: Bool
    /// When closures are judged.
    package let now: Timestamp

    /// The report `now`, which was first seen at `seenAt`.
    ///
    /// The clock of a prober may be ahead. What claims to be of the future is as old as this host
    /// knows it.
    package init(_ report: HealthReport, seenAt: Timestamp, at now: Timestamp, maximumAge: Int64) {
        self.report = report
        self.now = now
        probedAt = report.probedAt.map { $0.isAhead(of: seenAt) ? seenAt : $0 }
        countsAvailability = probedAt.map { now.seconds(since: $0) <= maximumAge } ?? false
    }
}
