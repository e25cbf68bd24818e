/// How the Checker works: its budget, its patience and its manners.
package struct CheckSettings: Hashable, Sendable {
    /// How long a run may take, in seconds; `CHECK_BUDGET_SECONDS`.
    package var budgetSeconds: Int64 = 240
    /// How many questions per second one host is asked at most, 0 for as many as it answers;
    /// `CHECK_RATE`.
    package var requestsPerSecond = 250
    /// How many connections one host is asked over at most; `CHECK_CONNECTIONS`.
    package var connectionsPerHost = 4
    /// Whether requests may be sent before the answers to those before have come; `CHECK_PIPELINE`.
    package var isPipelining = true
    /// How long a suspicion rests before it is asked again; `RECHECK_AFTER_SECONDS`.
    package var recheckAfterSeconds: Int64 = 60
    /// How old a proof of presence may grow before it is asked for again; `REVALIDATE_AFTER_SECONDS`.
    ///
    /// Seven days: a mirror should not be asked for every file more than once a week.
    package var revalidateAfterSeconds: Int64 = 7 * 86_400
    /// How many of a hundred files an access point may lose within a day before it is doubted, 100 for
    /// any number; `CHECK_SHRINK_PERCENT`.
    package var shrinkPercent = 20
    /// How many files are asked for at random before an rsync listing is believed to tell what the http
    /// and https access points of its mirror have.
    ///
    /// When all of 300 are there, fewer than one in a hundred of those listed is not, with 95 %
    /// certainty (the rule of three: 3/n).
    package var sampleSize = 300
    /// How long the right to ask an access point outlives a Checker that was killed;
    /// `CHECK_LEASE_SECONDS`.
    ///
    /// Long enough for fifty states to be stored in a slow bucket between two renewals.
    package var leaseSeconds: Int64 = 120
    /// Where a mirror's administrator finds who is asking: a URL or an address; `CHECK_CONTACT`.
    package var contact: String?
    /// The certificates to trust instead of the system's, a PEM file; `CHECK_CA_FILE`.
    package var authorityFile: String?
    /// How many access points have their state in memory at once.
    ///
    /// A state of 150,000 files takes 2.4 MB, its queue up to 0.6 MB more: 64 of them take 192 MB.
    package var activeLimit = 64

    package init() {}

    /// The longest that an answer may stay in memory only, and the longest turn an access point has
    /// before others that wait get theirs.
    ///
    /// Less than the 20 seconds that are promised, because flushes queue up.
    static let sliceSeconds: Int64 = 15

    /// The longest wait before a file that is known to be bad is asked for again.
    static let longestBackOffSeconds: Int64 = 86_400

    /// How many times in a row an access point may fail to answer before it is left alone for the run.
    static let failuresUntilRest = 5
}
