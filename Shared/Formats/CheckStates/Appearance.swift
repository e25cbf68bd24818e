package import Catalogs
import Mirrors
package import Time

/// How long the files of one batch took to appear on an access point.
///
/// A batch consists of the files added to the catalog at the same time. The time counts from then
/// to the first proof, so it includes the checker's own delay, and is an upper bound.
package struct Appearance: Hashable, Sendable {
    /// When the catalog first had the files; different for each batch.
    package var firstSeen: Timestamp
    /// The number of live files in the batch when they were last counted.
    package var fileCount: UInt32
    /// Seconds until half of the files were there; nil if they are not.
    package var halfSeconds: UInt32?
    /// Seconds until nine in ten were there.
    package var ninetySeconds: UInt32?
    /// Seconds until all were there.
    package var allSeconds: UInt32?

    package init(firstSeen: Timestamp, fileCount: UInt32 = 0) {
        self.firstSeen = firstSeen
        self.fileCount = fileCount
    }

    /// Records the milestones that were reached, from the times of the proofs in ascending order.
    mutating func note(_ proofs: [Timestamp], of fileCount: Int) {
        self.fileCount = UInt32(clamping: fileCount)
        func seconds(_ count: Int) -> UInt32? {
            guard count > 0, proofs.count >= count else { return nil }
            return UInt32(clamping: proofs[count - 1].seconds(since: firstSeen))
        }
        // A milestone stays once reached, because a proof gets a new time when it is renewed.
        halfSeconds = halfSeconds ?? seconds((fileCount + 1) / 2)
        ninetySeconds = ninetySeconds ?? seconds((fileCount * 9 + 9) / 10)
        allSeconds = allSeconds ?? seconds(fileCount)
    }
}

/// How fast an access point gets new files: medians over its latest batches.
package struct Freshness: Hashable, Sendable {
    package var batchCount: Int
    package var halfSeconds: Int64
    package var ninetySeconds: Int64
    package var allSeconds: Int64

    package init(batchCount: Int, halfSeconds: Int64, ninetySeconds: Int64, allSeconds: Int64) {
        self.batchCount = batchCount
        self.halfSeconds = halfSeconds
        self.ninetySeconds = ninetySeconds
        self.allSeconds = allSeconds
    }
}

extension CheckState {
    /// Batches older than this are dropped, in seconds.
    package static let appearanceSeconds: Int64 = 14 * 86_400
    /// The maximum number of batches kept, newest first.
    package static let appearanceLimit = 32

    /// Records how much of each new batch has appeared here.
    ///
    /// The first batch of a catalog is old, not new. A batch from before the beginning of this
    /// state says nothing, because nobody looked. Only the files of the latest batches are
    /// examined, which have the highest numbers.
    package mutating func noteAppearances(in catalog: Catalog, now: Timestamp) {
        guard let first = catalog.ids.first, let beganAt else { return }
        let oldest = max(
            catalog.firstSeen(of: first).advanced(bySeconds: 1),
            now.advanced(bySeconds: -Self.appearanceSeconds),
            beganAt
        )
        var known: [Timestamp: Appearance] = [:]
        for appearance in appearances { known[appearance.firstSeen] = appearance }
        var updated: [Appearance] = []
        var end = catalog.count
        while end > 0, updated.count < Self.appearanceLimit {
            let firstSeen = catalog.firstSeen(of: FileID(UInt32(end - 1)))
            guard firstSeen >= oldest else { break }
            var start = end
            var fileCount = 0
            var proofs: [Timestamp] = []
            while start > 0, catalog.firstSeen(of: FileID(UInt32(start - 1))) == firstSeen {
                start -= 1
                let id = FileID(UInt32(start))
                guard catalog.isLive(id) else { continue }
                fileCount += 1
                guard outcome(of: id) == .present, generation(of: id) >= catalog.changedIn(id)
                else { continue }
                proofs.append(self[id].observedAt)
            }
            end = start
            var appearance = known[firstSeen] ?? Appearance(firstSeen: firstSeen)
            appearance.note(proofs.sorted(), of: fileCount)
            updated.append(appearance)
        }
        appearances = updated.filter { $0.fileCount > 0 }
    }

    /// How fast new files appear here; nil if no batch was watched.
    ///
    /// A file that has not appeared yet counts with the time since its publication.
    package func freshness(now: Timestamp) -> Freshness? {
        guard !appearances.isEmpty else { return nil }
        func median(_ moment: (Appearance) -> UInt32?) -> Int64 {
            let times = appearances.map { batch in
                moment(batch).map(Int64.init) ?? max(0, now.seconds(since: batch.firstSeen))
            }
            return times.sorted()[times.count / 2]
        }
        return Freshness(
            batchCount: appearances.count,
            halfSeconds: median(\.halfSeconds),
            ninetySeconds: median(\.ninetySeconds),
            allSeconds: median(\.allSeconds)
        )
    }
}
