// MARK: - Capped shares

extension Chooser {
    /// Keeps `choice`, or the better of it and the same mirror's other URL.
    @inline(never)
    mutating func collect(_ choice: Selection.Choice) {
        // The URLs of a mirror are usually adjacent.
        let earlier = capped.lastIndex { $0.mirror == choice.mirror }
        guard let earlier else {
            capped.append(choice)
            return
        }
        if choice.precedes(capped[earlier]) { capped[earlier] = choice }
    }

    /// Chooses from the collected choices.
    ///
    /// Each group of equals distributes by weight what the groups before it left over, but no
    /// mirror gets more than its cap of all requests. What a group cannot take is a contender of
    /// its own: if it has the best draw, the request goes on to the next group, and the mirrors
    /// that drew behind it are left out. So the caps need no counter, and the same request
    /// gets the same mirror.
    @inline(never)
    mutating func shareOut(in table: AccessPointTable) {
        capped.sort { $0.precedes($1) }
        /// The fraction of all requests that no group has taken so far.
        var left = 1.0
        var start = 0
        while start < capped.count {
            let group = capped[start].group
            let end = capped[start...].firstIndex { $0.group != group } ?? capped.count
            left = drawGroup(start..<end, in: table, left: left)
            start = end
        }
        capped.sort { $0.precedes($1) }
        for choice in capped {
            if choice.uniform == 0 {
                excludedCount += 1
            } else if count < limit {
                choices[count] = choice
                count += 1
            }
        }
    }

    /// Draws for the equals in `range`; returns what they leave of `left`.
    ///
    /// A mirror that is left out because of its share has no draw.
    private mutating func drawGroup(
        _ range: Range<Int>,
        in table: AccessPointTable,
        left: Double
    ) -> Double {
        let weights = capped[range].map { $0.weight }
        // If nothing is left, the members are only duplicates, in the order of their weights.
        let shares =
            left > 0
            ? ShareCaps.shares(
                of: weights,
                under: capped[range].map { table.entries[$0.accessPoint].maxShare / left }
            )
            : weights
        let overflow = left > 0 ? 1 - shares.reduce(0, +) : 0
        // A rounding error is not an overflow.
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
