package import Mirrors
package import Time

/// Which access points may be offered now: small, refreshed every minute, independent of the maps.
///
/// The blob `health` as a value, with a section by each of its writers. What is set here is encoded
/// again; sections that nobody touched, and those that only a newer program knows, keep their
/// bytes.
package struct Health: Equatable, Sendable {
    /// The outcome of the latest probe of one access point.
    package struct Status: Hashable, Sendable {
        /// Why it is down; nil while it is up.
        package var outage: Outage?
        /// When it went up or down.
        package var since: Timestamp
        package var checkedAt: Timestamp
        /// From the question to the first byte of the answer, up to 65 seconds; nil where none
        /// came.
        package var latencyMilliseconds: Int64?
        /// It answered that it wants fewer questions (429).
        package var wantsPause: Bool
        /// When its certificate ends, by the latest look at it; nil where none was seen.
        package var certificateEnd: Timestamp?

        package init(
            outage: Outage? = nil,
            since: Timestamp,
            checkedAt: Timestamp,
            latencyMilliseconds: Int64? = nil,
            wantsPause: Bool = false,
            certificateEnd: Timestamp? = nil
        ) {
            self.outage = outage
            self.since = since
            self.checkedAt = checkedAt
            self.latencyMilliseconds = latencyMilliseconds
            self.wantsPause = wantsPause
            self.certificateEnd = certificateEnd
        }

        package var isUp: Bool { outage == nil }
    }

    /// A doubt: earlier proofs of an access point are not believed.
    package struct Doubt: Hashable, Sendable {
        package enum Scope: Hashable, Sendable {
            /// Nothing is believed.
            case whole
            /// These paths are not, and one in some 300 of the others for their sake.
            case paths(PathFilter)
        }

        package var reason: DoubtCause
        package var since: Timestamp
        package var scope: Scope
        /// Answers that a check should know of, which has not got them itself.
        ///
        /// At most ``evidenceLimit`` are written.
        package var evidence: [Evidence]
        /// A probe wrote it, and no check has taken it over yet.
        package var isUnheard: Bool

        package static let evidenceLimit = 64

        package init(
            reason: DoubtCause,
            since: Timestamp,
            scope: Scope,
            evidence: [Evidence] = [],
            isUnheard: Bool = false
        ) {
            self.reason = reason
            self.since = since
            self.scope = scope
            self.evidence = evidence
            self.isUnheard = isUnheard
        }

        /// Whether the path with this ``PathFilter/hash(of:)`` is not believed to be there.
        package func covers(_ pathHash: UInt64) -> Bool {
            switch scope {
            case .whole: true
            case .paths(let filter): filter.contains(pathHash)
            }
        }
    }

    /// One answer that contradicted a proof.
    package struct Evidence: Hashable, Sendable {
        /// The raw value of the file's `FileID`.
        package var fileID: UInt32
        package var outage: Outage

        package init(fileID: UInt32, outage: Outage) {
            self.fileID = fileID
            self.outage = outage
        }
    }

    /// That the operator closed an access point.
    package struct Closure: Hashable, Sendable {
        package var since: Timestamp
        /// When it is open again; nil is when the operator says so.
        package var until: Timestamp?
        /// The reason, in words; at most 200 bytes are written.
        package var reason: String

        package init(since: Timestamp, until: Timestamp? = nil, reason: String = "") {
            self.since = since
            self.until = until
            self.reason = reason
        }

        /// Whether it is closed at `now`.
        package func isInForce(at now: Timestamp) -> Bool {
            until.map { now < $0 } ?? true
        }
    }

    /// A section as it stands in a blob.
    struct Section: Equatable, Sendable {
        var kind: UInt32
        var bytes: [UInt8]
    }

    /// When somebody last wrote to the blob.
    package var writtenAt = Timestamp(secondsSinceEpoch: 0)
    /// When the latest probe ended; nil before the first one.
    package var probedAt: Timestamp? { didSet { keptSections[.availability] = nil } }
    /// The outcome of the probes, by access point.
    package var statuses: [AccessPoint.ID: Status] = [:] {
        didSet { keptSections[.availability] = nil }
    }
    /// What is not believed, by access point.
    package var doubts: [AccessPoint.ID: Doubt] = [:] { didSet { keptSections[.doubts] = nil } }
    /// What the operator closed, by access point.
    package var closures: [AccessPoint.ID: Closure] = [:] {
        didSet { keptSections[.closures] = nil }
    }
    /// The bytes of the sections that were not touched since they were read.
    var keptSections: [HealthSectionKind: [UInt8]] = [:]
    /// What only a newer program knows.
    var otherSections: [Section] = []

    package init() {}

    /// Whether the two say the same, however their bytes came about.
    package static func == (left: Health, right: Health) -> Bool {
        left.writtenAt == right.writtenAt && left.probedAt == right.probedAt
            && left.statuses == right.statuses && left.doubts == right.doubts
            && left.closures == right.closures && left.otherSections == right.otherSections
    }
}

extension Health {
    /// Whether a client may be sent to the access point for the path with this
    /// ``PathFilter/hash(of:)``, as far as health tells; the redirector's rule.
    package func admits(
        _ id: AccessPoint.ID,
        pathHash: UInt64,
        at now: Timestamp,
        maximumAge: Int64
    ) -> Bool {
        if let closure = closures[id], closure.isInForce(at: now) { return false }
        if let doubt = doubts[id], doubt.covers(pathHash) { return false }
        guard let probedAt, now.seconds(since: probedAt) <= maximumAge else { return true }
        return statuses[id]?.isUp ?? true
    }

    /// The access points that no client is sent to: down, doubted as a whole, or closed.
    package func unusable(at now: Timestamp) -> Set<AccessPoint.ID> {
        var ids = Set(statuses.filter { !$0.value.isUp }.keys)
        ids.formUnion(doubts.filter { $0.value.scope == .whole }.keys)
        ids.formUnion(closures.filter { $0.value.isInForce(at: now) }.keys)
        return ids
    }
}

extension Health {
    /// Replaces times that are ahead of `now` by it, and returns how many there were.
    package mutating func settleTimes(now: Timestamp) -> Int {
        var count = 0
        func settle(_ time: inout Timestamp) {
            guard time.isAhead(of: now) else { return }
            time = now
            count += 1
        }
        if var time = probedAt, time.isAhead(of: now) {
            settle(&time)
            probedAt = time
        }
        for (id, status) in statuses where max(status.since, status.checkedAt).isAhead(of: now) {
            var status = status
            settle(&status.since)
            settle(&status.checkedAt)
            statuses[id] = status
        }
        for (id, doubt) in doubts where doubt.since.isAhead(of: now) {
            var doubt = doubt
            settle(&doubt.since)
            doubts[id] = doubt
        }
        for (id, closure) in closures where closure.since.isAhead(of: now) {
            var closure = closure
            settle(&closure.since)
            closures[id] = closure
        }
        return count
    }
}
