import TestSupport

/// One mirror's tree and the servers in front of it: the files that are there at each moment.
///
/// All access points of a mirror show the same tree, and so do those of mirrors that share a base
/// URL.
final class Site {
    let number: Int
    let shape: FaultMix.Shape
    let quirks: Set<FaultMix.Quirk>
    private(set) var backendShare = 0.0
    private let master: Master
    private let seed: UInt64
    private let deletion: FaultMix.Deletion
    private let syncSeconds: Int?
    private let mix: FaultMix
    private var chance: Chance

    /// The version that it holds of each path; 0 for none.
    private(set) var held: [UInt8]
    /// The time since which it holds that version.
    private(set) var heldSince: [Int]
    /// The moment of the master's tree that it is a copy of.
    private var syncedTo: Int
    private var nextSyncAt: Int
    /// The files that a sync in progress will bring, by time.
    private var arrivals: [(time: Int, path: Int, version: UInt8)] = []
    private var arrivedCount = 0
    private var syncEndsAt = -Master.historySeconds

    /// All its future faults, by start.
    let faults: [Fault]
    private var startedCount = 0
    private(set) var active: [ActiveFault] = []

    /// A fault that has begun.
    struct ActiveFault {
        let fault: Fault
        /// The number of its kind.
        let cause: Int
        /// Its place in ``Site/faults``.
        let index: Int
        let folders: Set<Int>
        let files: Set<Int>
        /// Files from this time on are the newest.
        let newestSince: Int
        /// Whether its second part, the old tree, has begun.
        var isOld = false
    }

    init(
        number: Int,
        master: Master,
        mix: FaultMix,
        shape: FaultMix.Shape,
        quirks: Set<FaultMix.Quirk>,
        faults: [Fault],
        seed: UInt64,
        at time: Int
    ) {
        self.number = number
        self.master = master
        self.mix = mix
        self.shape = shape
        self.quirks = quirks
        self.seed = seed
        self.faults = faults.sorted { $0.start < $1.start }
        chance = Chance(seed: seed, "site", number)
        deletion = chance.pick(mix.deletion)
        let hours = chance.pick(mix.syncHours)
        syncSeconds = hours.map { Int($0 * 3600) }
        for case .backends(let share) in quirks { backendShare = share }
        // A mirror that no longer syncs stopped some time ago.
        let age = syncSeconds ?? 20 * 86_400
        syncedTo = time - chance.uniform(in: 0..<max(1, age / 60)) * 60
        nextSyncAt = PathTable.never
        if let syncSeconds { nextSyncAt = syncedTo + syncSeconds }
        held = Array(repeating: 0, count: master.table.count)
        heldSince = Array(repeating: time, count: master.table.count)
        for path in held.indices { held[path] = wanted(path, at: syncedTo) }
    }

    /// The version that a perfect sync at `time` would give the path.
    private func wanted(_ path: Int, at time: Int) -> UInt8 {
        carries(path) ? master.table.version(of: path, at: time) : 0
    }

    private func carries(_ path: Int) -> Bool {
        switch shape {
        case .complete: true
        case .distfilesOnly: master.table.isDistfile[path]
        case .noSymlinks:
            master.table.kinds[path] == .file || master.table.kinds[path] == .folder
        case .lacksSome(let share):
            master.table.kinds[path] == .folder
                || Chance.share(seed ^ 0x6C61_636B, master.table.targets[path]) >= share
        case .empty: false
        }
    }

    // MARK: - Time

    /// The time of the next event.
    var nextEventAt: Int {
        var next = min(nextSyncAt, PathTable.never)
        if arrivedCount < arrivals.count { next = min(next, arrivals[arrivedCount].time) }
        if startedCount < faults.count { next = min(next, faults[startedCount].start) }
        for fault in active {
            next = min(next, fault.fault.end)
            if let moment = fault.oldTreeAt, !fault.isOld { next = min(next, moment) }
        }
        return next
    }

    /// The result of a step of time.
    struct Changes {
        /// The paths that may have changed; nil if all may.
        var paths: Set<Int>? = []
        var started: [ActiveFault] = []
        var ended: [ActiveFault] = []
    }

