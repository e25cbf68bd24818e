package import Bytes
package import HealthFormat
import Mirrors
package import Time

/// One version of the blob `health`, validated once and then read in place.
package final class HealthReport: Sendable {
    let blob: StableBytes
    /// The end of the latest probe by the prober's clock; nil before the first one.
    package let probedAt: Timestamp?

    package init(_ blob: StableBytes) throws(HealthError) {
        let view = try HealthView(blob.bytes)
        let writtenAt = view.availability.writtenAt
        probedAt = writtenAt == 0 ? nil : Timestamp(secondsSinceEpoch: writtenAt)
        self.blob = blob
    }

    /// Calls `body` with the health, whose bytes were validated before.
    func read<Result>(_ body: (borrowing HealthView) -> Result) -> Result? {
        let blob = blob
        guard let view = try? HealthView(blob.bytes, verifying: false) else { return nil }
        return body(view)
    }

    /// How many of the probed access points were up, and how many down.
    package var probedCounts: (up: Int, down: Int) {
        read { view in
            var downCount = 0
            for index in 0..<view.availability.count
            where view.availability.availability(at: index).outage != nil { downCount += 1 }
            return (view.availability.count - downCount, downCount)
        } ?? (0, 0)
    }

    /// The records about the access point with the id.
    package func facts(of id: String) -> Facts {
        facts(of: id.utf8Span.span)
    }

    /// The records about the access point with the id, given as bytes.
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

    /// The records about one access point, as far as they exist.
    package struct Facts: Hashable, Sendable {
        package fileprivate(set) var availability: AvailabilityRecord?
        package fileprivate(set) var doubt: DoubtRecord?
        package fileprivate(set) var closure: ClosureRecord?
    }
}

/// A report at a certain time: some of it expires.
package struct CurrentHealth: Sendable {
    package let report: HealthReport
    /// When the mirrors were probed, by the clock of this host; nil if they never were.
    package let probedAt: Timestamp?
    /// Whether its outages count: not if the last probe is too old.
    ///
    /// Doubts and closures count at any age, until their writer withdraws them.
    package let countsAvailability: Bool
    /// The time for judging closures.
    package let now: Timestamp

    /// The report as of `now`, first seen at `seenAt`.
    ///
    /// A prober's clock may be ahead. A time in the future is replaced by the time when this host
    /// first saw the report.
    package init(_ report: HealthReport, seenAt: Timestamp, at now: Timestamp, maximumAge: Int64) {
        self.report = report
        self.now = now
        probedAt = report.probedAt.map { $0.isAhead(of: seenAt) ? seenAt : $0 }
        countsAvailability = probedAt.map { now.seconds(since: $0) <= maximumAge } ?? false
    }
}
