/// Where a run stands with one access point.
///
/// What belongs to a lease (the ``Turn``) exists in the stages that carry it and nowhere else. The stages
/// follow each other as the table in ``after(_:)`` says; docs/architecture.md draws it.
enum Stage {
    /// Nothing is known of it yet.
    case new(Afterwards)
    /// A job reads its state and counts what is due.
    case counting(Afterwards)
    /// It waits for its turn, as does one that has nothing to do.
    case waiting
    /// A job takes its lease and reads its state.
    case opening
    /// Nothing is under way: what to ask next is chosen.
    case planning(Turn)
    /// A job reads the state of the access point whose listing may renew its proofs.
    case consulting(Turn)
    /// Questions are asked, answers are judged.
    case working(Turn)
    /// The same, while a job stores the answers or renews the lease.
    case storing(Turn)
    /// Nothing more is asked: the last answers, and a job that still stores, are awaited.
    case draining(Turn, Afterwards, isStoring: Bool)
    /// A job stores what is not stored yet and lets the lease go.
    case leaving(Turn, Afterwards)
    /// Another Checker is at work there; the lease is tried for again at a time, in seconds of the run.
    case yielding(Rivalry)
    /// It is left alone for the rest of the run.
    case resting(reason: String)

    /// Which stage follows where nothing else happens.
    enum Afterwards: Equatable {
        case waiting
        case resting(reason: String)
    }

    /// Another Checker at work.
    struct Rivalry: Equatable {
        var reason: String
        /// In seconds of the run.
        var until: Double
    }

    /// What happens to an access point.
    enum Event {
        // What the run decides.
        /// Its state is to be counted.
        case count
        /// Its turn has come.
        case open
        /// The state of another access point is needed to choose.
        case consult
        /// Questions were chosen.
        case planned
        /// There is nothing to ask, or others wait.
        case leave
        /// Answers, or the lease, have reached the age at which they are stored and renewed.
        case store
        /// No more questions in this turn: it has lasted long enough, or all were asked, or it is
        /// hopeless to go on.
        case end(Afterwards)
        /// Nothing is under way any more.
        case drained
        /// The run is over and waits no longer.
        case giveUp(reason: String?)

        // What came of a job.
        case counted
        case opened(Turn)
        case refused(Rivalry)
        case consulted
        case stored
        case left
        /// The lease is another's by now, or the state was replaced: what was not stored is lost.
        case lost(Rivalry)
        /// Storage failed, which ends the run.
        case failed
    }
}

// MARK: - The table

extension Stage {
    /// The stage that follows this one on `event`, or nil where the event cannot happen.
    ///
    /// This is the whole machine: nothing else changes a stage. What each stage begins when it is entered
    /// is in ``CheckRun/enter(_:_:)``.
    func after(_ event: Event) -> Stage? {
        switch (self, event) {
        case (.new(let next), .count): .counting(next)
        case (.counting(let next), .counted): next.stage
        case (.counting(let next), .failed): .new(next)

        case (.waiting, .open): .opening
        case (.yielding, .open): .opening
        case (.opening, .opened(let turn)): .planning(turn)
        case (.opening, .refused(let rivalry)): .yielding(rivalry)
        case (.opening, .failed): .waiting

        case (.planning(let turn), .planned): .working(turn)
        case (.planning(let turn), .consult): .consulting(turn)
        case (.planning(let turn), .leave): .leaving(turn, .waiting)
        case (.consulting(let turn), .consulted): .planning(turn)
        case (.consulting(let turn), .failed): .planning(turn)

        case (.working(let turn), .store): .storing(turn)
        case (.working(let turn), .end(let next)): .draining(turn, next, isStoring: false)
        case (.storing(let turn), .stored): .working(turn)
        case (.storing(let turn), .failed): .working(turn)
        case (.storing(let turn), .end(let next)): .draining(turn, next, isStoring: true)
        case (.storing, .lost(let rivalry)): .yielding(rivalry)

        case (.draining(let turn, let next, isStoring: false), .store):
            .draining(turn, next, isStoring: true)
        case (.draining(let turn, let next, _), .stored): .draining(turn, next, isStoring: false)
        case (.draining(let turn, let next, _), .failed): .draining(turn, next, isStoring: false)
        case (.draining(let turn, let next, let isStoring), .end(let other)):
            .draining(turn, next.overridden(by: other), isStoring: isStoring)
        case (.draining(_, let next, _), .lost(let rivalry)): next.stage(yieldingTo: rivalry)
        case (.draining(let turn, .waiting, isStoring: false), .drained): .planning(turn)
        case (.draining(let turn, let next, isStoring: false), .drained): .leaving(turn, next)

        case (.leaving(_, let next), .left): next.stage
        case (.leaving(_, let next), .lost(let rivalry)): next.stage(yieldingTo: rivalry)
        case (.leaving(let turn, let next), .failed): .draining(turn, next, isStoring: false)
        case (.leaving(let turn, let next), .end(let other)):
            .leaving(turn, next.overridden(by: other))

        case (.counting(let next), .giveUp): .new(next)
        case (.opening, .giveUp): .waiting
        case (.consulting, .giveUp): .waiting
        case (.draining(_, let next, _), .giveUp(let reason)): next.stage(lacking: reason)
        case (.leaving(_, let next), .giveUp(let reason)): next.stage(lacking: reason)

        default: nil
        }
    }
}

