import Mirrors

/// The offers, the files that exist, and the number of redirects that currently go wrong.
///
/// Everything is updated by changes: of map rows, health, doubts, and files of mirrors. Only files
/// that are offered somewhere without being there have a rate, and only those are counted again.
final class OfferBoard {
    private let network: Network
    /// From the compact numbers of access points in ``Clients`` to those of the network.
    private let networkPoints: [Int]
    /// From the network's numbers to compact ones; nil if no redirects lead there.
    private let compactPoints: [Int?]
    private(set) var clients: Clients
    private let fileCount: Int
    private let pointWordCount: Int

    /// The files that the maps list for each access point.
    private(set) var rows: [Words]
    /// The access points that hold each file in the maps, `pointWordCount` words per file.
    private var holders: Words
    /// The doubted files of each access point; nil for none.
    private var doubts: [Words?]
    /// The files that are doubted at some access point, and the access points.
    private var doubtedAt: [Int: Words] = [:]
    private(set) var usable: Words
    /// The files that a client gets correctly from each access point.
    private(set) var right: [Words]
    /// The flawed offers of each file.
    private var flaws: [Int: [Offer]] = [:]
    /// Live files in the maps that are not folders.
    private(set) var live: Words
    private(set) var newest: Words
    /// The version that the catalog of the maps expects.
    private var expected: [UInt8]
    private var stale: Set<Int> = []
    private var rates: [Int: [Flaw.Cause: Double]] = [:]
    private var known: [Words: [Flaw.Cause: Double]] = [:]

    /// Current flaws, in files: for each cause, the sum over all files of the share of clients.
    private(set) var totals: [Flaw.Cause: Double] = [:]
    private(set) var newestTotals: [Flaw.Cause: Double] = [:]
    private(set) var liveCount = 0
    private(set) var newestCount = 0
    /// The number of wrong offers, by site and cause.
    private(set) var wrongCounts: [SiteCause: Int] = [:]

    private struct Offer {
        let point: Int
        let flaw: Flaw
    }

    struct SiteCause: Hashable {
        let site: Int
        let cause: Flaw.Cause
    }

    init(_ network: Network, clients: Clients) {
        self.network = network
        self.clients = clients
        fileCount = network.master.table.count
        var compactPoints: [Int?] = Array(repeating: nil, count: network.points.count)
        var networkPoints = Array(repeating: 0, count: clients.points.count)
        for point in network.points {
            guard point.servesRedirects, let number = clients.number(of: point.accessPoint.id)
            else { continue }
            compactPoints[point.number] = number
            networkPoints[number] = point.number
        }
        self.compactPoints = compactPoints
        self.networkPoints = networkPoints
        let empty = Words.empty(fileCount)
        pointWordCount = (clients.points.count + 63) / 64
        rows = Array(repeating: empty, count: clients.points.count)
        right = rows
        doubts = Array(repeating: nil, count: clients.points.count)
        holders = Words(repeating: 0, count: fileCount * pointWordCount)
        usable = Words.empty(clients.points.count)
        for point in clients.points.indices { usable.set(point, true) }
        live = empty
        newest = empty
        expected = Array(repeating: 0, count: fileCount)
    }

    var pointCount: Int { rows.count }

    func site(of point: Int) -> Site { network.points[networkPoints[point]].site }

    func compactNumber(of networkPoint: Int) -> Int? { compactPoints[networkPoint] }

    // MARK: - Changes

    /// Adopts the expectations of a newer catalog, once maps are made from it.
    func expect(_ expected: [UInt8], at time: Int) {
        let table = network.master.table
        var changed: [Int] = []
        for file in 0..<fileCount where expected[file] != self.expected[file] {
            changed.append(file)
        }
        guard !changed.isEmpty else { return }
        self.expected = expected
        for file in changed { live.set(file, expected[file] > 0 && !table.leadsToFolder(file)) }
        liveCount = live.memberCount
        renewNewest()
        lookAgain(at: changed, points: Array(rows.indices), time)
    }

