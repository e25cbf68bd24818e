import Redirection

/// The connections whose requests wait for something, with their deadlines.
///
/// Usually few, but many at a cold start, so operations on all of them are batched.
struct WaitingRequests {
    struct Entry {
        let descriptor: Int32
        /// The connection's; see ``Connection/number``.
        let number: UInt64
        let awaited: Awaited
        /// When its patience is over; by ``Clock/milliseconds()``.
        let deadline: Int64
    }

    private var all: [Entry] = []

    /// The earliest deadline; nil if there are none.
    private(set) var nextDeadline: Int64?

    mutating func add(_ entry: Entry) {
        all.append(entry)
        nextDeadline = min(nextDeadline ?? entry.deadline, entry.deadline)
    }

    /// Removes those that wait for `awaited`, in order of arrival.
    mutating func take(_ awaited: Awaited) -> [Entry] {
        take { $0.awaited == awaited }
    }

    /// Removes those whose patience is over at `time`.
    mutating func takeOverdue(_ time: Int64) -> [Entry] {
        take { $0.deadline <= time }
    }

    private mutating func take(where isTaken: (Entry) -> Bool) -> [Entry] {
        let taken = all.filter(isTaken)
        guard !taken.isEmpty else { return [] }
        all.removeAll(where: isTaken)
        nextDeadline = all.lazy.map(\.deadline).min()
        return taken
    }
}
