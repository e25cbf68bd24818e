/// The stage of one access point in a run.
///
/// The resources of a lease (the ``Turn``) exist only in the stages that carry it. The table in
/// ``after(_:)`` defines all transitions; docs/architecture.md shows it as a diagram.
enum Stage {
    /// Nothing is known of it yet.
    case new(FollowUp)
    /// A job reads its agenda, which tells whether and when to visit it.
    case reading(FollowUp)
    /// It waits for its turn, even if it has nothing to do.
    case waiting
    /// A job takes its lease, reads its agenda and, if that does not suffice, its state.
    case opening
    /// A job reads its state, because an answer differed from what the agenda predicted.
    case loading(Turn)
    /// Questions are asked, and answers are judged.
    case working(Turn)
    /// Questions are asked while a job stores the answers or renews the lease.
    case storing(Turn)
    /// No more questions are asked; it waits for the last answers and for a running job.
    case draining(Turn, FollowUp, isStoring: Bool)
    /// A job stores unsaved changes and releases the lease.
    case leaving(Turn, FollowUp)
    /// Another checker has the lease; it is requested again later.
    case yielding(Competitor)
    /// It is skipped for the rest of the run.
    case resting(reason: String)

    /// What follows if nothing else happens.
    enum FollowUp: Equatable {
        case waiting
        /// Its state is needed.
        case loading
        /// The run is over.
        case over
        case resting(reason: String)
    }

    /// Another checker at work.
    struct Competitor: Equatable {
        var reason: String
        /// When the lease is requested again, in seconds of the run.
        var until: Double
    }

    /// An event of an access point.
    enum Event {
        // Decided by the run.
        /// Its agenda has to be read.
        case read
        /// Its turn has come.
        case open
        /// The answers or the lease are old enough to be stored or renewed.
        case store
        /// No more questions are asked: all were, the turn has lasted long enough, the state is
        /// needed, or going on is hopeless.
        case end(FollowUp)
        /// Nothing is pending any more.
        case drained
        /// The run is over and no longer waits.
        case giveUp(reason: String?)

        // Results of jobs.
        case found
        case opened(Turn)
        case refused(Competitor)
        case loaded
        case stored
        case left
        /// Another checker took the lease or replaced the state: unsaved changes are lost.
        case lost(Competitor)
        /// Storage failed, which ends the run.
        case failed
    }
}

// MARK: - The table

extension Stage {
    /// The stage that follows this one on `event`, or nil if the event cannot happen.
    ///
    /// This is the whole state machine: nothing else changes a stage. ``CheckRun/send(_:to:)``
    /// starts the work of each stage.
    func after(_ event: Event) -> Stage? {
        switch (self, event) {
        case (.new(let next), .read): .reading(next)
        case (.reading(let next), .found): next.stage
        case (.reading(let next), .failed): .new(next)
        case (.reading(let next), .giveUp): .new(next)

        case (.waiting, .open): .opening
        case (.yielding, .open): .opening
        case (.opening, .opened(let turn)): .working(turn)
        case (.opening, .refused(let competitor)): .yielding(competitor)
        case (.opening, .failed): .waiting
        case (.opening, .giveUp): .waiting

        case (.working(let turn), .store): .storing(turn)
        case (.working(let turn), .end(let next)): .draining(turn, next, isStoring: false)
        case (.storing(let turn), .stored): .working(turn)
        case (.storing(let turn), .failed): .working(turn)
        case (.storing(let turn), .end(let next)): .draining(turn, next, isStoring: true)
        case (.storing, .lost(let competitor)): .yielding(competitor)

        case (.draining(let turn, let next, isStoring: false), .store):
            .draining(turn, next, isStoring: true)
        case (.draining(let turn, let next, isStoring: true), .stored),
            (.draining(let turn, let next, isStoring: true), .failed):
            .draining(turn, next, isStoring: false)
        case (.draining(let turn, let next, let isStoring), .end(let other)):
            .draining(turn, next.overridden(by: other), isStoring: isStoring)
        case (.draining(_, let next, _), .lost(let competitor)): next.stage(yieldingTo: competitor)
        case (.draining(let turn, .loading, isStoring: false), .drained): .loading(turn)
        case (.draining(let turn, let next, isStoring: false), .drained): .leaving(turn, next)
        case (.draining(_, let next, _), .giveUp(let reason)): next.stage(lacking: reason)

        case (.loading(let turn), .loaded): .working(turn)
        case (.loading(let turn), .failed): .draining(turn, .waiting, isStoring: false)
        case (.loading, .giveUp(let reason)): FollowUp.waiting.stage(lacking: reason)

        case (.leaving(_, let next), .left): next.stage
        case (.leaving(let turn, let next), .failed): .draining(turn, next, isStoring: false)
        case (.leaving(let turn, let next), .end(let other)):
            .leaving(turn, next.overridden(by: other))
        case (.leaving(_, let next), .lost(let competitor)): next.stage(yieldingTo: competitor)
        case (.leaving(_, let next), .giveUp(let reason)): next.stage(lacking: reason)

        default: nil
        }
    }
}

