import CheckPlanning
import Mirrors

/// The doubts that changed in a run, until they are published.
///
/// Clients must not be sent to what is in doubt: a doubt that appears or grows is published at
/// once, one that shrinks or ends within half a minute.
struct DoubtBoard {
    /// Nil if doubts are not published.
    let health: HealthExchange?
    private var changed: HealthExchange.Doubts = [:]
    /// The doubts being published.
    private var sent: HealthExchange.Doubts = [:]
    private var isSending = false
    private var lastSentAt: Double
    private var isUrgent = false
    /// The first exchange happens even without changes, to fetch what others found out.
    private var isFirst = true

    init(_ health: HealthExchange?, now: Double) {
        self.health = health
        lastSentAt = now
    }

    /// Whether anything is not published yet.
    var hasChanged: Bool { !changed.isEmpty }

    /// Records that a doubt differs from what was known before.
    mutating func note(
        _ doubt: AccessPointDoubt?,
        of id: AccessPoint.ID,
        before: AccessPointDoubt?
    ) {
        guard health != nil else { return }
        changed[id] = .some(doubt)
        if let doubt, doubt.isWider(than: before) { isUrgent = true }
    }

    /// The doubts to publish at `time`, in seconds of the run; nil if none are due.
    mutating func take(at time: Double, isLast: Bool = false) -> HealthExchange.Doubts? {
        guard health != nil, !isSending else { return nil }
        let pause = time - lastSentAt
        let isDue =
            isFirst || isLast && hasChanged || pause >= HealthExchange.intervalSeconds
            || isUrgent && pause >= HealthExchange.shortestSeconds
        guard isDue else { return nil }
        (sent, changed) = (changed, [:])
        (isSending, isUrgent, isFirst) = (true, false, false)
        return sent
    }

    /// Records that publishing succeeded or failed.
    mutating func finish(at time: Double, isKnown: Bool) {
        (isSending, lastSentAt) = (false, time)
        if !isKnown { changed.merge(sent) { latest, _ in latest } }
        sent = [:]
    }
}

extension AccessPointDoubt {
    /// Whether it keeps clients from more than `other` does.
    func isWider(than other: AccessPointDoubt?) -> Bool {
        switch (scope, other?.scope) {
        case (_, nil): true
        case (_, .whole): false
        case (.whole, .files): true
        case (.files(let files), .files(let known)): !Set(files).isSubset(of: known)
        }
    }
}
