import Catalogs
import CheckStates
import Mirrors
import Time

/// A scan of the newest files, one by one, until enough in a row are there.
struct NewestScan: Sendable {
    /// How many more must be there in a row.
    private(set) var runLeft: Int
    /// Inconclusive answers; too many of them end the scan.
    private var neutralCount = 0
    private var files: [FileID] = []
    private var position = 0
    private var members = FileSet()
    /// The files that were handed out but not settled.
    private var open: Set<FileID> = []
    /// Where the next part begins in the order of all files.
    var orderPosition = 0
    var partSize = 64
    var isExhausted = false

    init(runLeft: Int) { self.runLeft = runLeft }

    var hasMore: Bool { position < files.count }
    var isOver: Bool { open.isEmpty && !hasMore && (runLeft <= 0 || isExhausted) }
    /// Whether everything that was handed out is settled and did not suffice.
    var needsMore: Bool { open.isEmpty && !hasMore && runLeft > 0 && !isExhausted }

    func contains(_ file: FileID) -> Bool { members.contains(file) }

    mutating func add(_ part: [FileID]) {
        files = part
        position = 0
        for file in part { members.insert(file) }
    }

    mutating func next() -> FileID? {
        guard position < files.count else { return nil }
        position += 1
        open.insert(files[position - 1])
        return files[position - 1]
    }

    /// Records the outcome of a file that was handed out, once; nil if it is unknown.
    ///
    /// Other files are ignored: what is known of them counts when they are handed out.
    mutating func settle(_ file: FileID, isThere: Bool?, run: Int) {
        guard open.remove(file) != nil else { return }
        guard let isThere else {
            neutralCount += 1
            if neutralCount > run { isExhausted = true }
            return
        }
        runLeft = isThere ? runLeft - 1 : run
    }
}

extension Visit {
    mutating func settleNewest(_ file: FileID, isThere: Bool?, _ now: Timestamp) {
        search.newest?.settle(file, isThere: isThere, run: PolicySettings.newestRun)
        if search.newest?.needsMore == true { extendNewest(now) }
    }

    /// Puts the next newest files in question, twice as many each time.
    mutating func extendNewest(_ now: Timestamp) {
        guard var scan = search.newest else { return }
        let order = policy.newestFirst
        var part: [FileID] = []
        while part.count < scan.partSize, scan.orderPosition < order.count {
            let file = order[scan.orderPosition]
            scan.orderPosition += 1
            if isTrusted(file) || (!isFresh(file) && state[file].isQuestioned) { part.append(file) }
        }
        if part.isEmpty { scan.isExhausted = true }
        scan.add(part)
        scan.partSize = min(2 * scan.partSize, 4_096)
        search.newest = scan
        let startedAt = state.memory.investigation?.startedAt ?? now
        for file in part where isTrusted(file) && state[file].askedAt < startedAt {
            count(file, -1)
            state[file].isQuestioned = true
            count(file, 1)
            doubtRevision += 1
        }
    }
}
