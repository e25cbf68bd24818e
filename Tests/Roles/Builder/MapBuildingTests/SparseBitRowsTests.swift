import TestSupport
import Testing

@testable import MapBuilding

@Suite struct SparseBitRowsTests {
    @Test(arguments: [1, 63, 64, 65, 300])
    func columnsAreThoseOfRowsWithAllWords(rowCount: Int) {
        var random = SeededGenerator(seed: UInt64(rowCount))
        let wordCount = 40
        var (dense, sparse) = (BitRows(columnCount: wordCount * 64), SparseBitRows())
        for row in 0..<rowCount {
            // From rows without a bit to rows without a gap.
            let words = (0..<wordCount).map { _ in
                Int.random(in: 0..<10, using: &random) < row % 11
                    ? UInt64.random(in: 0 ... .max, using: &random) : 0
            }
            _ = dense.append(words)
            sparse.append(words)
        }
        let across = (0..<rowCount).shuffled(using: &random)
        var columns = sparse.columns(across: across)
        var (found, expected): ([UInt64], [UInt64]) = ([], [])
        // Some words are skipped.
        for word in 0..<wordCount where word % 3 != 1 {
            columns.read(word: word, into: &found)
            dense.columns(ofWord: word, across: across, into: &expected)
            #expect(found == expected, "word \(word)")
        }
    }

    @Test func rowsAreUnitedWithOthers() {
        var rows = SparseBitRows()
        rows.append([0, 5, 0, 1 << 63])
        rows.append([2, 2, 0, 0])
        var union: [UInt64] = [1, 0, 0, 0]
        rows.add(0, to: &union)
        rows.add(1, to: &union)
        #expect(union == [3, 7, 0, 1 << 63])
    }
}
