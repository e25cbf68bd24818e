/// Rows of bits of one length, 64 to a word and the first in the lowest bit.
///
/// Rows come one by one; columns are read 64 at a time.
struct BitRows: Sendable {
    /// How many words each row has.
    let wordCount: Int
    private var rows: [[UInt64]] = []

    init(columnCount: Int) {
        wordCount = (columnCount + 63) / 64
    }

    /// Adds a row of `wordCount` words, whose bits behind the last column are clear, and returns
    /// its index.
    mutating func append(_ row: [UInt64]) -> Int {
        rows.append(row)
        return rows.count - 1
    }

    /// The number of rows.
    var count: Int { rows.count }

    /// The words of a row.
    subscript(row: Int) -> [UInt64] { rows[row] }

    func contains(_ column: Int, inRow row: Int) -> Bool {
        rows[row][column >> 6] >> UInt64(column & 63) & 1 == 1
    }

    /// The 64 columns of a word across some rows: for each 64 of the rows 64 words, the `j`-th of
    /// which holds in bit `i` what the `i`-th of them has in column `j`.
    ///
    /// Some 5 ns for each row: it is a transposition in blocks of 64 × 64 bits.
    func columns(ofWord word: Int, across indexes: [Int], into columns: inout [UInt64]) {
        columns.removeAll(keepingCapacity: true)
        for index in indexes { columns.append(rows[index][word]) }
        while !columns.count.isMultiple(of: 64) { columns.append(0) }
        for start in stride(from: 0, to: columns.count, by: 64) {
            var block = columns.mutableSpan
            Self.transpose(&block, from: start)
        }
    }

    /// Transposes 64 words in place by exchanging ever smaller quarters: Warren, Hacker's Delight
    /// (2nd edition, 2012), figure 7-6, here with the lowest bit first.
    private static func transpose(_ words: inout MutableSpan<UInt64>, from start: Int) {
        var width = 32
        var mask: UInt64 = 0x0000_0000_FFFF_FFFF
        while width > 0 {
            var index = 0
            while index < 64 {
                let first = start + index
                let exchange = (words[first] >> UInt64(width) ^ words[first + width]) & mask
                words[first] ^= exchange << UInt64(width)
                words[first + width] ^= exchange
                index = (index + width + 1) & ~width
            }
            width /= 2
            mask ^= mask << UInt64(width)
        }
    }
}

/// The numbers of the bits that are set in a word, from the lowest on.
struct BitPositions: Sequence, IteratorProtocol {
    private var rest: UInt64

    init(_ word: UInt64) {
        rest = word
    }

    mutating func next() -> Int? {
        guard rest != 0 else { return nil }
        defer { rest &= rest - 1 }
        return rest.trailingZeroBitCount
    }
}
