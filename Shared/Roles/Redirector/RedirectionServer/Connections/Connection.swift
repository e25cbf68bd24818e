import Linux
import Mirrors
import Redirection

/// A connection, as the loop sees it.
///
/// ``Exchange/proceed(_:)`` is a single access to `exchange`: Swift checks every access to a
/// property of an object for exclusivity, and ten of these would cost as much as parsing a request.
final class Connection {
    let socket: StreamSocket
    /// Unique within a loop, unlike the descriptor.
    let number: UInt64
    /// The network that the connection counts towards; nil for a trusted proxy.
    let network: IPAddress?
    /// The events that the loop watches on the socket; nil if none.
    var interest: Epoll.Events?
    /// The page that it waits for.
    var page: PageQueue.Ticket?
    var exchange: Exchange

    init(
        _ socket: StreamSocket,
        number: UInt64,
        peer: IPAddress?,
        network: IPAddress?,
        time: Int64,
        deadline: Int64
    ) {
        self.socket = socket
        self.number = number
        self.network = network
        exchange = Exchange(through: socket, peer: peer, time: time, deadline: deadline)
    }

    /// The deadline without further activity; by ``Clock/milliseconds()``.
    var deadline: Int64 { exchange.deadline }
    /// When it was last answered or took bytes; at first when it was accepted.
    var activeAt: Int64 { exchange.activeAt }
    /// Whether no request is in progress.
    var isIdle: Bool { exchange.isIdle }
    /// Whether it waits for an answer made elsewhere, or for what the answer needs.
    var isWaiting: Bool { exchange.isWaiting }
}
