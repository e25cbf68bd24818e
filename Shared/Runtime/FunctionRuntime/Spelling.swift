import Bytes

/// Finds the intended name of a misspelt one.
package enum Spelling {
    /// The nearest of `names` to `text`; nil if none is near.
    ///
    /// Near means at most two letters off, or one if a name is shorter than six. A letter that is
    /// missing, extra, wrong or swapped with its neighbour counts as off; case does not count.
    package static func nearest(
        to text: String,
        among names: some Sequence<String>
    ) -> String? {
        let letters = folded(text)
        let used = set(of: letters)
        var best: (name: String, distance: Int)?
        for name in names {
            let limit = min(letters.count, name.utf8.count) < 6 ? 1 : 2
            guard abs(letters.count - name.utf8.count) <= limit else { continue }
            let other = folded(name)
            // A letter that is off adds one to the set, removes one from it, or both.
            guard (used ^ set(of: other)).nonzeroBitCount <= 2 * limit else { continue }
            let distance = distance(letters, other)
            guard distance <= limit, distance < best?.distance ?? .max else { continue }
            best = (name, distance)
        }
        return best?.name
    }

    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { $0.lowercasedASCII }
    }

    /// The letters used, as bits; a few letters share one.
    private static func set(of letters: [UInt8]) -> UInt64 {
        letters.reduce(0) { $0 | 1 << UInt64($1 & 63) }
    }

    /// The Damerau–Levenshtein distance in its restricted form: no letter is edited twice.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var older: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var cost = min(
                    last[column] + (isSame ? 0 : 1),
                    last[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    cost = min(cost, older[column - 1] + 1)
                }
                current.append(cost)
            }
            older = last
            last = current
        }
        return last[right.count]
    }
}
