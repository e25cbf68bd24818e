package import CheckPlanning
import FunctionRuntime

/// How the checker works: budgets, timeouts and rate limits.
package struct CheckSettings: Hashable, Sendable {
    /// The budget of a run in seconds; `CHECK_BUDGET_SECONDS`.
    package var budgetSeconds = NumberSetting.checkBudget.standardSeconds
    /// The maximum number of questions per second to one host, 0 for no limit; `CHECK_RATE`.
    package var requestsPerSecond = NumberSetting.checkRate.standard
    /// The maximum rate at public addresses if no contact is set; nil if one is.
    package var anonymousRequestsPerSecond: Int?
    /// The maximum number of connections to one host; `CHECK_CONNECTIONS`.
    package var connectionsPerHost = NumberSetting.checkConnections.standard
    /// Whether requests may be pipelined; `CHECK_PIPELINE`.
    package var isPipelining = NumberSetting.checkPipeline.standard != 0
    /// Whether the throughput of each access point is measured, once a day; `CHECK_THROUGHPUT`.
    package var measuresThroughput = NumberSetting.checkThroughput.standard != 0
    /// When files are asked for.
    package var policy = PolicySettings()
    /// How long a lease on an access point outlives a checker that was killed;
    /// `CHECK_LEASE_SECONDS`.
    ///
    /// Long enough to store fifty states in a slow bucket between two renewals.
    package var leaseSeconds = NumberSetting.checkLease.standardSeconds
    /// The contact for mirror administrators: a URL or an address; `CHECK_CONTACT`.
    package var contact: String?
    /// A PEM file of certificates to trust instead of the system's; `CHECK_CA_FILE`.
    package var authorityFile: String?
    /// The maximum number of access points with a turn, and possibly with their state in memory, at
    /// once.
    ///
    /// A state of 150,000 files takes at most 0.8 MB, and about as much while it is worked on.
    package var activeLimit = 96
    /// The maximum memory for all these states, in bytes: in large trees, fewer access points have
    /// a turn at once.
    ///
    /// With 1,600,000 files and 400 mirrors, a run takes 300 MiB besides.
    private static let stateByteLimit = 512_000_000

    /// How much memory a file of a state takes: 2 to 5 bytes.
    private static let bytesPerFile = 5

    package init() {}

    /// How many access points may have a turn at once in a tree of `fileCount` files.
    package func activeLimit(fileCount: Int) -> Int {
        let byteCount = max(1, fileCount).multipliedReportingOverflow(by: Self.bytesPerFile)
        guard !byteCount.overflow else { return 1 }
        return max(1, min(activeLimit, Self.stateByteLimit / byteCount.partialValue))
    }

    /// The divisor of the rate for an anonymous checker at public addresses.
    private static let anonymousPart = 10

    /// Applies the limits for a missing ``contact``; the default rate stands in for no limit.
    mutating func becomeAnonymous() {
        let rate =
            requestsPerSecond > 0
            ? requestsPerSecond : NumberSetting.checkRate.standard
        anonymousRequestsPerSecond = max(1, rate / Self.anonymousPart)
    }

    /// The maximum time that an answer stays only in memory, and the maximum turn of an access
    /// point while others wait.
    ///
    /// Less than the promised 20 seconds, because flushes queue up.
    static let sliceSeconds: Int64 = 15

    /// How many times in a row an access point may fail to answer before it is skipped for the rest
    /// of the run.
    static let failuresUntilRest = 5
}
