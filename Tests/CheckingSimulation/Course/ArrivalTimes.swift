/// How long new files take: from the catalog to the first redirect, and, mirror by mirror, from
/// their arrival there to the maps.
package struct ArrivalTimes: Sendable {
    /// For each new file the seconds from the catalog, or from its arrival at the first mirror if
    /// that is later.
    package private(set) var first: [Int] = []
    /// Of each new file on each access point, in seconds from the catalog or its arrival there.
    package private(set) var each: [Int] = []
    /// How many of these took longer than fifteen minutes and a tenth of the file's age.
    package private(set) var lateCount = 0

    /// When the catalog first held a file; 0 for none that is watched.
    private var publishedAt: [Int: Int] = [:]
    private var isWaiting: Set<Int> = []

    /// Files older than this are no news.
    private static let watchedSeconds = 14 * SimulatedTime.day

    mutating func expect(_ files: [Int], at time: Int) {
        for file in files {
            publishedAt[file] = time
            isWaiting.insert(file)
        }
        publishedAt = publishedAt.filter { time - $0.value < Self.watchedSeconds }
        isWaiting.formIntersection(publishedAt.keys)
    }

    /// Notes what a new row lists that the one before did not.
    mutating func note(_ row: Words, over old: Words, point: Int, of site: Site, at time: Int) {
        for index in row.indices {
            var word = row[index] & ~old[index]
            while word != 0 {
                let file = index << 6 + word.trailingZeroBitCount
                word &= word - 1
                guard let published = publishedAt[file] else { continue }
                let seconds = time - max(published, site.heldSince[file])
                // What comes back into a map is no news.
                guard seconds >= 0, noted.insert(point << 32 | file).inserted else { continue }
                each.append(seconds)
                if seconds > max(900, (time - published) / 10) { lateCount += 1 }
                if isWaiting.remove(file) != nil { first.append(seconds) }
            }
        }
    }

    /// Access point and file of what was noted.
    private var noted: Set<Int> = []
}
