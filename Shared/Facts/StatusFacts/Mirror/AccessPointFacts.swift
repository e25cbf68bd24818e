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
    /// When the oldest valid proof was made.
    package var oldestProofAt: Timestamp?
    /// When the newest proof was made.
    package var newestProofAt: Timestamp?
    /// When a file was last asked for.
    package var askedAt: Timestamp?
    /// Since when a check doubts it as a whole.
    package var doubtedAt: Timestamp?
    package var doubtReason: WholeDoubtReason?
    /// Whether it answers 200 for nonexistent names.
    package var answersAnything = false
    /// How the latest batches of new files appeared.
    package var appearances: [Appearance] = []
    /// Since when files are refused, from the oldest refusal that still stands.
    package var refusedSince: Timestamp?
    /// The outcome of the latest probe; nil before the first one.
    package var status: Health.Status?
    /// Its current doubt.
    package var doubt: Health.Doubt?
    /// Its closure by an operator.
    package var closure: Health.Closure?
    /// The result of the latest check that involved it.
    package var line: CheckRecord.Line?

    package init(_ accessPoint: AccessPoint) {
        self.accessPoint = accessPoint
    }

    /// Whether clients of a redirect can be sent there.
    package var isWeb: Bool { accessPoint.scheme == .https || accessPoint.scheme == .http }

    /// Whether neither probe nor check found it unusable as a whole.
    package var isUp: Bool { trouble == nil }

    /// The end of its certificate; nil if it has none or it is unknown.
    package var certificateEnd: Timestamp? {
        accessPoint.scheme == .https ? status?.certificateEnd : nil
    }

    /// Whether none of its earlier proofs count.
    package var isDoubtedAsWhole: Bool { doubtedAt != nil || doubt?.scope == .whole }

    /// Its state in the words of verdicts; "up" if it is not known to be unusable, and "not probed"
    /// before the first probe.
    package var stateWord: String {
        if closure != nil { return Verdict.Word.disabled.text }
        return trouble?.word.text ?? (status == nil ? "not probed" : "up")
    }

    /// How bad that is.
    package var stateGrade: Verdict.Grade {
        if closure != nil { return .none }
        return trouble?.word.grade ?? (status == nil ? .none : .ok)
    }

    /// The state, since when and why; without operators' texts.
    package var stateText: String {
        guard closure == nil, let trouble else { return stateWord }
        let since = trouble.since.map { " since \($0.dateText)" } ?? ""
        return "\(stateWord)\(since): \(trouble.sentence)"
    }
}

/// The files that an access point has and lacks, collected while its state is read.
package struct AccessPointFiles: Sendable {
    package var held: FileBits
    /// Present when last checked, however long ago.
    package var seen: FileBits
    /// Answered with "no such file", even if that awaits a second look.
    package var absent: FileBits
    /// Of another length, or of the version before the last change.
    package var wrong: FileBits
    /// The wrong files that are of the version before the last change.
    package var stale: FileBits
    /// Refused every time.
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
    /// Records what `state` says about the promised files of `tree`, and returns these.
    ///
    /// A proof counts for `maximumAge` seconds, as in the builder. Takes about 5 ns a file.
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
        for word in promised.words.indices where promised.words[word] != 0 {
            let start = word << 6
            let presence = observations.presence(
                from: start,
                changedIn: changedIn,
                earliest: earliest
            )
            var proven = presence.proven & promised.words[word]
            if proven & classes[word] != 0 {
                proven &= ~outdated(proven & classes[word], from: start, observations, in: tree)
            }
            files.held.words[word] = proven
            files.seen.words[word] = presence.seen & promised.words[word]
            tally.held += proven.nonzeroBitCount
            sums.note(proven, from: start, observations)
            judge(
                promised.words[word] & ~proven,
                from: start,
                in: state,
                changedIn: changedIn,
                to: &files,
                &sums
            )
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
            from start: Int,
            _ observations: ObservationColumns
        ) {
            var word = files
            var low = oldest ?? .max
            while word != 0 {
                let index = start + word.trailingZeroBitCount
                let observedTime = observations.observedTime(at: index)
                low = min(low, observedTime)
                newest = max(newest, observedTime)
                asked = max(asked, observations.askedTime(at: index))
                word &= word &- 1
            }
            if files != 0 { oldest = low }
        }
    }

    /// Classifies the files of a word that are not held; its first file has the number `start`.
    private mutating func judge(
        _ rest: UInt64,
        from start: Int,
        in state: CheckState,
        changedIn: [UInt32],
        to files: inout AccessPointFiles,
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
            let isOfNow = state.observations.generation(at: number) >= changedIn[number]
            sums.asked = max(sums.asked, state.observations.askedTime(at: number))
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

    /// The mutable files of a word that were not checked since the minute of their last change.
    private func outdated(
        _ files: UInt64,
        from start: Int,
        _ observations: ObservationColumns,
        in tree: TreeFacts
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
