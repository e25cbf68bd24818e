import Mirrors

/// The best access points for one client and one file, best first.
///
/// Fed with the candidates in the map's order (rank ascending), and ended by ``finish(in:)``. Kept in
/// a buffer that serves one request after the other: a choice allocates nothing, but where a mirror's
/// share is capped.
package struct Selection: ~Copyable, Sendable {
    /// How many are kept at most for a redirect: the one to go to and 15 duplicates.
    package static let capacity = 16

    private struct Place: Sendable {
        /// The seed of the mirror, which tells it from others.
        var mirror: UInt64 = 0
        /// 0 in the country that comes first, else 1; then the rank.
        ///
        /// Smaller is better; 0 alone is the mirror that was asked for.
        var group: UInt64 = 0
        /// What the draw is made of: a number between 0 and 1, and a weight; 0 is no draw at all.
        var uniform = 0.0
        var weight = 0.0
        /// Whether the scheme is not the client's own, in bit 32, and the access point below.
        ///
        /// The first decides between two URLs of one mirror.
        var tie: UInt64 = 0

        var accessPoint: Int { Int(tie & 0xFFFF_FFFF) }

        /// The rendezvous draw.
        ///
        /// Smaller is better among equals.
        var draw: Double { Rendezvous.draw(uniform, weight: weight) }

        @inline(__always)
        func precedes(_ other: Place) -> Bool {
            if group != other.group { return group < other.group }
            if weight == other.weight {
                // Most weights are equal, and then the logarithms need not be known.
                if uniform != other.uniform { return uniform > other.uniform }
            } else {
                let (draw, otherDraw) = (draw, other.draw)
                if draw != otherDraw { return draw < otherDraw }
            }
            return tie < other.tie
        }
    }

    private var client = Client(address: nil)
    private var key: UInt64 = 0
    private var limit = 1
    /// What keeps an access point from this client.
    private var obstacles: AccessPointTable.Obstacles = []
    /// The group that a candidate must not be beyond: that of the last place once all are taken.
    private var farthestGroup = UInt64.max
    /// The last one that may be chosen of those considered.
    private var previous = Place(group: .max)
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
        obstacles = AccessPointTable.obstacles(for: client)
        farthestGroup = .max
        previous = Place(group: .max)
        count = 0
        excludedCount = 0
        if !capped.isEmpty { capped.removeAll(keepingCapacity: true) }
    }

    package var isEmpty: Bool { count == 0 }

    /// The index of the choice at `position`, 0 being the best.
    package func accessPoint(at position: Int) -> Int {
        places[position].accessPoint
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
        in table: borrowing AccessPointTable
    ) -> Bool {
        guard index >= 0, index < table.entries.count else { return false }
        let entry = table.entries[index]
        let isForeign = country == nil || entry.country != country
        let nearness = rank.map { UInt64($0) } ?? UInt64(entry.rank)
        var group = nearness + 1 | (isForeign ? Self.foreign : 0)
        if let wishedMirror, wishedMirror == entry.seed { group = 0 }
        if group > farthestGroup {
            // What follows is farther; only one of the right country or name could be better.
            return country != nil || wishedMirror != nil
        }
        if !entry.obstacles.isDisjoint(with: obstacles) || !avoided.isEmpty,
            table.exclusion(of: entry, for: client, avoiding: avoided) != nil
        {
            excludedCount &+= 1
            return true
        }
        let changesScheme: UInt64 = entry.isHTTPS != client.isHTTPS ? 1 << 32 : 0
        let place = Place(
            mirror: entry.seed,
            group: group,
            weight: entry.weight,
            tie: changesScheme | UInt64(UInt32(truncatingIfNeeded: index))
        )
        if table.hasShareCaps {
            collect(place)
            return true
        }
        // The URLs of a mirror mostly follow one another, and the first one is no worse.
        if place.mirror == previous.mirror, group >= previous.group, place.tie > previous.tie {
            return true
        }
        previous = place
        count = Self.insert(
            place,
            into: &places,
            count: count,
            limit: limit,
            key: key
        )
        if count == limit { farthestGroup = places[limit - 1].group }
        return true
    }

    /// Set in the group of those that are not of the country that comes first.
    private static let foreign: UInt64 = 1 << 33

    /// Draws for `place` and puts it where it belongs among the first `count` places, if that is within
    /// `limit`; returns how many there are then.
    ///
    /// Of two URLs of one mirror, whose draw is the same, the better one is enough.
    @inline(__always)
    private static func insert(
        _ place: Place,
        into places: inout [Place],
        count: Int,
        limit: Int,
        key: UInt64
    ) -> Int {
        var place = place
        var places = places.mutableSpan
        var position = 0
        while position < count, places[position].mirror != place.mirror { position &+= 1 }
        let isNew = position == count
        place.uniform =
            isNew ? Rendezvous.uniform(key: key, seed: place.mirror) : places[position].uniform
        let isMore = isNew && count < limit
        if !isMore {
            // It gets the place of its mirror's other URL, or the last one.
            if isNew { position &-= 1 }
            guard place.precedes(places[position]) else { return count }
        }
        while position > 0, place.precedes(places[position &- 1]) {
            places[position] = places[position &- 1]
            position &-= 1
        }
        places[position] = place
        return isMore ? count &+ 1 : count
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
            if place.uniform == 0 {
                excludedCount += 1
            } else if count < limit {
                places[count] = place
                count += 1
            }
        }
    }

    /// Draws for the equals in `range`; returns what they leave of `left`.
    ///
    /// Who is left out for its share has no draw.
    private mutating func drawGroup(
        _ range: Range<Int>,
        in table: AccessPointTable,
        left: Double
    ) -> Double {
        let entries = capped[range].map { table.entries[$0.accessPoint] }
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
                Rendezvous.uniform(
                    key: key,
                    seed: capped[range.lowerBound].group &* 0xD6E8_FEB8_6659_FD93
                ),
                weight: overflow
            ) : .infinity
        for (index, share) in zip(range, shares) {
            let uniform = Rendezvous.uniform(key: key, seed: capped[index].mirror)
            let isIn = share > 0 && Rendezvous.draw(uniform, weight: share) < limit
            capped[index].uniform = isIn ? uniform : 0
            capped[index].weight = share
        }
        return overflows ? left * overflow : 0
    }
}