extension Stage.Afterwards {
    /// The first reason to rest stays.
    fileprivate func overridden(by other: Self) -> Self { self == .waiting ? other : self }

    fileprivate var stage: Stage {
        switch self {
        case .waiting: .waiting
        case .resting(let reason): .resting(reason: reason)
        }
    }

    /// What rests needs no lease any more.
    fileprivate func stage(yieldingTo rivalry: Stage.Rivalry) -> Stage {
        self == .waiting ? .yielding(rivalry) : stage
    }

    /// The stage where answers could not be stored for `reason`; nil where none were left.
    fileprivate func stage(lacking reason: String?) -> Stage {
        guard self == .waiting, let reason else { return stage }
        return .resting(reason: reason)
    }
}

// MARK: - Names

extension Stage {
    /// A stage without what it carries.
    enum Kind: String, CaseIterable {
        case new, counting, waiting, opening, planning, consulting
        case working, storing, draining, leaving, yielding, resting
    }

    var kind: Kind {
        switch self {
        case .new: .new
        case .counting: .counting
        case .waiting: .waiting
        case .opening: .opening
        case .planning: .planning
        case .consulting: .consulting
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
    /// An event without what it carries.
    enum Kind: String, CaseIterable {
        case count, open, consult, planned, leave, store, end, drained, giveUp
        case counted, opened, refused, consulted, stored, left, lost, failed
    }

    var kind: Kind {
        switch self {
        case .count: .count
        case .open: .open
        case .consult: .consult
        case .planned: .planned
        case .leave: .leave
        case .store: .store
        case .end: .end
        case .drained: .drained
        case .giveUp: .giveUp
        case .counted: .counted
        case .opened: .opened
        case .refused: .refused
        case .consulted: .consulted
        case .stored: .stored
        case .left: .left
        case .lost: .lost
        case .failed: .failed
        }
    }
}

// MARK: - What it tells

extension Stage {
    /// What there is while the lease is held.
    var turn: Turn? {
        switch self {
        case .planning(let turn), .consulting(let turn), .working(let turn), .storing(let turn),
            .draining(let turn, _, _), .leaving(let turn, _):
            turn
        case .new, .counting, .waiting, .opening, .yielding, .resting: nil
        }
    }

    /// Where questions may be asked.
    var askingTurn: Turn? {
        switch self {
        case .working(let turn), .storing(let turn): turn
        default: nil
        }
    }

    /// Whether the state is still to be counted.
    var isUncounted: Bool {
        switch self {
        case .new, .counting: true
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

    /// Why nothing is asked for the rest of the run; nil where something may be.
    var restReason: String? {
        switch self {
        case .resting(let reason), .new(.resting(let reason)), .counting(.resting(let reason)),
            .draining(_, .resting(let reason), _), .leaving(_, .resting(let reason)):
            reason
        default: nil
        }
    }

    /// What an operator should know of it; nil where all is well.
    var problem: String? {
        if case .yielding(let rivalry) = self { return rivalry.reason }
        return restReason
    }
}
