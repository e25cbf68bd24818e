import Mirrors
package import StatusFacts
package import Time

extension NoticeMemory {
    /// The same message about a mirror is not repeated within this time: a week.
    package static let repeatSeconds: Int64 = 7 * 86_400
    /// A problem has ended when it has not returned for an hour.
    package static let calmSeconds: Int64 = 3600
    /// If more than one in this many mirrors has a problem, the cause is probably on our side.
    static let avalanche = 5

    /// Updates the mirrors' states, and returns the notices to send, most important first.
    ///
    /// A notice counts as sent only after ``note(_:at:)``.
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
        func severity(_ notice: Notice) -> Int {
            (notice.kind == .ended ? order.count : 0) + (order.firstIndex(of: notice.word) ?? 0)
        }
        return notices.sorted { (severity($0), $0.mirror) < (severity($1), $1.mirror) }
    }

    /// Records that `notice` was sent.
    package mutating func note(_ notice: Notice, at now: Timestamp) {
        guard var entry = entries[notice.mirror] else { return }
        entry.isOpen = notice.kind != .ended
        if entry.isOpen {
            entry.told = notice.word
            entry.toldAt = now
        }
        entries[notice.mirror] = entry
    }

    /// Whether so many mirrors are unusable, or health is so old, that the fault is probably ours.
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

    /// Records a mirror's problem, and since when it has had it.
    ///
    /// A mirror that was taken out has no problem, but no notice says that its problem ended.
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

    /// For a mirror that is down, the time of the event; other problems begin when they are first
    /// seen.
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
            // Being partly down, or checked late by us, ends any other problem that was reported.
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
