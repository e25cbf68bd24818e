import BlobFormat
import Mirrors
import Testing

@testable import Catalogs

@Suite struct CompactColumnsTests {
    @Test func keepsNumbersThatFitNoWord() {
        let values: [Int64] = [
            0, 1, -1, .max, .min, Int64(UInt32.max), Int64(UInt32.max) - 1, Int64(UInt32.max) - 2,
            1 << 40,
        ]
        var column = NarrowColumn<Int64>()
        for value in values { column.append(value) }
        #expect(Array(column) == values)
        for (index, value) in values.reversed().enumerated() { column[index] = value }
        #expect(Array(column) == values.reversed())
        var other = NarrowColumn<Int64>()
        for value in values.reversed() { other.append(value) }
        #expect(column == other)
        column.removeLast(7)
        other.removeLast(8)
        other.append(values[7])
        #expect(Array(column) == [1 << 40, values[7]])
        #expect(column == other)
        for value in values {
            #expect(Array(NarrowColumn(repeating: value, count: 3)) == [value, value, value])
        }
    }

    static let targets: [(path: String, target: String, shared: Int)] = [
        ("distfiles/a.tar", "ab/a.tar", 6), ("distfiles/a.tar", "a.tar", 5), ("a", "a", 1),
        ("a", "b", 0), ("a", "", 0), ("x/current", "2026", 0), ("b/aa", "aaaa", 2),
    ]

    @Test(arguments: targets)
    func keepsATargetByWhatItSharesWithThePath(path: String, target: String, shared: Int) {
        let (path, target) = (Array(path.utf8)[...], Array(target.utf8)[...])
        let record = TargetRecord(target, of: path)
        #expect(record.sharedByteCount == shared)
        #expect(record.start.count == target.count - shared)
        #expect(record.target(of: path) == Array(target))
        #expect(TargetRecord(sharing: shared, after: record.start) == record)
    }

    @Test func forgetsStringsFromTheEnd() {
        var column = ByteColumn()
        for text in ["a", "", "bcd", "e"] { column.append(text.utf8) }
        column.removeLast(2)
        column.append("f".utf8)
        #expect(
            (0..<column.count).map { String(decoding: column[$0], as: UTF8.self) } == [
                "a", "", "f",
            ]
        )
        #expect(column.equals([], at: 1) && !column.equals([], at: 2))
        #expect(column.equals([0x66], at: 2) && !column.equals([0x67], at: 2))
        column.removeLast(3)
        #expect(column.count == 0 && column == ByteColumn())
    }

    /// Another implementation of the writer may share less of the target than is possible.
    @Test func readsATargetThatIsWrittenInFull() throws {
        var catalog = Catalog(generation: 1)
        catalog.append(.make("d/b", kind: .symlink, modified: 0, target: "a/b", firstSeen: 0))
        // The end of the contents: shares 2 bytes of the target, then "a"; no digests, nothing
        // replaced.
        let content = try Catalog.blobType.open(catalog.encoded()).content
        #expect(content.suffix(6) == [2, 1, 0x61, 0, 0, 0])
        for (shared, start) in [(1, "a/"), (0, "a/b")] {
            let target = [UInt8(shared), UInt8(start.utf8.count)] + Array(start.utf8)
            let blob = Catalog.blobType.sealed(content.dropLast(6) + target + [0, 0, 0])
            #expect(try Catalog(decoding: blob) == catalog)
        }
    }

    @Test func rejectsAPathThatNoSystemTakes() throws {
        func blob(_ byteCount: Int) -> [UInt8] {
            var catalog = Catalog(generation: 1)
            catalog.append(.make(String(repeating: "a", count: byteCount)))
            return catalog.encoded()
        }
        #expect(try Catalog(decoding: blob(65_535)).count == 1)
        #expect(
            throws: BlobFormatError.valueOutOfRange(field: "path byte count", value: "65536")
        ) { try Catalog(decoding: blob(65_536)) }
    }
}
