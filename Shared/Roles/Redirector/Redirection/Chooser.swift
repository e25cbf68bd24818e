import Bytes
import Mirrors
import RegionMapFormat

/// Makes the choice for one client and one file.
///
/// Fed with the candidates in the map's order (rank ascending), and ended by ``finish(in:into:)``.
package struct Chooser: ~Copyable {
    let client: Client
    let key: UInt64
    private let pathHash: UInt64?
    let limit: Int
    /// What keeps an access point from this client.
    private let obstacles: AccessPointTable.Obstacles
    /// The mirror that was asked for and those that were not wanted, by their seeds.
    let wishedMirror: UInt64?
    private let avoided: [UInt64]
    /// Whose mirrors come first: the country that was asked for, or else the client's own.
    let country: CountryLetters?
    /// Where the client is; nil where that is known by country alone.
    let place: GlobePoint?
    /// Whether mirrors of a country were asked for.
    let wishesCountry: Bool
    /// Whether the query asks for another place than the client's own.
    let wishesPlace: Bool
    /// The group that a candidate must not be beyond: that of the last place once all are taken.
    private var farthestGroup = UInt64.max
    /// What a candidate's cosine must not be below, for a client whose place is known; -3 is no
    /// limit.
    private var farthestCosine = -3.0
    /// The maximum time, in milliseconds.
    private var farthestTime = Double.infinity
    /// The last one that may be chosen of those considered.
    private var previous = Selection.Place(group: .max)
    /// The best so far, of which `count` count; the buffer of the selection.
    var places: [Selection.Place]
    /// With caps, every mirror that may be chosen: who is in depends on all of them.
    var capped: [Selection.Place] = []
    var count = 0
    var excludedCount = 0
    /// How many would be but for the way.
    private var farCount = 0

    /// Begins a choice of up to `limit` access points for `client`; `key` is
    /// `Rendezvous.key(network:path:)`, `pathHash` that by which doubts know the path.
    ///
    /// It has the buffer of `selection` until ``finish(in:into:)``.
    package init(
        for client: Client,
        key: UInt64,
        pathHash: UInt64? = nil,
        limit: Int,
        wishes: Wishes? = nil,
        into selection: inout Selection
    ) {
        self.client = client
        self.key = key
        self.pathHash = pathHash
        places = selection.takePlaces()
        self.limit = min(max(limit, 1), places.count)
        wishedMirror = wishes?.mirror
        avoided = wishes?.avoided ?? []
        country = wishes?.country ?? client.country
        place = wishes?.place ?? (wishes?.country == nil ? client.place : nil)
        wishesCountry = wishes?.country != nil
        wishesPlace = wishes?.country != nil || wishes?.place != nil
        obstacles = AccessPointTable.obstacles(for: client)
    }

    /// Considers the members of `replicas`, as far as they can change the choice.
    ///
    /// `ranks` are those for clients of the country that comes first; empty where the table's own
    /// count. The loop that every redirect pays for: a function of its own, into which the compiler
    /// then inlines what it calls.
    @inline(never)
    mutating func consider(
        _ replicas: inout ReplicaSet,
        ranks: RawSpan,
        in table: borrowing AccessPointTable
    ) {
        if ranks.isEmpty {
            while let run = replicas.nextRun() {
                for index in run { guard consider(index, in: table) else { return } }
            }
        } else {
            while let run = replicas.nextRun() {
                for index in run {
                    guard consider(index, rank: ranks.byte(at: index), in: table) else { return }
                }
            }
        }
    }

    /// Considers the candidate at `index`; false when no later one of the map's order can change
    /// the choice, or when the table has no such access point.
    ///
    /// `rank` is that for clients of the country that comes first; nil where the table's own
    /// counts.
    @inline(__always)
    package mutating func consider(
        _ index: Int,
        rank: UInt8? = nil,
        in table: borrowing AccessPointTable
    ) -> Bool {
        guard index >= 0, index < table.entries.count else { return false }
        let entry = table.entries[index]
        let isForeign = entry.country != country || country == nil
        let nearness = UInt64(rank.map { UInt32($0) } ?? entry.rank)
        var group = nearness + Selection.Place.nearest | (isForeign ? Selection.Place.foreign : 0)
        if let wishedMirror, wishedMirror == entry.seed { group = 0 }
        if group > farthestGroup {
            // What follows is farther; only one of the right country or name could be better.
            return country != nil || wishedMirror != nil
        }
        take(entry, at: index, group: group, weight: entry.weight, in: table)
        return true
    }

    /// Considers the members of `replicas` for a client at `place`: all of them, for the map's
    /// order says nothing about it.
    @inline(never)
    mutating func consider(
        _ replicas: inout ReplicaSet,
        from place: GlobePoint,
        in table: borrowing AccessPointTable
    ) {
        while let run = replicas.nextRun() {
            for index in run { consider(index, from: place, in: table) }
        }
    }

    /// Whether an index can spare candidates.
    ///
    /// Not where a wish may prefer a far one, nor where the shares of all depend on each other.
    func canUseIndex(of table: borrowing AccessPointTable) -> Bool {
        !wishesCountry && wishedMirror == nil && !table.hasShareCaps
    }

    /// Considers the members of `holders` for a client at `place` in the order of `index`; false
    /// where its list ended before it was sure that no other one is among the best.
    @inline(never)
    mutating func consider(
        _ holders: borrowing HolderBits,
        from place: GlobePoint,
        in table: borrowing AccessPointTable,
        by index: NearnessIndex
    ) -> Bool {
        let path = index.path(from: place)
        var end = Double.infinity
        for position in path.positions {
            let entry = index[position]
            if Double(entry.step) > end { return true }
            guard holders.contains(entry.accessPoint) else { continue }
            let earlier = farthestTime
            consider(entry.accessPoint, from: place, in: table)
            if farthestTime != earlier { end = path.step(at: farthestTime) }
        }
        return false
    }

    /// Considers the candidate at `index` for a client at `place`.
    ///
    /// Borders are nothing then, unless mirrors of a country were asked for.
    @inline(__always)
    package mutating func consider(
        _ index: Int,
        from place: GlobePoint,
        in table: borrowing AccessPointTable
    ) {
        guard index >= 0, index < table.entries.count, index < table.approaches.count else {
            return
        }
        let cosine = table.cosine(of: index, from: place)
        if client.reach.excludes(cosine) {
            noteTooFar(table.entries[index], in: table)
            return
        }
        // Three products rule out most of them.
        if farthestCosine > -3, !(cosine >= farthestCosine) { return }
        let band = table.approaches[index].band(atCosine: cosine, key: key)
        let entry = table.entries[index]
        let isPreferred = wishesCountry && entry.country == country
        var group = band + Selection.Place.nearest | (isPreferred ? 0 : Selection.Place.foreign)
        if let wishedMirror, wishedMirror == entry.seed { group = 0 }
        guard group <= farthestGroup else { return }
        let earlier = farthestGroup
        let weight = entry.weight * table.approaches[index].weightPart
        take(entry, at: index, group: group, weight: weight, in: table)
        if farthestGroup != earlier, !wishesCountry, wishedMirror == nil {
            noteFarthest(in: table)
        }
    }

    /// Counts a candidate that is out of reach, if it may be chosen at all.
    @inline(never)
    private mutating func noteTooFar(
        _ entry: AccessPointTable.Entry,
        in table: borrowing AccessPointTable
    ) {
        let reason = table.exclusion(of: entry, for: client, pathHash: pathHash, avoiding: avoided)
        if reason == nil { farCount &+= 1 } else { excludedCount &+= 1 }
    }

    /// Takes the time and the cosine that a candidate must not be beyond from the group that it
    /// must not.
    @inline(__always)
    mutating func noteFarthest(in table: borrowing AccessPointTable) {
        let group = farthestGroup & ~Selection.Place.foreign
        farthestTime =
            group >= Selection.Place.nearest
            ? Approach.mostMilliseconds(ofBand: group - Selection.Place.nearest, key: key) : 0
        farthestCosine = Approach.leastCosine(within: farthestTime, start: table.leastStart)
    }

    /// Takes in a candidate of `group`, if it may be chosen at all.
    @inline(__always)
    mutating func take(
        _ entry: AccessPointTable.Entry,
        at index: Int,
        group: UInt64,
        weight: Double,
        in table: borrowing AccessPointTable
    ) {
        if !entry.obstacles.isDisjoint(with: obstacles) || !avoided.isEmpty,
            table.exclusion(of: entry, for: client, pathHash: pathHash, avoiding: avoided) != nil
        {
            excludedCount &+= 1
            return
        }
        let changesScheme: UInt64 = entry.isHTTPS != client.isHTTPS ? 1 << 32 : 0
        let place = Selection.Place(
            mirror: entry.seed,
            group: group,
            weight: weight,
            tie: changesScheme | UInt64(UInt32(truncatingIfNeeded: index))
        )
        if table.hasShareCaps {
            collect(place)
            return
        }
        // The URLs of a mirror mostly follow one another, and the first one is no worse.
        if place.mirror == previous.mirror, group >= previous.group, place.tie > previous.tie {
            return
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
    }

    /// Ends the choice, after the last candidate was considered.
    package consuming func finish(in table: AccessPointTable, into selection: inout Selection) {
        if !capped.isEmpty { shareOut(in: table) }
        selection.take(
            places,
            count: count,
            excludedCount: excludedCount,
            farCount: farCount,
            key: key
        )
    }

    /// Draws for `place` and puts it where it belongs among the first `count` places, if that is
    /// within `limit`; returns how many there are then.
    ///
    /// Of two URLs of one mirror, whose draw is the same, the better one is enough.
    @inline(__always)
    private static func insert(
        _ place: Selection.Place,
        into places: inout [Selection.Place],
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
}
