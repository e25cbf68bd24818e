import Linux
import Redirection
import Synchronization

/// A message from another thread to a loop.
enum LoopMessage: Sendable {
    /// Answer from this snapshot from now on.
    case snapshot(Snapshot)
    /// There are several regions; this table assigns countries to them.
    case regions(RegionTable)
    /// With several regions, answer from these from now on, by the region's number.
    case regionSnapshots([Int: Snapshot])
    /// The map of a region was loaded, or there is none; the number refers to the assumed or the
    /// real regions.
    case region(Int, isGuess: Bool, Snapshot?)
    /// The details of a generation were loaded, or are unavailable at the moment.
    case details(generation: UInt32, areMissing: Bool)
    /// Storage was looked at: become ready, whatever was found.
    case looked
    /// Report not ready, and continue to serve.
    case drain
    /// Another process accepts from now on: end each connection with its next answer.
    case handOver
    /// Stop accepting, finish pending answers, and end.
    case close
    /// The page that the connection with this number waits for.
    case page(descriptor: Int32, number: UInt64, bytes: [UInt8])
}

/// Takes messages from any thread and wakes the loop, which sleeps in a system call.
final class LoopMailbox: Sendable {
    private let arrivals: EventCounter
    private let messages = Mutex<[LoopMessage]>([])

    init() throws(SystemError) {
        arrivals = try EventCounter()
    }

    /// Readable while there are messages.
    var descriptor: Int32 { arrivals.descriptor }

    func post(_ message: LoopMessage) {
        messages.withLock { $0.append(message) }
        arrivals.signal()
    }

    /// Removes and returns all messages, in the order of posting.
    func take() -> [LoopMessage] {
        arrivals.take()
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
