/// Finds the intended name of a misspelt one.
package enum Spelling {
    /// The one of `names` that is nearest to `text`; nil where none is near.
    ///
    /// Near is at most two letters off, one where a name is shorter than six. A letter that is
    /// missing, too many, another one, or changed places with its neighbour is off; case is not.
    package static func nearest(
        to text: String,
        among names: some Sequence<String>
    ) -> String? {
        let letters = Array(text.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for name in names {
            let other = Array(name.lowercased().utf8)
            let limit = min(letters.count, other.count) < 6 ? 1 : 2
            guard abs(letters.count - other.count) <= limit else { continue }
            let distance = distance(letters, other)
            guard distance <= limit, distance < best?.distance ?? .max else { continue }
            best = (name, distance)
        }
        return best?.name
    }

    /// Damerau and Levenshtein's distance, in which no letter changes twice.
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
