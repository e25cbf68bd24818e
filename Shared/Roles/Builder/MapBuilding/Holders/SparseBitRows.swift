/// Rows of bits like ``BitRows`` of which only the words that are not 0 are kept: 12 bytes each.
///
/// Of 150,000 files, an access point lacks a few hundred for one reason: a row of all bits takes
/// 19 KB, these take 3. A row without a gap takes half as much again as one of ``BitRows``.
struct SparseBitRows: Sendable {
    fileprivate struct Row {
        /// Ascending.
        var places: [UInt32] = []
        /// The words at these places.
        var words: [UInt64] = []
    }

    private var rows: [Row] = []

    /// Appends a row, given with all its words.
    mutating func append(_ words: [UInt64]) {
        let count = words.count { $0 != 0 }
        var row = Row()
        row.places.reserveCapacity(count)
        row.words.reserveCapacity(count)
        for (place, word) in words.enumerated() where word != 0 {
            row.places.append(UInt32(place))
            row.words.append(word)
        }
        rows.append(row)
    }

    /// Sets the bits of a row in `union`, which is as long as the row.
    func add(_ row: Int, to union: inout [UInt64]) {
        for (place, word) in zip(rows[row].places, rows[row].words) { union[Int(place)] |= word }
    }

    /// Reads the columns of some rows from the first to the last.
    func columns(across indexes: [Int]) -> Columns {
        Columns(rows: indexes.map { rows[$0] })
    }

    /// The columns of some rows, 64 at a time.
    struct Columns {
        private let rows: [Row]
        /// For each row, the index of its first word that was not passed.
        private var next: [Int]

        fileprivate init(rows: [Row]) {
            self.rows = rows
            next = Array(repeating: 0, count: rows.count)
        }

        /// As ``BitRows/columns(ofWord:across:into:)``, for words in ascending order.
        mutating func read(word: Int, into columns: inout [UInt64]) {
            columns.removeAll(keepingCapacity: true)
            for index in rows.indices {
                var position = next[index]
                while position < rows[index].places.count, rows[index].places[position] < word {
                    position += 1
                }
                next[index] = position
                let isThere =
                    position < rows[index].places.count && rows[index].places[position] == word
                columns.append(isThere ? rows[index].words[position] : 0)
            }
            BitRows.transpose(&columns)
        }
    }
}
