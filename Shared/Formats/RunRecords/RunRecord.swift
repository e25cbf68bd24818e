package import Mirrors
package import Time

/// How the latest run of a function ended: the blob `runs/<function>.json`, or
/// `runs/<function>-<region>.json` where each region has one of its own.
package struct RunRecord: Equatable, Sendable {
    /// What runs on a schedule.
    package enum Role: String, Sendable, CaseIterable {
        case leader
        case checker
        case probe = "checker-probe"
        case builder
        /// `storage clean`.
        case storage = "storage-clean"
        case status
    }

    /// What a guard rail kept from being published.
    package struct Refusal: Equatable, Sendable {
        package var reason: String
        /// When it was first refused, without a success since.
        package var since: Timestamp
        /// When a line of the log last said so.
        package var loggedAt: Timestamp

        package init(reason: String, since: Timestamp, loggedAt: Timestamp) {
            self.reason = reason
            self.since = since
            self.loggedAt = loggedAt
        }
    }

    package var role: Role
    /// The region that the run was for or stood in; nil where there is one for everything.
    package var region: Region.ID?
    /// The version of the program.
    package var program: String
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    /// The exit status; 0 is success.
    package var exit: Int
    /// Why the status is not 0.
    package var error: String?
    /// When a run last ended with status 0; nil where none ever did.
    package var lastSuccessAt: Timestamp?
    /// When the first of the failures that have followed on each other ended; nil after a success.
    package var failingSince: Timestamp?
    /// Since when runs succeed without a gap of more than three intervals; nil before the first
    /// success.
    package var steadySince: Timestamp?
    /// How often the schedule calls the function (`RUN_INTERVAL_SECONDS`); nil where nobody said.
    package var intervalSeconds: Int64?
    /// What was refused in this run, by region: of builder alone.
    package var refusals: [Region.ID: Refusal]
    /// What somebody should look at though the run did its work.
    package var warnings: [String]

    /// The record of a run; its history of earlier runs comes from `previous`.
    package init(
        _ role: Role,
        region: Region.ID? = nil,
        program: String,
        startedAt: Timestamp,
        endedAt: Timestamp,
        exit: Int = 0,
        error: String? = nil,
        intervalSeconds: Int64? = nil,
        refusals: [Region.ID: Refusal] = [:],
        warnings: [String] = [],
        after previous: RunRecord? = nil
    ) {
        self.role = role
        self.region = region
        self.program = program
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.exit = exit
        self.error = error
        self.intervalSeconds = intervalSeconds
        self.refusals = refusals
        self.warnings = warnings
        lastSuccessAt = exit == 0 ? endedAt : previous?.lastSuccessAt
        failingSince = exit == 0 ? nil : previous?.failingSince ?? endedAt
        steadySince = previous?.steadySince
        guard exit == 0 else { return }
        let interval = intervalSeconds ?? previous?.intervalSeconds ?? Self.usualInterval
        if let last = previous?.lastSuccessAt,
            (0...Self.lateIntervals * interval).contains(endedAt.seconds(since: last))
        {
            steadySince = steadySince ?? last
        } else {
            steadySince = endedAt
        }
    }
}

extension RunRecord {
    /// How many intervals without a success are too many.
    package static let lateIntervals: Int64 = 3
    /// How often a function is taken to run where nobody said, in seconds.
    private static let usualInterval: Int64 = 300
    /// A refusal is logged again after this many seconds.
    package static let refusalLogSeconds: Int64 = 86_400

    package var succeeded: Bool { exit == 0 }

    /// Whether no run succeeded for three intervals; nil where the interval is not known.
    ///
    /// Of a function that never succeeded its first failure counts.
    package func isLate(at now: Timestamp) -> Bool? {
        guard let intervalSeconds else { return nil }
        let latest = lastSuccessAt ?? failingSince ?? endedAt
        return now.seconds(since: latest) > Self.lateIntervals * intervalSeconds
    }
}