    /// Lets everything happen until `time`; `causeNumber` gives the number of a fault's kind.
    func advance(to time: Int, causeNumber: (Fault.Kind) -> Int) -> Changes {
        var changes = Changes()
        while arrivedCount < arrivals.count, arrivals[arrivedCount].time <= time {
            let arrival = arrivals[arrivedCount]
            arrivedCount += 1
            if held[arrival.path] != arrival.version {
                held[arrival.path] = arrival.version
                heldSince[arrival.path] = time
                changes.paths?.insert(arrival.path)
            }
        }
        if arrivedCount == arrivals.count, !arrivals.isEmpty {
            arrivals.removeAll(keepingCapacity: true)
            arrivedCount = 0
        }
        for index in active.indices.reversed() where active[index].fault.end <= time {
            let fault = active.remove(at: index)
            changes.ended.append(fault)
            changes.paths = nil
            if fault.fault.kind.stopsSync { nextSyncAt = min(nextSyncAt, time) }
        }
        while startedCount < faults.count, faults[startedCount].start <= time {
            let fault = faults[startedCount]
            startedCount += 1
            guard fault.end > time else { continue }
            let started = begin(fault, index: startedCount - 1, causeNumber(fault.kind), at: time)
            active.append(started)
            changes.started.append(started)
            changes.paths = nil
        }
        for index in active.indices {
            guard let moment = active[index].oldTreeAt, !active[index].isOld, moment <= time,
                case .oldTree(let age, _) = active[index].fault.kind.effect
            else { continue }
            active[index].isOld = true
            goBack(to: time - age)
            changes.paths = nil
        }
        if nextSyncAt <= time { beginSync(at: time) }
        return changes
    }

    private func begin(_ fault: Fault, index: Int, _ cause: Int, at time: Int) -> ActiveFault {
        let table = master.table
        var chance = Chance(seed: fault.seed, "extent")
        var folders: Set<Int> = []
        var files: Set<Int> = []
        var newestSince = PathTable.never
        let candidates = (0..<table.folderCount).filter { !master.rootFolders.contains($0) }
        switch fault.kind.extent {
        case .everything: break
        case .folders(let count):
            // Empty folders would be no fault at all.
            let filled = Set(
                held.indices.filter { held[$0] > 0 && table.kinds[$0] == .file }
                    .map { table.folders[$0] }
            )
            var rest = candidates.filter(filled.contains)
            for _ in 0..<count where !rest.isEmpty {
                folders.insert(rest.remove(at: chance.uniform(in: 0..<rest.count)))
            }
        case .folderShare(let share):
            folders = Set(candidates.filter { Chance.share(fault.seed, $0) < share })
        case .fileShare(let share):
            files = Set(
                held.indices.filter {
                    table.kinds[$0] == .file && Chance.share(fault.seed, $0) < share
                }
            )
        case .files(let count):
            var rest = held.indices.filter {
                held[$0] > 0 && table.kinds[$0] == .file && table.diedAt[$0] > fault.end
                    && table.replacedAt[$0] == nil
            }
            for _ in 0..<count where !rest.isEmpty {
                files.insert(rest.remove(at: chance.uniform(in: 0..<rest.count)))
            }
        case .newest(let share):
            let born = held.indices.filter { held[$0] > 0 && table.kinds[$0] == .file }
                .map { table.bornAt[$0] }.sorted()
            newestSince = born.isEmpty ? time : born[Int(Double(born.count) * (1 - share))]
        }
        return ActiveFault(
            fault: fault,
            cause: cause,
            index: index,
            folders: folders,
            files: files,
            newestSince: newestSince
        )
    }

    private func beginSync(at time: Int) {
        guard let syncSeconds else {
            nextSyncAt = PathTable.never
            return
        }
        nextSyncAt = time + syncSeconds
        // A sync in progress continues; without a network none begins.
        guard syncEndsAt <= time, !active.contains(where: \.fault.kind.stopsSync) else { return }
        let seconds = Int(
            60 * chance.logNormal(median: mix.syncMinutesMedian, p95: mix.syncMinutesP95)
        )
        var paths: Set<Int> = []
        for change in master.changes(after: syncedTo, upTo: time) { paths.insert(change) }
        for path in paths.sorted() {
            let version = wanted(path, at: time)
            guard version != held[path] else { continue }
            arrivals.append((arrivalTime(of: path, version, time, seconds), path, version))
        }
        arrivals.sort { ($0.time, $0.path) < ($1.time, $1.path) }
        syncedTo = time
        syncEndsAt = time + seconds
    }

