/// Rows of bits of equal length, 64 to a word, the first in the lowest bit.
///
/// Rows are appended one by one; columns are read 64 at a time.
struct BitRows: Sendable {
    /// The number of words in each row.
    let wordCount: Int
    private var rows: [[UInt64]] = []

    init(columnCount: Int) {
        wordCount = (columnCount + 63) / 64
    }

    /// Appends a row of `wordCount` words and returns its index.
    ///
    /// Bits after the last column must be clear.
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

    /// The 64 columns of a word across the given rows.
    ///
    /// Each 64 rows give 64 words, and bit `i` of the `j`-th word is column `j` of the `i`-th of
    /// these rows.
    ///
    /// It costs about 5 ns a row: it transposes blocks of 64 × 64 bits.
    func columns(ofWord word: Int, across indexes: [Int], into columns: inout [UInt64]) {
        columns.removeAll(keepingCapacity: true)
        for index in indexes { columns.append(rows[index][word]) }
        Self.transpose(&columns)
    }

    /// Transposes words in blocks of 64, with zeros after the last.
    static func transpose(_ words: inout [UInt64]) {
        while !words.count.isMultiple(of: 64) { words.append(0) }
        for start in stride(from: 0, to: words.count, by: 64) {
            var block = words.mutableSpan
            transpose(&block, from: start)
        }
    }

    /// Transposes 64 words in place by exchanging ever smaller quarters, as in Warren, Hacker's
    /// Delight (2nd edition, 2012), figure 7-6, but with the lowest bit first.
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

/// The positions of the bits that are set in a word, in ascending order.
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
