import Mirrors
import Redirection

/// The open connections of a loop, and the order in which they are closed at the limit.
struct ConnectionTable: ~Copyable {
    /// Indexed by descriptor, which is a small number.
    private var slots: [Connection?] = []
    private(set) var count = 0
    /// The number of connections of each network.
    private var counts: [IPAddress: Int] = [:]
    /// The next connections to close, the last one first, for each network, and of all under nil;
    /// determined for many at once.
    private var victims: [IPAddress?: [Victim]] = [:]

    /// A connection with its last activity when it was listed.
    private struct Victim {
        let descriptor: Int32
        let number: UInt64
        let activeAt: Int64
    }

    /// The open connection with this descriptor, if any.
    subscript(descriptor: Int32) -> Connection? {
        let index = Int(descriptor)
        return slots.indices.contains(index) ? slots[index] : nil
    }

    mutating func add(_ connection: Connection) {
        let index = Int(connection.socket.descriptor)
        while slots.count <= index { slots.append(nil) }
        slots[index] = connection
        count += 1
        if let network = connection.network { counts[network, default: 0] += 1 }
    }

    mutating func remove(_ connection: Connection) {
        slots[Int(connection.socket.descriptor)] = nil
        count -= 1
        guard let network = connection.network, let count = counts[network] else { return }
        counts[network] = count > 1 ? count - 1 : nil
        if count == 1 { victims[network] = nil }
    }

    /// The number of connections from `network`.
    func count(of network: IPAddress) -> Int { counts[network] ?? 0 }

    /// All connections, in no order; the table may be changed during iteration.
    var all: [Connection] { slots.compactMap { $0 } }

    /// The connection, of `network` or of all, that was least recently answered; nil if all wait
    /// for an answer of ours.
    ///
    /// A client's own activity does not count: it could keep its connection with a byte now and
    /// then. Scanning ten thousand takes a millisecond, so one scan finds the next few hundred as
    /// well.
    mutating func longestInactive(of network: IPAddress? = nil) -> Connection? {
        for isFresh in [false, true] {
            if isFresh { findVictims(of: network) }
            while let victim = victims[network]?.popLast() {
                // Some have gone or become active since.
                guard let connection = self[victim.descriptor], connection.number == victim.number,
                    connection.activeAt == victim.activeAt, !connection.isWaiting
                else { continue }
                return connection
            }
        }
        return nil
    }

    private mutating func findVictims(of network: IPAddress?) {
        var found: [Victim] = []
        for case let connection? in slots
        where (network == nil || connection.network == network) && !connection.isWaiting {
            found.append(
                Victim(
                    descriptor: connection.socket.descriptor,
                    number: connection.number,
                    activeAt: connection.activeAt
                )
            )
        }
        // At the same time, the one that was accepted first.
        found.sort { ($0.activeAt, $0.number) > ($1.activeAt, $1.number) }
        victims[network] = found.suffix(max(16, found.count / 64))
    }

    /// Discards the list: others may have been inactive for longer by now.
    mutating func forgetVictims() {
        if !victims.isEmpty { victims = [:] }
    }
}