    private func arrivalTime(of path: Int, _ version: UInt8, _ start: Int, _ seconds: Int) -> Int {
        guard version == 0 else {
            return start + Int(Double(seconds) * master.table.transferPlace(of: path))
        }
        switch deletion {
        case .before: return start
        case .after: return start + seconds
        case .daysLater: return start + seconds + 3 * 86_400
        }
    }

    /// Goes back to the tree as it was at `time`.
    private func goBack(to time: Int) {
        guard time < syncedTo else { return }
        for path in master.changes(after: time, upTo: syncedTo) {
            held[path] = wanted(path, at: time)
        }
        arrivals.removeAll()
        arrivedCount = 0
        syncedTo = time
        syncEndsAt = time
    }

    // MARK: - Contents

    var isDown: Bool {
        active.contains { fault in
            switch fault.fault.kind.effect {
            case .down: true
            case .oldTree: fault.oldTreeAt != nil && !fault.isOld
            default: false
            }
        }
    }

    /// The fault because of which no client gets any correct file over http or https; nil if there
    /// is none.
    func whole(overTLS: Bool) -> ActiveFault? {
        active.first { fault in
            switch fault.fault.kind.effect {
            case .down: true
            case .oldTree: fault.oldTreeAt != nil && !fault.isOld
            case .portal: true
            case .certificate: overTLS
            case .refused: fault.fault.kind.extent == .everything
            case .lost, .truncated: false
            }
        }
    }

    /// The state of `path` on the first backend.
    func holding(_ path: Int) -> Holding {
        for fault in active where fault.hits(path, master.table) {
            switch fault.fault.kind.effect {
            case .lost: return .nothing(.fault(fault.cause))
            case .refused(let status): return .refused(status, .fault(fault.cause))
            case .truncated:
                guard !master.table.leadsToFolder(path), held[path] > 0 else { continue }
                return .truncated(.fault(fault.cause))
            case .down, .portal, .certificate, .oldTree: break
            }
        }
        if held[path] > 0 { return .version(held[path]) }
        let old = active.first { $0.isOld }
        return .nothing(old.map { .fault($0.cause) } ?? .lacking)
    }

    /// Whether the second backend lacks the target of `path`.
    func isLackingBehind(_ path: Int) -> Bool {
        backendShare > 0 && !master.table.leadsToFolder(path)
            && Chance.share(seed ^ 0x6261_636B, master.table.targets[path]) < backendShare
    }

    /// The reason why a client that expects `version` does not get it; nil if it does.
    func flaw(of path: Int, expecting version: UInt8, overTLS: Bool, at time: Int) -> Flaw? {
        if let whole = whole(overTLS: overTLS) { return Flaw(cause: .fault(whole.cause)) }
        switch holding(path) {
        case .nothing(let cause):
            let isGone = master.table.diedAt[path] <= time
            return Flaw(cause: isGone ? .removed : cause)
        case .refused(_, let cause), .truncated(let cause): return Flaw(cause: cause)
        case .version(let held):
            // A client would want a newer one if the catalog knew it.
            guard held >= version else { return Flaw(cause: .outdated) }
            return isLackingBehind(path) ? Flaw(cause: .backends, share: 0.5) : nil
        }
    }
}

extension Site.ActiveFault {
    /// When the old tree appears; nil for other faults.
    var oldTreeAt: Int? {
        guard case .oldTree(_, let outageSeconds) = fault.kind.effect else { return nil }
        return fault.start + outageSeconds
    }

    func hits(_ path: Int, _ table: PathTable) -> Bool {
        switch fault.kind.extent {
        case .everything: true
        case .folders, .folderShare: folders.contains(table.folders[path])
        case .fileShare, .files: files.contains(table.targets[path])
        case .newest: table.bornAt[table.targets[path]] >= newestSince
        }
    }
}

extension Fault.Kind {
    var stopsSync: Bool {
        switch effect {
        case .down, .oldTree: true
        default: false
        }
    }
}

extension Master {
    /// The paths that changed after `start` and up to `end`.
    func changes(after start: Int, upTo end: Int) -> [Int] {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].time <= start { low = middle + 1 } else { high = middle }
        }
        var paths: [Int] = []
        while low < changes.count, changes[low].time <= end {
            paths.append(changes[low].path)
            low += 1
        }
        return paths
    }
}
