import Bytes
import Mirrors
import RegionMapFormat

/// Makes the choice for one client and one file.
///
/// It considers candidates in the map's order (ascending rank), until ``finish(in:into:)``.
package struct Chooser: ~Copyable {
    let client: Client
    let key: UInt64
    private let pathHash: UInt64?
    let limit: Int
    /// What excludes an access point for this client.
    private let exclusionFlags: AccessPointTable.ExclusionFlags
    /// The mirror requested by name, and those to avoid, by their seeds.
    let namedMirror: UInt64?
    private let avoided: [UInt64]
    /// The country whose mirrors come first: the requested one, or else the client's own.
    let country: CountryLetters?
    /// The client's place; nil if only its country is known.
    let place: GlobePoint?
    /// Whether mirrors of a certain country were requested.
    let namesCountry: Bool
    /// Whether the query names another place than the client's own.
    let namesPlace: Bool
    /// The worst group that still qualifies: that of the last choice once all are taken.
    private var farthestGroup = UInt64.max
    /// The minimum cosine of a candidate, for a client whose place is known; -3 is no limit.
    private var farthestCosine = -3.0
    /// The maximum time, in milliseconds.
    private var farthestTime = Double.infinity
    /// The last candidate that qualified.
    private var previous = Selection.Choice(group: .max)
    /// The best so far, of which `count` are valid; the buffer of the selection.
    var choices: [Selection.Choice]
    /// If there are caps, every mirror that may be chosen, because the result depends on all of
    /// them.
    var capped: [Selection.Choice] = []
    var count = 0
    var excludedCount = 0
    /// The number of candidates excluded only by distance.
    private var farCount = 0

    /// Begins a choice of up to `limit` access points for `client`; `key` is
    /// `Rendezvous.key(network:path:)`, `pathHash` the hash of the path for doubts.
    ///
    /// It takes the buffer of `selection` until ``finish(in:into:)``.
    package init(
        for client: Client,
        key: UInt64,
        pathHash: UInt64? = nil,
        limit: Int,
        preferences: Preferences? = nil,
        into selection: inout Selection
    ) {
        self.client = client
        self.key = key
        self.pathHash = pathHash
        choices = selection.takeChoices()
        self.limit = min(max(limit, 1), choices.count)
        namedMirror = preferences?.mirror
        avoided = preferences?.avoided ?? []
        country = preferences?.country ?? client.country
        place = preferences?.place ?? (preferences?.country == nil ? client.place : nil)
        namesCountry = preferences?.country != nil
        namesPlace = preferences?.country != nil || preferences?.place != nil
        exclusionFlags = AccessPointTable.exclusionFlags(for: client)
    }

    /// Considers the members of `replicas`, as far as they can change the choice.
    ///
    /// `ranks` are those for clients of the preferred country; empty to use the table's own. Every
    /// redirect pays for this loop, so it is a separate function, into which the compiler inlines
    /// its callees.
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

    /// Considers the candidate at `index`; false if no later one in the map's order can change the
    /// choice, or if the table has no such access point.
    ///
    /// `rank` is that for clients of the preferred country; nil to use the table's own.
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
        var group = nearness + Selection.Choice.nearest | (isForeign ? Selection.Choice.foreign : 0)
        if let namedMirror, namedMirror == entry.seed { group = 0 }
        if group > farthestGroup {
            // The rest is farther away; only the right country or name could make one better.
            return country != nil || namedMirror != nil
        }
        take(entry, at: index, group: group, weight: entry.weight, in: table)
        return true
    }

    /// Considers the members of `replicas` for a client at `place`: all of them, because the map's
    /// order does not apply there.
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

    /// Whether an index can save work.
    ///
    /// Not if a preference may prefer a distant candidate, nor if all shares depend on each other.
    func canUseIndex(of table: borrowing AccessPointTable) -> Bool {
        !namesCountry && namedMirror == nil && !table.hasShareCaps
    }

    /// Considers the members of `holders` for a client at `place` in the order of `index`; false if
    /// the list ended before all others were ruled out.
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
    /// Countries don't matter then, unless mirrors of a country were requested.
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
        // Three multiplications rule out most of them.
        if farthestCosine > -3, !(cosine >= farthestCosine) { return }
        let band = table.approaches[index].band(atCosine: cosine, key: key)
        let entry = table.entries[index]
        let isPreferred = namesCountry && entry.country == country
        var group = band + Selection.Choice.nearest | (isPreferred ? 0 : Selection.Choice.foreign)
        if let namedMirror, namedMirror == entry.seed { group = 0 }
        guard group <= farthestGroup else { return }
        let earlier = farthestGroup
        let weight = entry.weight * table.approaches[index].weightPart
        take(entry, at: index, group: group, weight: weight, in: table)
        if farthestGroup != earlier, !namesCountry, namedMirror == nil {
            noteFarthest(in: table)
        }
    }

    /// Counts a candidate that is out of reach, if it would otherwise qualify.
    @inline(never)
    private mutating func noteTooFar(
        _ entry: AccessPointTable.Entry,
        in table: borrowing AccessPointTable
    ) {
        let reason = table.exclusion(of: entry, for: client, pathHash: pathHash, avoiding: avoided)
        if reason == nil { farCount &+= 1 } else { excludedCount &+= 1 }
    }

    /// Derives the time and the cosine limits from the worst group that still qualifies.
    @inline(__always)
    mutating func noteFarthest(in table: borrowing AccessPointTable) {
        let group = farthestGroup & ~Selection.Choice.foreign
        farthestTime =
            group >= Selection.Choice.nearest
            ? Approach.mostMilliseconds(ofBand: group - Selection.Choice.nearest, key: key) : 0
        farthestCosine = Approach.leastCosine(within: farthestTime, start: table.leastStart)
    }

    /// Adds a candidate of `group`, if it qualifies.
    @inline(__always)
    mutating func take(
        _ entry: AccessPointTable.Entry,
        at index: Int,
        group: UInt64,
        weight: Double,
        in table: borrowing AccessPointTable
    ) {
        if !entry.exclusionFlags.isDisjoint(with: exclusionFlags) || !avoided.isEmpty,
            table.exclusion(of: entry, for: client, pathHash: pathHash, avoiding: avoided) != nil
        {
            excludedCount &+= 1
            return
        }
        let changesScheme: UInt64 = entry.isHTTPS != client.isHTTPS ? 1 << 32 : 0
        let choice = Selection.Choice(
            mirror: entry.seed,
            group: group,
            weight: weight,
            tie: changesScheme | UInt64(UInt32(truncatingIfNeeded: index))
        )
        if table.hasShareCaps {
            collect(choice)
            return
        }
        // The URLs of a mirror are usually adjacent, and the first one is no worse.
        if choice.mirror == previous.mirror, group >= previous.group, choice.tie > previous.tie {
            return
        }
        previous = choice
        count = Self.insert(
            choice,
            into: &choices,
            count: count,
            limit: limit,
            key: key
        )
        if count == limit { farthestGroup = choices[limit - 1].group }
    }

    /// Ends the choice after the last candidate.
    package consuming func finish(in table: AccessPointTable, into selection: inout Selection) {
        if !capped.isEmpty { shareOut(in: table) }
        selection.take(
            choices,
            count: count,
            excludedCount: excludedCount,
            farCount: farCount,
            key: key
        )
    }

    /// Draws for `choice` and inserts it among the first `count` choices, if it comes within
    /// `limit`; returns the new count.
    ///
    /// Of two URLs of one mirror, which have the same draw, only the better one is kept.
    @inline(__always)
    private static func insert(
        _ choice: Selection.Choice,
        into choices: inout [Selection.Choice],
        count: Int,
        limit: Int,
        key: UInt64
    ) -> Int {
        var choice = choice
        var choices = choices.mutableSpan
        var position = 0
        while position < count, choices[position].mirror != choice.mirror { position &+= 1 }
        let isNew = position == count
        choice.uniform =
            isNew ? Rendezvous.uniform(key: key, seed: choice.mirror) : choices[position].uniform
        let isMore = isNew && count < limit
        if !isMore {
            // It replaces its mirror's other URL, or the last choice.
            if isNew { position &-= 1 }
            guard choice.precedes(choices[position]) else { return count }
        }
        while position > 0, choice.precedes(choices[position &- 1]) {
            choices[position] = choices[position &- 1]
            position &-= 1
        }
        choices[position] = choice
        return isMore ? count &+ 1 : count
    }
}
