import Catalogs
package import CheckStates
package import HealthFormat
package import Mirrors
package import RunRecords
package import Time

/// What is known of one base URL of a mirror.
package struct AccessPointFacts: Equatable, Sendable {
    package let accessPoint: AccessPoint
    package var tally = FileTally()
    /// When the oldest of the proofs that count was made.
    package var oldestProofAt: Timestamp?
    /// When the newest proof was made.
    package var newestProofAt: Timestamp?
    /// When the latest question about a file was asked.
    package var askedAt: Timestamp?
    /// Since when a check doubts it as a whole.
    package var doubtedAt: Timestamp?
    package var doubtReason: DoubtReason?
    /// Whether it answers 200 for names that cannot exist.
    package var answersAnything = false
    /// How the latest batches of new files appeared.
    package var appearances: [Appearance] = []
    /// Since when files are refused, by the oldest refusal that still holds.
    package var refusedSince: Timestamp?
    /// The outcome of the latest probe; nil before the first one.
    package var status: Health.Status?
    /// What is not believed of it now.
    package var doubt: Health.Doubt?
    /// That an operator closed it.
    package var closure: Health.Closure?
    /// The outcome of the latest check that had anything to do with it.
    package var line: CheckRecord.Line?

    package init(_ accessPoint: AccessPoint) {
        self.accessPoint = accessPoint
    }

    /// Whether clients of a redirect can be sent there.
    package var isWeb: Bool { accessPoint.scheme == .https || accessPoint.scheme == .http }

    /// Whether it answered the latest probe, or was not probed yet.
    package var isUp: Bool { status?.isUp ?? true }

    /// When its certificate ends; nil where it has none, or nobody saw it.
    package var certificateEnd: Timestamp? {
        accessPoint.scheme == .https ? status?.certificateEnd : nil
    }

    /// Whether nothing that was seen there before counts.
    package var isDoubtedAsWhole: Bool { doubtedAt != nil || doubt?.scope == .whole }
}

/// Which files an access point has and lacks, while all of them are looked at.
package struct AccessPointFiles: Sendable {
    package var held: FileBits
    /// There when they were last looked at, however long ago.
    package var seen: FileBits
    /// "No such file", also where it awaits a second look.
    package var absent: FileBits
    /// Other lengths than those of the tree, or the content before the last change.
    package var wrong: FileBits
    /// Those of the wrong files that have the content before the last change.
    package var stale: FileBits
    /// Refused each time.
    package var refused: FileBits
    package var state: CheckState

    init(_ state: CheckState, count: Int) {
        held = FileBits(count: count)
        seen = held
        absent = held
        wrong = held
        stale = held
        refused = held
        self.state = state
    }
}

extension AccessPointFacts {
    /// Notes what `state` knows about the files of `tree` that are promised, and returns which they
    /// are.
    ///
    /// A proof counts for `maximumAge` seconds, as for the builder. Some 5 ns a file.
    package mutating func note(
        _ state: CheckState,
        promised: FileBits,
        in tree: TreeFacts,
        classes: [UInt64],
        now: Timestamp,
        maximumAge: Int64
    ) -> AccessPointFiles {
        var files = AccessPointFiles(state, count: tree.catalog.count)
        doubtedAt = state.doubtedAt
        doubtReason = state.memory.doubtReason
        answersAnything = state.memory.softNotFound != nil
        appearances = state.appearances
        var earliest = now.advanced(bySeconds: -maximumAge)
        if let believedSince = state.believedSince { earliest = max(earliest, believedSince) }
        var sums = Sums()
        let observations = state.observations
        let changedIn = tree.catalog.changeGenerations
        let observed = observations.observedTimes.span
        let asked = observations.askedTimes.span
        for word in promised.words.indices where promised.words[word] != 0 {
            let start = word << 6
            let presence = observations.presence(
                from: start,
                changedIn: changedIn,
                earliest: earliest
            )
            var proven = presence.proven & promised.words[word]
            if proven & classes[word] != 0 {
                proven &= ~outdated(proven & classes[word], start, observations, tree)
            }
            files.held.words[word] = proven
            files.seen.words[word] = presence.seen & promised.words[word]
            tally.held += proven.nonzeroBitCount
            sums.note(proven, start, observed, asked)
            judge(promised.words[word] & ~proven, start, state, changedIn, &files, &sums)
        }
        oldestProofAt = sums.oldest.map { Timestamp(secondsSinceEpoch: Int64($0)) }
        newestProofAt = sums.newest > 0 ? Timestamp(secondsSinceEpoch: Int64(sums.newest)) : nil
        askedAt = sums.asked > 0 ? Timestamp(secondsSinceEpoch: Int64(sums.asked)) : nil
        return files
    }

    /// The times of all files, in seconds since 1970.
    private struct Sums {
        var oldest: UInt32?
        var newest: UInt32 = 0
        var asked: UInt32 = 0

        mutating func note(
            _ files: UInt64,
            _ start: Int,
            _ observed: Span<UInt32>,
            _ asked: Span<UInt32>
        ) {
            var word = files
            var low = oldest ?? .max
            while word != 0 {
                let index = start + word.trailingZeroBitCount
                low = min(low, observed[index])
                newest = max(newest, observed[index])
                self.asked = max(self.asked, asked[index])
                word &= word &- 1
            }
            if files != 0 { oldest = low }
        }
    }

    /// Sorts the files of a word that are not held.
    private mutating func judge(
        _ rest: UInt64,
        _ start: Int,
        _ state: CheckState,
        _ changedIn: [UInt32],
        _ files: inout AccessPointFiles,
        _ sums: inout Sums
    ) {
        var word = rest
        while word != 0 {
            let number = start + word.trailingZeroBitCount
            word &= word &- 1
            guard number < state.count else {
                tally.unknown += 1
                continue
            }
            let id = FileID(UInt32(number))
            let isOfNow = state.observations.generations[number] >= changedIn[number]
            sums.asked = max(sums.asked, state.observations.askedTimes[number])
            switch state.outcome(of: id) {
            case .unknown: tally.unknown += 1
            case .present:
                if isOfNow { tally.unproven += 1 } else { tally.unknown += 1 }
            case .absent where isOfNow:
                tally.absent += 1
                files.absent.insert(number)
            case .altered where isOfNow:
                tally.altered += 1
                files.wrong.insert(number)
            case .stale where isOfNow:
                tally.stale += 1
                files.wrong.insert(number)
                files.stale.insert(number)
            case .refused:
                tally.refused += 1
                files.refused.insert(number)
                let observedAt = state[id].observedAt
                refusedSince = min(refusedSince ?? observedAt, observedAt)
            case .unreachable: tally.unreachable += 1
            case .absent, .altered, .stale: tally.unknown += 1
            }
        }
    }

    /// Those of the mutable files of a word that were not looked at since the minute of their last
    /// change.
    private func outdated(
        _ files: UInt64,
        _ start: Int,
        _ observations: ObservationColumns,
        _ tree: TreeFacts
    ) -> UInt64 {
        var outdated: UInt64 = 0
        var word = files
        while word != 0 {
            let bit = word.trailingZeroBitCount
            word &= word &- 1
            let modified = tree.catalog.modified(of: FileID(UInt32(start + bit))).secondsSinceEpoch
            let minute = Timestamp(secondsSinceEpoch: modified - modified % 60)
            if observations.observedAt(start + bit) < minute { outdated |= 1 << UInt64(bit) }
        }
        return outdated
    }
}