extension Stage.FollowUp {
    private var rank: Int {
        switch self {
        case .waiting: 0
        case .loading: 1
        case .over: 2
        case .resting: 3
        }
    }

    /// The end with the higher rank counts; of two reasons to rest, the first.
    fileprivate func overridden(by other: Self) -> Self { other.rank > rank ? other : self }

    fileprivate var stage: Stage {
        switch self {
        case .waiting, .loading, .over: .waiting
        case .resting(let reason): .resting(reason: reason)
        }
    }

    /// A resting access point needs no lease.
    fileprivate func stage(yieldingTo competitor: Stage.Competitor) -> Stage {
        if case .resting = self { stage } else { .yielding(competitor) }
    }

    /// The stage after answers could not be stored for `reason`; nil if there were none.
    fileprivate func stage(lacking reason: String?) -> Stage {
        if case .resting = self { return stage }
        return reason.map { .resting(reason: $0) } ?? stage
    }
}

// MARK: - Questions

extension Stage {
    /// The turn, which lasts as long as the lease.
    var turn: Turn? {
        switch self {
        case .loading(let turn), .working(let turn), .storing(let turn), .draining(let turn, _, _),
            .leaving(let turn, _):
            turn
        case .new, .reading, .waiting, .opening, .yielding, .resting: nil
        }
    }

    /// Whether it counts among those that have a turn: they are limited in number.
    var countsAsTurn: Bool { turn != nil || kind == .opening }

    /// The turn if questions may be asked.
    var askingTurn: Turn? {
        switch self {
        case .working(let turn), .storing(let turn): turn
        default: nil
        }
    }

    /// Whether it is not known yet what is due.
    var isUnread: Bool {
        switch self {
        case .new, .reading: true
        default: false
        }
    }

    /// Whether a job stores answers or renews the lease.
    var isStoring: Bool {
        switch self {
        case .storing, .draining(_, _, isStoring: true): true
        default: false
        }
    }

    /// Whether ``Event/store`` can happen.
    var mayStore: Bool {
        switch self {
        case .working, .draining(_, _, isStoring: false): true
        default: false
        }
    }

    /// Whether it waits for the last answers only.
    var isDraining: Bool {
        if case .draining(_, _, isStoring: false) = self { true } else { false }
    }

    /// Why nothing is asked for the rest of the run; nil if something may be.
    var restReason: String? {
        switch self {
        case .resting(let reason), .new(.resting(let reason)), .reading(.resting(let reason)),
            .draining(_, .resting(let reason), _), .leaving(_, .resting(let reason)):
            reason
        default: nil
        }
    }

    /// What an operator should know of it; nil without a problem.
    var problem: String? {
        if case .yielding(let competitor) = self { return competitor.reason }
        return restReason
    }
}

// MARK: - Names

extension Stage {
    /// The kind of a stage.
    enum Kind: String, CaseIterable {
        case new, reading, waiting, opening, working, storing
        case draining, loading, leaving, yielding, resting
    }

    var kind: Kind {
        switch self {
        case .new: .new
        case .reading: .reading
        case .waiting: .waiting
        case .opening: .opening
        case .loading: .loading
        case .working: .working
        case .storing: .storing
        case .draining: .draining
        case .leaving: .leaving
        case .yielding: .yielding
        case .resting: .resting
        }
    }
}

extension Stage.Event {
    /// The kind of an event.
    enum Kind: String, CaseIterable {
        case read, open, store, end, drained, giveUp
        case found, opened, refused, loaded, stored, left, lost, failed
    }

    var kind: Kind {
        switch self {
        case .read: .read
        case .open: .open
        case .store: .store
        case .end: .end
        case .drained: .drained
        case .giveUp: .giveUp
        case .found: .found
        case .opened: .opened
        case .refused: .refused
        case .loaded: .loaded
        case .stored: .stored
        case .left: .left
        case .lost: .lost
        case .failed: .failed
        }
    }
}
