package import Mirrors
package import Time

/// How the latest run of a function ended: the blob `runs/<function>.json`, or
/// `runs/<function>-<region>.json` if each region has its own.
package struct RunRecord: Equatable, Sendable {
    /// What runs on a schedule.
    package enum Role: String, Sendable, CaseIterable {
        case leader
        case checker
        case probe = "checker-probe"
        case builder
        /// `storage clean`.
        case cleaning = "storage-clean"
        case status
    }

    /// Something that a guard rail kept from being published.
    package struct Refusal: Equatable, Sendable {
        package var reason: String
        /// When it was first refused, without a success since.
        package var since: Timestamp
        /// When it was last logged.
        package var loggedAt: Timestamp

        package init(reason: String, since: Timestamp, loggedAt: Timestamp) {
            self.reason = reason
            self.since = since
            self.loggedAt = loggedAt
        }
    }

    package var role: Role
    /// The region that the run was for or ran in; nil if there is one run for everything.
    package var region: Region.ID?
    /// The version of the program.
    package var program: String
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    /// The exit status; 0 is success.
    package var exit: Int
    /// Why the status is not 0.
    package var error: String?
    /// When a run last ended with status 0; nil if none has.
    package var lastSuccessAt: Timestamp?
    /// When the first of the current series of failures ended; nil after a success.
    package var failingSince: Timestamp?
    /// Since when runs have succeeded without a gap of more than three intervals; nil before the
    /// first success.
    package var steadySince: Timestamp?
    /// How often the schedule calls the function (`RUN_INTERVAL_SECONDS`); nil if it is not set.
    package var intervalSeconds: Int64?
    /// The refusals of this run, by what was refused: a region for the builder, a part of the
    /// request for the leader.
    package var refusals: [String: Refusal]
    /// What somebody should look at although the run did its work.
    package var warnings: [String]

    /// Creates the record of a run; its history of earlier runs is taken from `previous`.
    package init(
        _ role: Role,
        region: Region.ID? = nil,
        program: String,
        startedAt: Timestamp,
        endedAt: Timestamp,
        exit: Int = 0,
        error: String? = nil,
        intervalSeconds: Int64? = nil,
        refusals: [String: Refusal] = [:],
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
    /// After this many intervals without a success a function is late.
    package static let lateIntervals: Int64 = 3
    /// How often a function is assumed to run if it is not set, in seconds.
    private static let usualInterval: Int64 = 300
    /// A refusal is logged again after this many seconds.
    package static let refusalLogSeconds: Int64 = 86_400

    package var succeeded: Bool { exit == 0 }

    /// Whether no run succeeded for three intervals; nil if the interval is not known.
    ///
    /// For a function that never succeeded, the time is counted from its first failure.
    package func isLate(at now: Timestamp) -> Bool? {
        guard let intervalSeconds else { return nil }
        let latest = lastSuccessAt ?? failingSince ?? endedAt
        return now.seconds(since: latest) > Self.lateIntervals * intervalSeconds
    }
}
