import Mirrors
import Redirection

/// The open connections of a loop, and the order in which they are closed at the limit.
struct ConnectionTable: ~Copyable {
    /// At the places of their descriptors, which are small numbers.
    private var places: [Connection?] = []
    private(set) var count = 0
    /// How many there are of each network.
    private var counts: [IPAddress: Int] = [:]
    /// The next connections, the last one first, by network, and of all under nil; found out for
    /// many at once.
    private var victims: [IPAddress?: [Victim]] = [:]

    /// A connection, and its last activity when it was found.
    private struct Victim {
        let descriptor: Int32
        let number: UInt64
        let activeAt: Int64
    }

    /// The connection with this descriptor, if it is open.
    subscript(descriptor: Int32) -> Connection? {
        let place = Int(descriptor)
        return places.indices.contains(place) ? places[place] : nil
    }

    mutating func add(_ connection: Connection) {
        let place = Int(connection.socket.descriptor)
        while places.count <= place { places.append(nil) }
        places[place] = connection
        count += 1
        if let network = connection.network { counts[network, default: 0] += 1 }
    }

    mutating func remove(_ connection: Connection) {
        places[Int(connection.socket.descriptor)] = nil
        count -= 1
        guard let network = connection.network, let count = counts[network] else { return }
        counts[network] = count > 1 ? count - 1 : nil
        if count == 1 { victims[network] = nil }
    }

    /// How many connections `network` has.
    func count(of network: IPAddress) -> Int { counts[network] ?? 0 }

    /// Every connection, in no order; the table may change meanwhile.
    var all: [Connection] { places.compactMap { $0 } }

    /// The connection, of `network` or of all, on which nothing was answered for longest; nil when
    /// each waits for an answer of ours.
    ///
    /// What a client does meanwhile is no merit: with a byte now and then it would keep its place.
    /// Looking through ten thousand takes a millisecond, so one look finds the next few hundred,
    /// too.
    mutating func longestInactive(of network: IPAddress? = nil) -> Connection? {
        for isFresh in [false, true] {
            if isFresh { findVictims(of: network) }
            while let victim = victims[network]?.popLast() {
                // Some have gone since, or have been busy.
                guard let connection = self[victim.descriptor], connection.number == victim.number,
                    connection.activeAt == victim.activeAt, !connection.isOnHold
                else { continue }
                return connection
            }
        }
        return nil
    }

    private mutating func findVictims(of network: IPAddress?) {
        var found: [Victim] = []
        for case let connection? in places
        where (network == nil || connection.network == network) && !connection.isOnHold {
            found.append(
                Victim(
                    descriptor: connection.socket.descriptor,
                    number: connection.number,
                    activeAt: connection.activeAt
                )
            )
        }
        // Within one moment, the one that came first.
        found.sort { ($0.activeAt, $0.number) > ($1.activeAt, $1.number) }
        victims[network] = found.suffix(max(16, found.count / 64))
    }

    /// Forgets who goes next: others may have been inactive for longer by now.
    mutating func forgetVictims() {
        if !victims.isEmpty { victims = [:] }
    }
}
