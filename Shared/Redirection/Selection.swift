import Mirrors

/// The best access points for one client and one file, best first.
///
/// Fed with the candidates in the map's order (rank ascending), and ended by ``finish(in:)``. Kept in
/// a buffer that serves one request after the other: a choice allocates nothing, but where a mirror's
/// share is capped.
package struct Selection: Sendable {
    /// How many are kept at most for a redirect: the one to go to and 15 duplicates.
    package static let capacity = 16

    private struct Place: Sendable {
        var accessPoint: UInt32 = 0
        /// The seed of the mirror, which tells it from others.
        var mirror: UInt64 = 0
        /// 0 in the country that comes first, else 1; then the rank.
        ///
        /// Smaller is better; 0 alone is the mirror that was asked for.
        var group: UInt64 = 0
        /// The rendezvous draw.
        ///
        /// Smaller is better among equals.
        var draw = 0.0
        /// Whether the scheme is not the client's own; decides between two URLs of one mirror.
        var changesScheme = false

        func precedes(_ other: Place) -> Bool {
            if group != other.group { return group < other.group }
            if draw != other.draw { return draw < other.draw }
            if changesScheme != other.changesScheme { return other.changesScheme }
            return accessPoint < other.accessPoint
        }
    }

    private var client = Client(address: nil)
    private var key: UInt64 = 0
    private var limit = 1
    /// The mirror that was asked for and those that were not wanted, by their seeds.
    private var wishedMirror: UInt64?
    private var avoided: [UInt64] = []
    /// Whose mirrors come first: the country that was asked for, or else the client's own.
    private(set) var country: CountryLetters?
    /// As many as are kept at most; an array and not an inline one, which is copied to be read.
    private var places: [Place]
    /// With caps, every mirror that may be chosen: who is in depends on all of them.
    private var capped: [Place] = []
    /// How many have been chosen.
    package private(set) var count = 0
    /// How many were considered and may not be chosen.
    package private(set) var excludedCount = 0

    /// A selection that keeps up to `capacity` access points.
    package init(capacity: Int = capacity) {
        places = [Place](repeating: Place(), count: max(capacity, 1))
    }

    /// Begins a choice of up to `limit` access points for `client`; `key` is
    /// ``Rendezvous/key(network:path:)``.
    package mutating func begin(
        for client: Client,
        key: UInt64,
        limit: Int,
        wishes: Wishes? = nil
    ) {
        self.client = client
        self.key = key
        self.limit = min(max(limit, 1), places.count)
        wishedMirror = wishes?.mirror
        avoided = wishes?.avoided ?? []
        country = wishes?.country ?? client.country
        count = 0
        excludedCount = 0
        capped.removeAll(keepingCapacity: true)
    }

    package var isEmpty: Bool { count == 0 }

    /// The index of the choice at `position`, 0 being the best.
    package func accessPoint(at position: Int) -> Int {
        Int(places[position].accessPoint)
    }

    /// Whether the choice at `position` is of the country that comes first, or was asked for by name.
    package func isPreferred(at position: Int) -> Bool {
        places[position].group < Self.foreign
    }

    /// The draw of the choice at `position`.
    package func draw(at position: Int) -> Double {
        places[position].draw
    }

    /// Considers the candidate at `index`; false when no later one of the map's order can change the
    /// choice, or when the table has no such access point.
    ///
    /// `rank` is that for clients of the country that comes first; nil where the table's own counts.
    @inline(__always)
    package mutating func consider(
        _ index: Int,
        rank: UInt8? = nil,
        in table: AccessPointTable
    ) -> Bool {
        guard table.entries.indices.contains(index) else { return false }
        let entry = table.entries[index]
        let isForeign = country == nil || entry.country != country
        let nearness = rank.map { UInt64($0) } ?? UInt64(entry.rank)
        var group = nearness + 1 | (isForeign ? Self.foreign : 0)
        if wishedMirror == entry.seed { group = 0 }
        if count == limit, group > places[limit - 1].group {
            // What follows is farther; only one of the right country or name could be better.
            return country != nil || wishedMirror != nil
        }
        guard table.exclusion(of: entry, for: client, avoiding: avoided) == nil else {
            excludedCount += 1
            return true
        }
        var place = Place(
            accessPoint: UInt32(truncatingIfNeeded: index),
            mirror: entry.seed,
            group: group,
            changesScheme: entry.isHTTPS != client.isHTTPS
        )
        if table.hasShareCaps {
            collect(place)
            return true
        }
        if let earlier = position(of: entry.seed) {
            // Two URLs of one mirror: the draw is the same, and one of them is enough.
            place.draw = places[earlier].draw
            if place.precedes(places[earlier]) { move(place, to: earlier) }
            return true
        }
        place.draw = Rendezvous.draw(key: key, seed: entry.seed, weight: entry.weight)
        if count < limit {
            count += 1
        } else if !place.precedes(places[limit - 1]) {
            return true
        }
        move(place, to: count - 1)
        return true
    }

    /// Set in the group of those that are not of the country that comes first.
    private static let foreign: UInt64 = 1 << 33

    private func position(of mirror: UInt64) -> Int? {
        for position in 0..<count where places[position].mirror == mirror { return position }
        return nil
    }

    /// Puts `place` where it belongs at or before `position`, whose own place is given up.
    private mutating func move(_ place: Place, to position: Int) {
        var position = position
        while position > 0, place.precedes(places[position - 1]) {
            places[position] = places[position - 1]
            position -= 1
        }
        places[position] = place
    }

    /// Puts the first `attempts` of the chosen ones behind the others, for a client that got nothing
    /// from them.
    package mutating func passOver(_ attempts: Int) {
        guard count > 1 else { return }
        let first = attempts % count
        guard first > 0 else { return }
        // Three reversals rotate in place.
        places[..<first].reverse()
        places[first..<count].reverse()
        places[..<count].reverse()
    }
}

