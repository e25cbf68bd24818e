import BlobFormat
import TestSupport
import Testing

@testable import CheckStates

@Suite struct CompactColumnTests {
    private func written(_ column: CompactColumn) -> [UInt8] {
        var writer = ByteWriter()
        column.append(to: &writer)
        return writer.bytes
    }

    private func read(_ bytes: [UInt8], _ count: Int) throws -> CompactColumn {
        var reader = ByteReader(bytes[...])
        return try CompactColumn(count, "test", from: &reader)
    }

    /// Numbers that differ more and more from one another, while old ones disappear.
    @Test(arguments: [1, 2, 200, 255, 256, 257, 300, 70_000])
    func isAnArrayOfNumbers(distinctCount: Int) throws {
        var random = SeededGenerator(seed: UInt64(distinctCount))
        var column = CompactColumn()
        var numbers: [UInt64] = []
        let count = max(1_000, distinctCount * 5 / 4)
        column.grow(to: count / 2)
        numbers += Array(repeating: 0, count: count / 2)
        for round in 0..<3 {
            for index in 0..<distinctCount {
                let value = UInt64(round * distinctCount / 2 + index)
                let place = Int.random(in: 0..<numbers.count, using: &random)
                column[place] = value
                numbers[place] = value
            }
            column.grow(to: count / 2 + round * count / 4, 7)
            numbers += Array(repeating: 7, count: column.count - numbers.count)
        }
        #expect(column.count == numbers.count)
        #expect(numbers.indices.allSatisfy { column[$0] == numbers[$0] })
        #expect(numbers.allSatisfy(column.bounds.contains))
        let again = try read(written(column), column.count)
        #expect(again == column && again == CompactColumn(numbers))
        #expect(Set(again.distinct) == Set(numbers))
        // The same numbers give the same bytes, in whatever order they were added.
        #expect(written(again) == written(column))
    }

    @Test func numbersThatNoFileHasMakeRoom() {
        var column = CompactColumn()
        column.grow(to: 100)
        for value in 0..<10_000 { column[value % 100] = UInt64(value) }
        #expect(column.distinct.count <= 256)
        #expect((0..<100).allSatisfy { column[$0] == UInt64(9_900 + $0) })
    }

    @Test func threeColumnsBecomeOne() {
        var random = SeededGenerator(seed: 3)
        for (first, second, third) in [(1, 1, 1), (1, 3, 1), (7, 100, 200), (200, 200, 200)] {
            let parts = [first, second, third].map { limit in
                (0..<500).map { _ in UInt64.random(in: 0..<UInt64(limit), using: &random) }
            }
            let columns = parts.map { CompactColumn($0) }
            let joined = CompactColumn(columns[0], columns[1], columns[2]) {
                $0 | $1 << 8 | $2 << 16
            }
            #expect(joined.count == 500)
            for index in 0..<500 {
                #expect(
                    joined[index] == parts[0][index] | parts[1][index] << 8 | parts[2][index] << 16
                )
            }
        }
    }

    @Test func aMapChangesEveryNumber() {
        var column = CompactColumn([1, 2, 3, 2] as [UInt64])
        column.map { min($0, 2) }
        #expect(column == CompactColumn([1, 2, 2, 2] as [UInt64]))
        column[0] = 2
        #expect(written(column) == written(CompactColumn([2, 2, 2, 2] as [UInt64])))
    }
}
