import Mirrors
package import StatusFacts
package import Time

extension NoticeMemory {
    /// Nobody is told the same of a mirror again within a week.
    package static let repeatSeconds: Int64 = 7 * 86_400
    /// A problem is over when it has not come back for an hour.
    package static let calmSeconds: Int64 = 3600
    /// Above this part of the mirrors what is wrong is more likely ours.
    static let avalanche = 5

    /// Notes how the mirrors are, and returns what is to be told, the weightiest first.
    ///
    /// Nothing is told of a message until ``note(_:at:)``.
    package mutating func judge(
        _ facts: DeploymentFacts,
        by thresholds: NoticeThresholds
    ) -> [Notice] {
        var notices: [Notice] = []
        for mirror in facts.mirrors {
            observe(mirror, at: facts.now)
            if let notice = notice(about: mirror, at: facts.now, thresholds) {
                notices.append(notice)
            }
        }
        let ids = Set(facts.mirrors.map(\.id))
        entries = entries.filter { id, entry in
            guard ids.contains(id) else { return false }
            let isRecent =
                entry.toldAt.map { facts.now.seconds(since: $0) < Self.repeatSeconds } ?? false
            return entry.word != nil || entry.isOpen || isRecent
        }
        guard !Self.isAvalanche(facts) else { return [] }
        let order = Verdict.Word.allCases
        func place(_ notice: Notice) -> Int {
            (notice.kind == .ended ? order.count : 0) + (order.firstIndex(of: notice.word) ?? 0)
        }
        return notices.sorted { (place($0), $0.mirror) < (place($1), $1.mirror) }
    }

    /// Notes that `notice` was sent.
    package mutating func note(_ notice: Notice, at now: Timestamp) {
        guard var entry = entries[notice.mirror] else { return }
        entry.isOpen = notice.kind != .ended
        if entry.isOpen {
            entry.told = notice.word
            entry.toldAt = now
        }
        entries[notice.mirror] = entry
    }

    /// Whether so many mirrors are of no use, or health is so old, that the fault is likely ours.
    static func isAvalanche(_ facts: DeploymentFacts) -> Bool {
        let unreachable = facts.enabled.count { mirror in
            switch mirror.verdict.word {
            case .down, .refusesUs, .notItself: true
            default: false
            }
        }
        let isBlind = facts.probedAt.map { facts.now.seconds(since: $0) > 900 } ?? true
        return isBlind || unreachable * avalanche > facts.enabled.count
    }

    /// Notes which problem a mirror has, and since when.
    ///
    /// A mirror that was taken out has no problem, and no notice says that it is over.
    private mutating func observe(_ mirror: MirrorFacts, at now: Timestamp) {
        if mirror.verdict.word.grade == .none { entries[mirror.id]?.isOpen = false }
        let word = mirror.verdict.word.isProblem ? mirror.verdict.word : nil
        guard let entry = entries[mirror.id] else {
            guard word != nil else { return }
            entries[mirror.id] = Entry(word: word, since: Self.start(of: mirror, now))
            return
        }
        guard entry.word != word else { return }
        entries[mirror.id]?.word = word
        entries[mirror.id]?.since = word == nil ? now : Self.start(of: mirror, now)
    }

    /// Since when a mirror is down, which events tell; of other problems nobody knows better than
    /// that they are seen now.
    private static func start(of mirror: MirrorFacts, _ now: Timestamp) -> Timestamp {
        switch mirror.verdict.word {
        case .down, .refusesUs, .notItself, .behind: min(mirror.verdict.since ?? now, now)
        default: now
        }
    }

    private func notice(
        about mirror: MirrorFacts,
        at now: Timestamp,
        _ thresholds: NoticeThresholds
    ) -> Notice? {
        guard let entry = entries[mirror.id] else { return nil }
        let age = now.seconds(since: entry.since)
        guard let word = entry.word, let limit = thresholds.seconds[word] else {
            // Partly down, or checked too late by us, ends any other problem that a notice
            // reported.
            guard entry.isOpen, let told = entry.told, age >= Self.calmSeconds else { return nil }
            return Self.notice(.ended, mirror, told, since: entry.since)
        }
        guard age >= limit else { return nil }
        if entry.told == word {
            let last = entry.toldAt.map { now.seconds(since: $0) } ?? .max
            guard !entry.isOpen, last >= Self.repeatSeconds else { return nil }
        }
        return Self.notice(
            entry.isOpen ? .changed : .begun,
            mirror,
            word,
            was: entry.isOpen ? entry.told : nil,
            since: entry.since
        )
    }

    private static func notice(
        _ kind: Notice.Kind,
        _ mirror: MirrorFacts,
        _ word: Verdict.Word,
        was: Verdict.Word? = nil,
        since: Timestamp
    ) -> Notice {
        Notice(
            kind: kind,
            mirror: mirror.id,
            name: mirror.mirror.name,
            country: mirror.mirror.country.letters,
            word: word,
            was: was,
            since: since,
            sentence: mirror.verdict.sentence,
            remedy: mirror.verdict.remedy.hasPrefix("mirrors ") ? "" : mirror.verdict.remedy
        )
    }
}
