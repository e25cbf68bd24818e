import RegionMapFormat

/// A section of health: records about access points, found by their ids.
package struct HealthSectionView: ~Escapable {
    static let headerByteCount = 16

    /// When its writer last wrote it, in seconds since 1970.
    package let writtenAt: Int64
    /// The number of records.
    package let count: Int
    private let recordByteCount: Int
    private let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, of kind: HealthSectionKind) throws(HealthError) {
        guard let writtenAt = bytes.integer(at: 0, as: Int64.self),
            let count = bytes.integer(at: 8, as: UInt32.self),
            let recordByteCount = bytes.integer(at: 12, as: UInt16.self),
            Int(recordByteCount) >= kind.leastRecordByteCount,
            UInt64(count) * UInt64(recordByteCount)
                <= UInt64(clamping: bytes.byteCount - Self.headerByteCount)
        else {
            throw .sectionOutOfBounds(kind: kind.rawValue)
        }
        self.bytes = bytes
        self.writtenAt = writtenAt
        self.count = Int(clamping: count)
        self.recordByteCount = Int(recordByteCount)
    }

    /// A section without records.
    @_lifetime(copy bytes)
    init(noneIn bytes: RawSpan) {
        self.bytes = bytes.extracting(first: 0)
        writtenAt = 0
        count = 0
        recordByteCount = 0
    }

    /// The hash for finding records.
    package static func hash(of id: RawSpan) -> UInt64 {
        PathHash.hash(id, seed: 0)
    }

    /// The index of the record about the access point with the id; nil if there is none.
    package func index(of id: RawSpan) -> Int? {
        index(of: id, hash: Self.hash(of: id))
    }

    /// The index of the record about the access point with the id, whose hash is known.
    ///
    /// It bisects the hashes, then compares the id itself.
    package func index(of id: RawSpan, hash: UInt64) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) / 2
            if self.hash(at: middle) < hash { low = middle &+ 1 } else { high = middle }
        }
        while low < count, self.hash(at: low) == hash {
            if isEqual(self.id(at: low), id) { return low }
            low &+= 1
        }
        return nil
    }

    /// The id of the access point of the record at `index`; empty if the bytes are invalid.
    @_lifetime(copy self)
    package func id(at index: Int) -> RawSpan {
        let record = record(at: index)
        return text(
            at: record.integer(at: 8, as: UInt32.self) ?? 0,
            byteCount: record.integer(at: 12, as: UInt16.self) ?? 0
        )
    }

    /// The bytes of the record at `index`.
    @_lifetime(copy self)
    func record(at index: Int) -> RawSpan {
        guard (0..<count).contains(index),
            let record = bytes.part(
                at: Self.headerByteCount + index * recordByteCount,
                byteCount: recordByteCount
            )
        else { return bytes.extracting(first: 0) }
        return record
    }

    /// Bytes after the records that a record refers to; empty if they are not in the section.
    @_lifetime(copy self)
    func part(at offset: UInt32, byteCount: UInt32) -> RawSpan {
        guard
            let part = bytes.part(at: Int(clamping: offset), byteCount: Int(clamping: byteCount))
        else { return bytes.extracting(first: 0) }
        return part
    }

    @_lifetime(copy self)
    func text(at offset: UInt32, byteCount: UInt16) -> RawSpan {
        part(at: offset, byteCount: UInt32(byteCount))
    }

    /// The hash by which the record at `index` is found; 0 if the bytes are invalid.
    package func hash(at index: Int) -> UInt64 {
        bytes.integer(at: Self.headerByteCount &+ index &* recordByteCount, as: UInt64.self) ?? 0
    }

    private func isEqual(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        var offset = 0
        while offset <= left.byteCount - 8 {
            guard left.integer(at: offset, as: UInt64.self) == right.integer(at: offset) else {
                return false
            }
            offset += 8
        }
        while offset < left.byteCount {
            guard left.integer(at: offset, as: UInt8.self) == right.integer(at: offset) else {
                return false
            }
            offset += 1
        }
        return true
    }
}
