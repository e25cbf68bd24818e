/// The delays of new files: from the catalog to the first redirect, and, for each mirror, from
/// their arrival there to the maps.
package struct ArrivalTimes: Sendable {
    /// For each new file, the seconds from the catalog, or from its arrival at the first mirror if
    /// that is later.
    package private(set) var first: [Int] = []
    /// For each new file on each access point, the seconds from the catalog or its arrival there.
    package private(set) var each: [Int] = []
    /// The number of these that took longer than fifteen minutes and a tenth of the file's age.
    package private(set) var lateCount = 0

    /// When the catalog first held a file; 0 for files that are not watched.
    private var publishedAt: [Int: Int] = [:]
    private var isWaiting: Set<Int> = []

    /// Files older than this are not new.
    private static let watchedSeconds = 14 * SimulatedTime.day

    mutating func expect(_ files: [Int], at time: Int) {
        for file in files {
            publishedAt[file] = time
            isWaiting.insert(file)
        }
        publishedAt = publishedAt.filter { time - $0.value < Self.watchedSeconds }
        isWaiting.formIntersection(publishedAt.keys)
    }

    /// Notes the files that a new row lists and the previous one did not.
    mutating func note(_ row: Words, over old: Words, point: Int, of site: Site, at time: Int) {
        for index in row.indices {
            var word = row[index] & ~old[index]
            while word != 0 {
                let file = index << 6 + word.trailingZeroBitCount
                word &= word - 1
                guard let published = publishedAt[file] else { continue }
                let seconds = time - max(published, site.heldSince[file])
                // A file that returns to a map is not new.
                guard seconds >= 0, noted.insert(point << 32 | file).inserted else { continue }
                each.append(seconds)
                if seconds > max(900, (time - published) / 10) { lateCount += 1 }
                if isWaiting.remove(file) != nil { first.append(seconds) }
            }
        }
    }

    /// The access points and files that were noted.
    private var noted: Set<Int> = []
}
