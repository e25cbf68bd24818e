/// The record of what went wrong over time: integrals, and how soon each fault was noticed.
///
/// Between two changes everything is constant, so the integrals are exact.
package struct Ledger {
    /// Redirects that failed, as shares of the requests times seconds.
    package private(set) var failed: [Flaw.Cause: Double] = [:]
    /// Redirects that failed if all requests are for the newest hundredth of the files.
    package private(set) var newestFailed: [Flaw.Cause: Double] = [:]
    package private(set) var seconds = 0.0
    /// Files of access points multiplied by seconds: all usable ones, and good ones that were not
    /// used.
    package private(set) var fileSeconds = 0.0
    package private(set) var unusedDown = 0.0
    package private(set) var unusedDoubted = 0.0
    package private(set) var unusedUnproven = 0.0
    /// Unused good files of mirrors with a partial fault, by the number of its kind.
    package private(set) var unusedByFault: [Int: Double] = [:]
    /// File seconds of mirrors during a fault of that kind.
    package private(set) var fileSecondsByFault: [Int: Double] = [:]
    /// Offers of mirrors with two backends, and those of them that the second backend lacks,
    /// multiplied by seconds.
    package private(set) var backendOffers = 0.0
    package private(set) var backendFlaws = 0.0
    package private(set) var records: [FaultRecord] = []
    private var time: Double
    private var isCounting = false

    /// One fault and its history.
    package struct FaultRecord: Sendable {
        package let site: Int
        /// The number of its kind.
        package let kind: Int
        package let start: Int
        package var end: Int?
        /// The number of wrong offers when it began.
        package var hitCount: Int
        /// When the last of them was withdrawn; nil if any is left.
        package var clearedAt: Int?
        /// When half of them were withdrawn.
        package var halfClearedAt: Int?
        /// The time for which anything wrong was offered.
        package var offeredSeconds = 0
        fileprivate let index: Int
        fileprivate var latestCount = -1

        /// The time from its start until no wrong offer remained; nil if that never happened.
        package var secondsUntilCleared: Int? {
            clearedAt.map { $0 - start }
        }
    }

    init(at time: Double) {
        self.time = time
    }

    /// Counts from now on.
    mutating func begin(at time: Double) {
        self.time = time
        isCounting = true
    }

    /// Adds the flaws since the last change.
    mutating func advance(to newTime: Double, _ board: OfferBoard) {
        let seconds = newTime - time
        guard seconds > 0 else { return }
        time = newTime
        guard isCounting, board.liveCount > 0 else { return }
        self.seconds += seconds
        for (cause, total) in board.totals {
            failed[cause, default: 0] += total * seconds / Double(board.liveCount)
        }
        for (cause, total) in board.newestTotals {
            newestFailed[cause, default: 0] += total * seconds / Double(board.newestCount)
        }
    }

    /// Adds the unused files of `seconds`.
    mutating func addUnused(_ board: OfferBoard, settled: Words, seconds: Double) {
        guard isCounting else { return }
        let settledCount = zip(settled, board.live).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
        for point in 0..<board.pointCount {
            let unused = board.unused(at: point, among: settled)
            fileSeconds += Double(settledCount) * seconds
            unusedDown += Double(unused.down) * seconds
            unusedDoubted += Double(unused.doubted) * seconds
            unusedUnproven += Double(unused.unproven) * seconds
            if board.site(of: point).backendShare > 0, time >= Double(SimulatedTime.day) {
                let offers = board.offers(at: point)
                backendOffers += Double(offers.all) * seconds
                backendFlaws += Double(offers.behind) * seconds
            }
            for fault in board.site(of: point).active {
                let all = unused.down + unused.doubted + unused.unproven
                unusedByFault[fault.cause, default: 0] += Double(all) * seconds
                fileSecondsByFault[fault.cause, default: 0] += Double(settledCount) * seconds
            }
        }
    }

    // MARK: - Faults

    mutating func note(started fault: Site.ActiveFault, at site: Site, hitCount: Int) {
        guard isCounting else { return }
        records.append(
            FaultRecord(
                site: site.number,
                kind: fault.cause,
                start: fault.oldTreeAt ?? fault.fault.start,
                hitCount: hitCount,
                index: fault.index
            )
        )
        open.insert(records.count - 1)
    }

    mutating func note(ended fault: Site.ActiveFault, at site: Site, time: Int) {
        for number in open
        where records[number].site == site.number && records[number].index == fault.index {
            records[number].end = time
            open.remove(number)
        }
    }

    private var open: Set<Int> = []
    /// Receives the course of the wrong offers of each fault.
    package var trace: ((String) -> Void)?

    /// Finds the faults that no longer have wrong offers.
    mutating func lookAtFaults(_ board: OfferBoard, at time: Int) {
        for number in open {
            let record = records[number]
            guard time > record.start else { continue }
            let cause = OfferBoard.SiteCause(site: record.site, cause: .fault(record.kind))
            let count = board.wrongCounts[cause] ?? 0
            records[number].hitCount = max(records[number].hitCount, count)
            if count > 0 { records[number].offeredSeconds += 30 }
            if count != records[number].latestCount {
                trace?(
                    "fault \(number), site \(record.site), \(time - record.start) s: \(count) "
                        + "wrong offers"
                )
                records[number].latestCount = count
            }
            if count * 2 <= records[number].hitCount {
                if records[number].halfClearedAt == nil { records[number].halfClearedAt = time }
            } else {
                records[number].halfClearedAt = nil
            }
            if count == 0 {
                if records[number].clearedAt == nil { records[number].clearedAt = time }
            } else {
                records[number].clearedAt = nil
            }
        }
    }
}