    /// The newest hundredth: numbers are assigned in order of publication.
    private func renewNewest() {
        newestCount = max(1, liveCount / 100)
        var rest = newestCount
        var newest = Words.empty(fileCount)
        for file in (0..<fileCount).reversed() where rest > 0 && live.contains(file) {
            newest.set(file, true)
            rest -= 1
        }
        for file in rates.keys { count(file, -1) }
        self.newest = newest
        for file in rates.keys { count(file, 1) }
    }

    func setRow(_ row: Words, of point: Int, at time: Int) {
        var changed: [Int] = []
        for index in row.indices where row[index] != rows[point][index] {
            var word = row[index] ^ rows[point][index]
            while word != 0 {
                changed.append(index << 6 + word.trailingZeroBitCount)
                word &= word - 1
            }
        }
        guard !changed.isEmpty else { return }
        rows[point] = row
        for file in changed {
            let index = file * pointWordCount + point >> 6
            holders[index] ^= 1 << UInt64(point & 63)
            if flaws[file] != nil { stale.insert(file) }
        }
        lookAgain(at: changed, points: [point], time)
    }

    func setUsable(_ isUsable: Bool, point: Int, at time: Int) {
        guard usable.contains(point) != isUsable else { return }
        usable.set(point, isUsable)
        forgetAll()
        lookAgain(at: Array(0..<fileCount), points: [point], time)
    }

    func setDoubt(_ doubt: Words?, point: Int, at time: Int) {
        let old = doubts[point]
        guard old != doubt else { return }
        doubts[point] = doubt
        var changed: [Int] = []
        for file in 0..<fileCount {
            let isDoubted = doubt?.contains(file) ?? false
            guard isDoubted != old?.contains(file) ?? false else { continue }
            changed.append(file)
            var points = doubtedAt[file] ?? Words.empty(pointCount)
            points.set(point, isDoubted)
            doubtedAt[file] = points.memberCount > 0 ? points : nil
            if flaws[file] != nil { stale.insert(file) }
        }
        lookAgain(at: changed, points: [point], time)
    }

    func rank(_ change: (inout Clients) -> Void) {
        change(&clients)
        forgetAll()
    }

    /// Applies the changes on a mirror; `files` is nil for all.
    func take(_ files: Set<Int>?, of site: Site, at time: Int) {
        let points = pointsOfSite[site.number] ?? []
        guard !points.isEmpty else { return }
        lookAgain(at: files.map(Array.init) ?? Array(0..<fileCount), points: points, time)
    }

    private lazy var pointsOfSite: [Int: [Int]] = {
        var points: [Int: [Int]] = [:]
        for point in rows.indices { points[site(of: point).number, default: []].append(point) }
        return points
    }()

    private func forgetAll() {
        known.removeAll(keepingCapacity: true)
        stale.formUnion(flaws.keys)
    }

    /// Compares the offers with the files that exist.
    private func lookAgain(at files: [Int], points: [Int], _ time: Int) {
        for point in points {
            let access = network.points[networkPoints[point]]
            let overTLS = access.accessPoint.scheme == .https
            let isUsable = usable.contains(point)
            for file in files {
                let flaw =
                    expected[file] == 0
                    ? nil
                    : access.site.flaw(
                        of: file,
                        expecting: expected[file],
                        overTLS: overTLS,
                        at: time
                    )
                right[point].set(file, flaw == nil && expected[file] > 0)
                let isOffered =
                    isUsable && rows[point].contains(file) && live.contains(file)
                    && !(doubts[point]?.contains(file) ?? false)
                set(isOffered ? flaw : nil, of: file, at: point, access.site)
            }
        }
    }

    private func set(_ flaw: Flaw?, of file: Int, at point: Int, _ site: Site) {
        guard var offers = flaws[file] else {
            guard let flaw else { return }
            flaws[file] = [Offer(point: point, flaw: flaw)]
            wrongCounts[SiteCause(site: site.number, cause: flaw.cause), default: 0] += 1
            stale.insert(file)
            return
        }
        let place = offers.firstIndex { $0.point == point }
        if let place {
            guard offers[place].flaw != flaw else { return }
            let cause = SiteCause(site: site.number, cause: offers[place].flaw.cause)
            wrongCounts[cause, default: 1] -= 1
            if wrongCounts[cause] == 0 { wrongCounts[cause] = nil }
            offers.remove(at: place)
        } else if flaw == nil {
            return
        }
        if let flaw {
            offers.append(Offer(point: point, flaw: flaw))
            wrongCounts[SiteCause(site: site.number, cause: flaw.cause), default: 0] += 1
        }
        flaws[file] = offers.isEmpty ? nil : offers
        stale.insert(file)
    }

