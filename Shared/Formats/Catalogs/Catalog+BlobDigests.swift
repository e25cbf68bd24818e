import BlobFormat

// The end of a catalog blob: digests, and the earlier versions of replaced files.

extension ByteWriter {
    /// The digest sets in use, in order of first use; then each file's set, and the earlier
    /// versions.
    mutating func appendDigests(of catalog: Catalog) {
        let columns = catalog.columns
        let sets = columns.entries.digestSets
        let versions = columns.previousVersions.sorted { $0.key < $1.key }
        var order = SetOrder(setCount: sets.records.count)
        for number in columns.entries.digestNumbers { order.add(number) }
        for (_, version) in versions { order.add(version.digestNumber) }

        appendVarint(UInt64(order.numbers.count))
        for number in order.numbers { append(sets.record(number).first ?? 0) }
        for number in order.numbers { append(sets.record(number).dropFirst()) }
        var last: Int64 = 0
        for index in 0..<catalog.count {
            let position = Int64(order.position(of: columns.entries.digestNumber(at: index)))
            // Above the marker for none: the step from the previous set, which is usually 1.
            appendVarint(position == 0 ? 0 : 1 + zigzag(position - last))
            if position > 0 { last = position }
        }

        appendVarint(UInt64(versions.count))
        var next: UInt32 = 0
        for (id, version) in versions {
            appendVarint(UInt64(id - next))
            appendVarint(version.byteCount)
            appendSignedVarint(version.modifiedTime)
            appendVarint(UInt64(order.position(of: version.digestNumber)))
            appendSignedVarint(version.acceptableUntil)
            next = id + 1
        }
    }

    private func zigzag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value << 1) ^ (value >> 63))
    }
}

/// New numbers for the sets in use, in order of use.
private struct SetOrder {
    private(set) var numbers: [UInt32] = []
    private var positions: [UInt32]

    init(setCount: Int) {
        positions = Array(repeating: 0, count: setCount + 1)
    }

    mutating func add(_ number: UInt32) {
        guard number > 0, positions[Int(number)] == 0 else { return }
        numbers.append(number)
        positions[Int(number)] = UInt32(numbers.count)
    }

    /// Counted from 1; 0 for none.
    func position(of number: UInt32) -> UInt32 { positions[Int(number)] }
}

extension ByteReader {
    /// Reads what ``ByteWriter/appendDigests(of:)`` wrote; returns the earlier versions of replaced
    /// files.
    mutating func readDigests(
        into entries: inout EntryColumns
    ) throws(BlobFormatError) -> [UInt32: Catalog.StoredVersion] {
        let sets = try readDigestSets()
        let setCount = UInt64(sets.records.count)
        entries.setDigestSets(sets)
        var last: Int64 = 0
        for index in 0..<entries.count {
            let code = try readVarint()
            guard code > 0 else { continue }
            last &+= Int64(bitPattern: ((code - 1) >> 1) ^ (0 &- ((code - 1) & 1)))
            guard last > 0, last <= Int64(setCount) else {
                throw .valueOutOfRange(field: "digests of a file", value: "\(last)")
            }
            entries.setDigestNumber(UInt32(last), at: index)
        }

        let count = try readVarint(of: "replaced file count", atMost: UInt64(entries.count))
        var versions: [UInt32: Catalog.StoredVersion] = [:]
        versions.reserveCapacity(min(Int(count), remainingByteCount))
        var next: UInt64 = 0
        for _ in 0..<count {
            guard next < entries.count else {
                throw .valueOutOfRange(field: "replaced file", value: "\(next)")
            }
            let limit = UInt64(entries.count - 1) - next
            let id = next + (try readVarint(of: "step to replaced file", atMost: limit))
            versions[UInt32(id)] = Catalog.StoredVersion(
                byteCount: try readVarint(of: "byte count", atMost: .max - 1),
                modifiedTime: try readSignedVarint(),
                digestNumber: UInt32(try readVarint(of: "previous digests", atMost: setCount)),
                acceptableUntil: try readSignedVarint()
            )
            next = id + 1
        }
        return versions
    }

    private mutating func readDigestSets() throws(BlobFormatError) -> DistinctRecords {
        // The smallest set takes its mask and 32 bytes.
        let limit = UInt64(min(remainingByteCount / 33, Int(UInt32.max) - 1))
        let count = Int(try readVarint(of: "digest set count", atMost: limit))
        let masks = try readBytes(count)
        var sets = DistinctRecords()
        for mask in masks {
            guard let byteCount = Digests.byteCount(ofMask: mask) else {
                throw .valueOutOfRange(field: "digest algorithms", value: "\(mask)")
            }
            sets.append([mask] + (try readBytes(byteCount)))
        }
        return sets
    }
}