// MARK: - Capped shares

extension Selection {
    /// Keeps `place`, or the better one of it and the same mirror's other URL.
    private mutating func collect(_ place: Place) {
        // The URLs of a mirror mostly follow one another.
        let earlier = capped.lastIndex { $0.mirror == place.mirror }
        guard let earlier else {
            capped.append(place)
            return
        }
        if place.precedes(capped[earlier]) { capped[earlier] = place }
    }

    /// Ends the choice, after the last candidate was considered.
    ///
    /// Without caps there is nothing to do. With them each group of equals shares out by weight what the
    /// groups before it left over, but no mirror gets more than its cap of all requests. What a group
    /// cannot take is a contender of its own: where that draws best, the request goes on to the
    /// next group, and who drew behind it is left out. So the caps hold without a counter anywhere, and
    /// the same request meets the same mirror.
    package mutating func finish(in table: AccessPointTable) {
        guard !capped.isEmpty else { return }
        capped.sort { $0.precedes($1) }
        /// The part of all requests that no group so far has taken.
        var left = 1.0
        var start = 0
        while start < capped.count {
            let group = capped[start].group
            let end = capped[start...].firstIndex { $0.group != group } ?? capped.count
            left = drawGroup(start..<end, in: table, left: left)
            start = end
        }
        capped.sort { $0.precedes($1) }
        for place in capped {
            if place.draw == .infinity {
                excludedCount += 1
            } else if count < limit {
                places[count] = place
                count += 1
            }
        }
    }

    /// Draws for the equals in `range`; returns what they leave of `left`.
    ///
    /// Who is left out for its share has drawn infinity.
    private mutating func drawGroup(
        _ range: Range<Int>,
        in table: AccessPointTable,
        left: Double
    ) -> Double {
        let entries = capped[range].map { table.entries[Int($0.accessPoint)] }
        // Where nothing is left the members are duplicates only, in the order of their weights.
        let shares =
            left > 0
            ? ShareCaps.shares(of: entries.map(\.weight), under: entries.map { $0.maxShare / left })
            : entries.map(\.weight)
        let overflow = left > 0 ? 1 - shares.reduce(0, +) : 0
        // What rounding leaves is no overflow.
        let overflows = overflow > 1e-9
        let limit =
            overflows
            ? Rendezvous.draw(
                key: key,
                seed: capped[range.lowerBound].group &* 0xD6E8_FEB8_6659_FD93,
                weight: overflow
            ) : .infinity
        for (index, share) in zip(range, shares) {
            let draw =
                share > 0
                ? Rendezvous.draw(key: key, seed: capped[index].mirror, weight: share) : .infinity
            capped[index].draw = draw < limit ? draw : .infinity
        }
        return overflows ? left * overflow : 0
    }
}
