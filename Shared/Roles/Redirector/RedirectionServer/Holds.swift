import Redirection

/// The connections whose requests wait for something, and until when.
///
/// Few at most times, and many at a cold start: what is done to all of them is done once.
struct Holds {
    struct Hold {
        let descriptor: Int32
        /// Of the connection; see ``Connection/number``.
        let number: UInt64
        let awaited: Awaited
        /// When its patience is over; by ``Clock/milliseconds()``.
        let deadline: Int64
    }

    private var all: [Hold] = []

    /// When the first of them is overdue; nil when there are none.
    private(set) var nextDeadline: Int64?

    mutating func add(_ hold: Hold) {
        all.append(hold)
        nextDeadline = min(nextDeadline ?? hold.deadline, hold.deadline)
    }

    /// Removes those that wait for `awaited`, in the order in which they came.
    mutating func take(_ awaited: Awaited) -> [Hold] {
        take { $0.awaited == awaited }
    }

    /// Removes those whose patience is over at `time`.
    mutating func takeOverdue(_ time: Int64) -> [Hold] {
        take { $0.deadline <= time }
    }

    private mutating func take(where isTaken: (Hold) -> Bool) -> [Hold] {
        let taken = all.filter(isTaken)
        guard !taken.isEmpty else { return [] }
        all.removeAll(where: isTaken)
        nextDeadline = all.lazy.map(\.deadline).min()
        return taken
    }
}
