package import Mirrors
package import Time

/// Which access points may be offered now: small, refreshed every minute, independent of the maps.
///
/// The blob `health` as a value, with one section for each writer. Changed sections are encoded
/// again; unchanged ones, and those known only to a newer program, keep their bytes.
package struct Health: Equatable, Sendable {
    /// The result of the latest probe of one access point.
    package struct Status: Hashable, Sendable {
        /// Why it is down; nil while it is up.
        package var outage: Outage?
        /// When it went up or down.
        package var since: Timestamp
        package var checkedAt: Timestamp
        /// From the question to the first byte of the answer, up to 65 seconds; nil if there was
        /// none.
        package var latencyMilliseconds: Int64?
        /// It asked for fewer requests (429).
        package var wantsPause: Bool
        /// The end of its certificate when last looked up; nil if unknown.
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

    /// A doubt: earlier proofs at an access point do not count.
    package struct Doubt: Hashable, Sendable {
        package enum Scope: Hashable, Sendable {
            /// All paths are doubted.
            case whole
            /// These paths are doubted, and with them about one in 300 others.
            case paths(PathFilter)
        }

        package var reason: DoubtReason
        package var since: Timestamp
        package var scope: Scope
        /// Answers that a check should know but did not get itself.
        ///
        /// At most ``evidenceLimit`` are written.
        package var evidence: [Evidence]
        /// Whether a probe wrote it and no check has taken it over yet.
        package var awaitsCheck: Bool

        package static let evidenceLimit = 64

        package init(
            reason: DoubtReason,
            since: Timestamp,
            scope: Scope,
            evidence: [Evidence] = [],
            awaitsCheck: Bool = false
        ) {
            self.reason = reason
            self.since = since
            self.scope = scope
            self.evidence = evidence
            self.awaitsCheck = awaitsCheck
        }

        /// Whether the path with this ``PathFilter/hash(of:)`` is doubted.
        package func covers(_ pathHash: UInt64) -> Bool {
            switch scope {
            case .whole: true
            case .paths(let filter): filter.contains(pathHash)
            }
        }
    }

    /// An answer that contradicted a proof.
    package struct Evidence: Hashable, Sendable {
        /// The raw value of the file's `FileID`.
        package var fileID: UInt32
        package var outage: Outage

        package init(fileID: UInt32, outage: Outage) {
            self.fileID = fileID
            self.outage = outage
        }
    }

    /// An operator's closure of an access point.
    package struct Closure: Hashable, Sendable {
        package var since: Timestamp
        /// When it reopens; nil if only the operator reopens it.
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

    /// A section as stored in a blob.
    struct Section: Equatable, Sendable {
        var kind: UInt32
        var bytes: [UInt8]
    }

    /// When the blob was last written.
    package var writtenAt = Timestamp(secondsSinceEpoch: 0)
    /// When the latest probe ended; nil before the first one.
    package var probedAt: Timestamp? { didSet { keptSections[.availability] = nil } }
    /// The results of the probes, by access point.
    package var statuses: [AccessPoint.ID: Status] = [:] {
        didSet { keptSections[.availability] = nil }
    }
    /// What is doubted, by access point.
    package var doubts: [AccessPoint.ID: Doubt] = [:] { didSet { keptSections[.doubts] = nil } }
    /// What the operator closed, by access point.
    package var closures: [AccessPoint.ID: Closure] = [:] {
        didSet { keptSections[.closures] = nil }
    }
    /// The bytes of sections that are unchanged since they were read.
    var keptSections: [HealthSectionKind: [UInt8]] = [:]
    /// Sections known only to a newer program.
    var otherSections: [Section] = []

    package init() {}

    /// Whether both have the same content, however their bytes were made.
    package static func == (left: Health, right: Health) -> Bool {
        left.writtenAt == right.writtenAt && left.probedAt == right.probedAt
            && left.statuses == right.statuses && left.doubts == right.doubts
            && left.closures == right.closures && left.otherSections == right.otherSections
    }
}

extension Health {
    /// Whether a client may be sent to the access point for the path with this
    /// ``PathFilter/hash(of:)``, as far as health is concerned; this is the redirector's rule.
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
    /// Replaces times after `now` by `now`, and returns their number.
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
