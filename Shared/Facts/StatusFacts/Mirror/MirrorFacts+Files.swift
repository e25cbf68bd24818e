import Catalogs
import CheckStates
package import Mirrors
import Time

extension MirrorFacts {
    /// The maximum number of absent and wrong files whose times are kept.
    private static let datedLimit = 200

    /// Combines the files of the mirror's URLs, and determines why files are absent.
    ///
    /// Only URLs that clients can be sent to count; if there are none, all do. The times of single
    /// absent or wrong files are only determined if `isListed` says that they are shown.
    package mutating func note(
        _ files: [(point: AccessPoint, files: AccessPointFiles)],
        promised: FileBits,
        in tree: TreeFacts,
        isListed: Bool = true
    ) -> MirrorFiles {
        let web = files.filter { $0.point.scheme == .https || $0.point.scheme == .http }
        let counted = web.isEmpty ? files : web
        var all = MirrorFiles(count: tree.catalog.count)
        var seen = all.held
        for (_, files) in counted {
            all.held.formUnion(files.held)
            seen.formUnion(files.seen)
            all.absent.formUnion(files.absent)
            all.wrong.formUnion(files.wrong)
            if !files.stale.isEmpty {
                if all.stale.words.isEmpty { all.stale = FileBits(count: tree.catalog.count) }
                all.stale.formUnion(files.stale)
            }
            all.refused.formUnion(files.refused)
        }
        all.absent.subtract(seen)
        all.wrong.subtract(seen)
        all.wrong.subtract(all.absent)
        all.stale.formIntersection(all.wrong)
        all.refused.subtract(seen)
        all.refused.subtract(all.absent)
        all.refused.subtract(all.wrong)
        promisedCount = promised.count
        tally = FileTally()
        tally.held = all.held.count
        seen.subtract(all.held)
        tally.unproven = seen.count
        tally.absent = all.absent.count
        tally.stale = all.stale.count
        tally.altered = all.wrong.count - tally.stale
        tally.refused = all.refused.count
        tally.unknown =
            promisedCount - tally.held - tally.unproven - tally.lacking - tally.refused
        var right = all.held
        right.formUnion(seen)
        var causes = AbsenceCauses(absent: all.absent, present: right, in: tree)
        causes.date { Self.observedAt($0, counted) }
        self.causes = causes.causes
        behindSince = isPartial ? nil : causes.behindSince
        noteSets(counted.map(\.files), &all, in: tree)
        if isListed {
            for set in [all.absent, all.wrong] { Self.date(set, counted, &all) }
        }
        for cause in self.causes { all.since[cause.example] = cause.since }
        var altered = all.wrong
        altered.subtract(all.stale)
        alteredExample = Self.example(of: altered, counted, tree)
        staleExample = Self.example(of: all.stale, counted, tree)
        all.dropEmptySets()
        return all
    }

    private static func example(
        of set: FileBits,
        _ files: [(point: AccessPoint, files: AccessPointFiles)],
        _ tree: TreeFacts
    ) -> FileExample? {
        set.first.map { FileExample(path: tree.text(of: $0), since: observedAt($0, files)) }
    }

    private static func date(
        _ set: FileBits,
        _ files: [(point: AccessPoint, files: AccessPointFiles)],
        _ all: inout MirrorFiles
    ) {
        var count = 0
        set.forEach { number in
            guard count < datedLimit else { return }
            count += 1
            all.since[number] = observedAt(number, files)
        }
        set.forEach { number in
            let id = FileID(UInt32(number))
            for entry in files {
                if let length = entry.files.state.alteredByteCount(of: id) {
                    all.wrongByteCounts[number] = length
                    return
                }
            }
        }
    }

    /// Since when the file is in this state, from the first URL where it is wrong.
    private static func observedAt(
        _ number: Int,
        _ files: [(point: AccessPoint, files: AccessPointFiles)]
    ) -> Timestamp? {
        let id = FileID(UInt32(number))
        return files.compactMap { entry in
            guard entry.files.absent.contains(number) || entry.files.wrong.contains(number) else {
                return nil
            }
            let time = entry.files.state[id].observedAt
            return time.secondsSinceEpoch > 0 ? time : nil
        }.min()
    }
}
