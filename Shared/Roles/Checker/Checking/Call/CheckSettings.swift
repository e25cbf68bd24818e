package import CheckPlanning

/// How the Checker works: its budget, its patience and its manners.
package struct CheckSettings: Hashable, Sendable {
    /// How long a run may take, in seconds; `CHECK_BUDGET_SECONDS`.
    package var budgetSeconds: Int64 = 240
    /// How many questions per second one host is asked at most, 0 for as many as it answers;
    /// `CHECK_RATE`.
    package var requestsPerSecond = 250
    /// The same of a public address while nobody says whom its administrator can turn to; nil where
    /// somebody does.
    package var anonymousRequestsPerSecond: Int?
    /// How many connections one host is asked over at most; `CHECK_CONNECTIONS`.
    package var connectionsPerHost = 4
    /// Whether requests may be sent before the answers to those before have come; `CHECK_PIPELINE`.
    package var isPipelining = true
    /// When files are asked for.
    package var policy = PolicySettings()
    /// How long the right to ask an access point outlives a Checker that was killed;
    /// `CHECK_LEASE_SECONDS`.
    ///
    /// Long enough for fifty states to be stored in a slow bucket between two renewals.
    package var leaseSeconds: Int64 = 120
    /// The contact for administrators of mirrors: a URL or an address; `CHECK_CONTACT`.
    package var contact: String?
    /// The certificates to trust instead of the system's, a PEM file; `CHECK_CA_FILE`.
    package var authorityFile: String?
    /// How many access points have their turn, and so perhaps their state in memory, at once.
    ///
    /// A state of 150,000 files takes 2.4 MB, and 1 MB more while it is worked on.
    package var activeLimit = 64
    /// How much memory the states of those may take together, in bytes: in large trees fewer have
    /// their turn at once.
    ///
    /// With 1,600,000 files and 400 mirrors a run has 500 MiB besides.
    private static let stateByteLimit = 384 << 20

    package init() {}

    /// How many access points have their turn at once in a tree of `fileCount` files.
    package func activeLimit(fileCount: Int) -> Int {
        // 16 bytes of a state, and 8 while it is worked on.
        let byteCount = max(1, fileCount).multipliedReportingOverflow(by: 24)
        guard !byteCount.overflow else { return 1 }
        return max(1, min(activeLimit, Self.stateByteLimit / byteCount.partialValue))
    }

    /// The part of the rate that an anonymous checker asks public addresses with.
    private static let anonymousPart = 10
    /// What stands for the rate there where there is no limit.
    private static let usualRate = 250

    /// Notes that ``contact`` is missing.
    mutating func becomeAnonymous() {
        let rate = requestsPerSecond > 0 ? requestsPerSecond : Self.usualRate
        anonymousRequestsPerSecond = max(1, rate / Self.anonymousPart)
    }

    /// The longest that an answer may stay in memory only, and the longest turn an access point has
    /// before others that wait get theirs.
    ///
    /// Less than the 20 seconds that are promised, because flushes queue up.
    static let sliceSeconds: Int64 = 15

    /// How many times in a row an access point may fail to answer before it is left alone for the
    /// run.
    static let failuresUntilRest = 5
}
