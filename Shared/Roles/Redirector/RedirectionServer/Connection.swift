import Linux
import Mirrors
import Redirection

/// One connection, as the loop knows it.
///
/// Whatever happens in a turn is one access to `exchange`: Swift checks at each access to a
/// property of an object that nobody else is at it, and ten of these would cost as much as to parse
/// a request.
final class Connection {
    let socket: StreamSocket
    /// Never used twice in one loop, unlike the descriptor.
    let number: UInt64
    /// The network that the connection counts for; nil for a trusted proxy's.
    let network: IPAddress?
    /// How the loop watches the socket; nil as long as it does not.
    var interest: Epoll.Events?
    /// The page it waits for.
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

    /// When the connection ends if nothing happens; by ``Clock/milliseconds()``.
    var deadline: Int64 { exchange.deadline }
    /// When something was last answered, or the client took bytes; at first when it came.
    var activeAt: Int64 { exchange.activeAt }
    /// Whether no request is under way.
    var isIdle: Bool { exchange.isIdle }
    /// Whether it waits for an answer that is made elsewhere, or for what that takes.
    var isOnHold: Bool { exchange.isOnHold }
}
