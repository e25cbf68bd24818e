import Linux
import Redirection
import Synchronization

/// What other threads tell a loop.
enum LoopMessage: Sendable {
    /// Answer from this one from now on.
    case snapshot(Snapshot)
    /// There are several regions, and this is whose they are.
    case regions(RegionTable)
    /// With several regions, answer from these from now on, by the region's number.
    case regionSnapshots([Int: Snapshot])
    /// The map of a region, by its number in the guessed regions or the real ones, was loaded, or
    /// there is none.
    case region(Int, isGuess: Bool, Snapshot?)
    /// The details of a generation were loaded, or cannot be had at the moment.
    case details(generation: UInt32, areMissing: Bool)
    /// Storage was looked at: be ready, whatever there was.
    case looked
    /// Say no when asked for readiness, and go on.
    case drain
    /// Another process accepts from now on: end each connection with its next answer.
    case handOver
    /// Stop accepting, finish what is under way, and end.
    case close
    /// The page that the connection with this number waits for.
    case page(descriptor: Int32, number: UInt64, bytes: [UInt8])
}

/// Takes messages from any thread and wakes the loop, which is asleep in a system call.
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

    /// All messages, in the order they were posted.
    func take() -> [LoopMessage] {
        arrivals.take()
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