    // MARK: - Rates

    /// Brings the totals up to date.
    func settle() {
        guard !stale.isEmpty else { return }
        for file in stale {
            count(file, -1)
            rates[file] = nil
            guard let offers = flaws[file] else { continue }
            rates[file] = rate(of: file, offers)
            count(file, 1)
        }
        stale.removeAll(keepingCapacity: true)
        guard rates.isEmpty else { return }
        // Removes rounding errors.
        totals = [:]
        newestTotals = [:]
    }

    private func count(_ file: Int, _ sign: Double) {
        guard let rate = rates[file] else { return }
        let isNewest = newest.contains(file)
        for (cause, value) in rate {
            totals[cause, default: 0] += sign * value
            if isNewest { newestTotals[cause, default: 0] += sign * value }
        }
    }

    private func rate(of file: Int, _ offers: [Offer]) -> [Flaw.Cause: Double] {
        let start = file * pointWordCount
        let holders = Words(self.holders[start..<start + pointWordCount])
        var key = holders
        if let doubted = doubtedAt[file] { key += doubted }
        for offer in offers {
            key.append(
                UInt64(offer.point) << 32 | offer.flaw.cause.code << 1
                    | (offer.flaw.share < 1 ? 1 : 0)
            )
        }
        if let rate = known[key] { return rate }
        var flawOfPoint: [Int: Flaw] = [:]
        for offer in offers { flawOfPoint[offer.point] = offer.flaw }
        var usable = usable
        if let doubted = doubtedAt[file] {
            for index in usable.indices { usable[index] &= ~doubted[index] }
        }
        var rate: [Flaw.Cause: Double] = [:]
        clients.forEachShare(of: holders, usable: usable) { point, share in
            guard let flaw = flawOfPoint[point] else { return }
            rate[flaw.cause, default: 0] += share * flaw.share
        }
        known[key] = rate
        return rate
    }

    /// The access points that hold a file in the maps.
    func holders(of file: Int) -> Words {
        Words(holders[file * pointWordCount..<(file + 1) * pointWordCount])
    }

    /// The access points from which health lets a client get the file.
    func usable(for file: Int) -> Words {
        var usable = usable
        if let doubted = doubtedAt[file] {
            for index in usable.indices { usable[index] &= ~doubted[index] }
        }
        return usable
    }

    /// The number of files that are offered at an access point, and the number of those that its
    /// second backend lacks.
    func offers(at point: Int) -> (all: Int, behind: Int) {
        var counts = (all: 0, behind: 0)
        guard usable.contains(point) else { return counts }
        let site = site(of: point)
        for index in live.indices {
            var word = rows[point][index] & live[index] & ~(doubts[point]?[index] ?? 0)
            counts.all += word.nonzeroBitCount
            while word != 0 {
                if site.isLackingBehind(index << 6 + word.trailingZeroBitCount) {
                    counts.behind += 1
                }
                word &= word - 1
            }
        }
        return counts
    }

    /// The good files of an access point to which no client is sent, and why.
    func unused(at point: Int, among settled: Words) -> (down: Int, doubted: Int, unproven: Int) {
        var counts = (down: 0, doubted: 0, unproven: 0)
        let isUsable = usable.contains(point)
        for index in live.indices {
            let good = right[point][index] & live[index] & settled[index]
            guard isUsable else {
                counts.down += good.nonzeroBitCount
                continue
            }
            let unproven = good & ~rows[point][index]
            counts.unproven += unproven.nonzeroBitCount
            if let doubt = doubts[point] {
                counts.doubted += (good & rows[point][index] & doubt[index]).nonzeroBitCount
            }
        }
        return counts
    }
}
