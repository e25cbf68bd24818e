import TestSupport
import Testing

@testable import MapBuilding

@Suite struct BitRowsTests {
    /// Rows and columns at word boundaries and next to them.
    @Test(
        arguments: [(rows: 1, columns: 1), (63, 65), (64, 64), (65, 63), (129, 200), (460, 64)]
    )
    func columnsAreTheTransposedRows(rowCount: Int, columnCount: Int) {
        var random = SeededGenerator(seed: UInt64(rowCount * 1000 + columnCount))
        var rows = BitRows(columnCount: columnCount)
        for index in 0..<rowCount {
            let words = (0..<rows.wordCount).map { word in
                let bits = UInt64.random(in: 0 ... .max, using: &random)
                let rest = columnCount - word * 64
                return rest < 64 ? bits & (1 << UInt64(rest) - 1) : bits
            }
            #expect(rows.append(words) == index)
        }
        // Some of the rows, in a shuffled order.
        let across = (0..<rowCount).shuffled(using: &random).prefix(max(1, rowCount * 3 / 4))
        var columns: [UInt64] = []
        for word in 0..<rows.wordCount {
            rows.columns(ofWord: word, across: Array(across), into: &columns)
            #expect(columns.count == (across.count + 63) / 64 * 64)
            for bit in 0..<64 {
                let column = word * 64 + bit
                let expected = across.enumerated().compactMap { place, row in
                    column < columnCount && rows.contains(column, inRow: row) ? place : nil
                }
                let found = stride(from: 0, to: columns.count, by: 64).flatMap { start in
                    BitPositions(columns[start + bit]).map { start + $0 }
                }
                #expect(found == expected, "column \(column)")
            }
        }
    }

    @Test(
        arguments: [(0, []), (1, [0]), (0x8000_0000_0000_0005, [0, 2, 63])] as [(UInt64, [Int])]
    )
    func setBitsAreListedFromTheLowest(word: UInt64, bits: [Int]) {
        #expect(Array(BitPositions(word)) == bits)
    }
}
