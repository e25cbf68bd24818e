import Redirection

/// One connection, as the loop knows it.
///
/// Whatever happens in a turn is one access to `exchange`: Swift checks at each access to a property of
/// an object that nobody else is at it, and ten of these would cost as much as to parse a request.
final class Connection {
    let socket: StreamSocket
    /// Never used twice in one loop, unlike the descriptor.
    let number: UInt64
    /// How the loop watches the socket; nil as long as it does not.
    var interest: Epoll.Interest?
    var exchange: Exchange

    init(_ socket: StreamSocket, number: UInt64, peer: IPAddress?, deadline: Int64) {
        self.socket = socket
        self.number = number
        exchange = Exchange(through: socket, peer: peer, deadline: deadline)
    }

    /// When the connection ends if nothing happens; by ``Clock/milliseconds()``.
    var deadline: Int64 { exchange.deadline }
    /// Whether no request is under way.
    var isIdle: Bool { exchange.isIdle }
}
