import RegionMapFormat

// MARK: - The client's own network

extension Chooser {
    /// Considers those of `replicas` and `others` that serve the client's own network.
    ///
    /// They come before all others, unless the query names another place.
    @inline(__always)
    mutating func considerOwn(
        _ replicas: ReplicaSet,
        also others: [Int],
        in table: borrowing AccessPointTable
    ) {
        guard !table.networks.isEmpty, !namesPlace else { return }
        considerNetworks(replicas, also: others, in: table)
    }

    @inline(never)
    private mutating func considerNetworks(
        _ replicas: ReplicaSet,
        also others: [Int],
        in table: borrowing AccessPointTable
    ) {
        var matches = NetworkTable.Matches()
        while let match = matches.next(in: table.networks, for: client) {
            guard replicas.contains(match.accessPoint) || others.contains(match.accessPoint) else {
                continue
            }
            consider(match, in: table)
        }
        noteOwn(in: table)
    }

    /// Considers all access points that serve the client's own network.
    package mutating func considerOwn(in table: borrowing AccessPointTable) {
        guard !table.networks.isEmpty, !namesPlace else { return }
        var matches = NetworkTable.Matches()
        while let match = matches.next(in: table.networks, for: client) {
            consider(match, in: table)
        }
        noteOwn(in: table)
    }

    private mutating func consider(
        _ match: NetworkTable.Match,
        in table: borrowing AccessPointTable
    ) {
        guard match.accessPoint < table.entries.count else { return }
        let entry = table.entries[match.accessPoint]
        take(
            entry,
            at: match.accessPoint,
            group: namedMirror == entry.seed ? 0 : match.specificity + 1,
            weight: entry.weight,
            in: table
        )
    }

    /// If the client's own network suffices, all other access points are ruled out.
    private mutating func noteOwn(in table: borrowing AccessPointTable) {
        if count == limit, !namesCountry, namedMirror == nil { noteFarthest(in: table) }
    }
}
