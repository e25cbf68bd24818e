/// For one region: path → the access points that hold the file, best first.
///
/// A view of bytes that somebody else keeps, most often a mapped file. Opening it reads the header
/// only; looking a path up hashes it and touches four slots, and allocates nothing. All bytes may be
/// wrong: every read is checked, and damage that ``verifyChecksum()`` was not asked about gives a
/// wrong or no answer, never a trap. This file and its neighbours import nothing and compile as
/// Embedded Swift.
package struct RegionMap: ~Escapable {
    package let header: RegionMapHeader
    private let bytes: RawSpan
    private let pathSlots: RawSpan

    /// Opens the map in `bytes`, which must begin and end with it.
    ///
    /// The header is compared with its checksum and every section with the end of the map. The cost
    /// does not depend on the size of the map.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(RegionMapError) {
        header = try RegionMapHeader(bytes)
        self.bytes = bytes
        pathSlots = Self.section(header.pathSlots, of: bytes)
    }

    /// Opens the map in `bytes` again, with the header that an earlier opening of them returned.
    ///
    /// For readers that look up one path per request: it saves them the header's checksum.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, reopeningWith header: RegionMapHeader) throws(RegionMapError) {
        guard bytes.byteCount == header.mapByteCount else {
            throw .truncated(
                expectedByteCount: header.mapByteCount,
                actualByteCount: bytes.byteCount
            )
        }
        self.header = header
        self.bytes = bytes
        pathSlots = Self.section(header.pathSlots, of: bytes)
    }

    /// Compares everything behind the header with its checksum, at some gigabytes a second.
    package func verifyChecksum() throws(RegionMapError) {
        var checksum = CRC32()
        checksum.update(bytes.extracting(header.headerByteCount..<bytes.byteCount))
        guard checksum.value == header.bodyChecksum else {
            throw .bodyChecksumMismatch(expected: header.bodyChecksum, actual: checksum.value)
        }
    }

    /// The access points that hold the file at `path` (a directory's ends in a slash), or nil when
    /// the path is not known.
    ///
    /// A path that was not added when the map was written is taken for a known one once in 2^24.
    @_lifetime(copy self)
    package func replicas(of path: RawSpan) -> ReplicaSet? {
        let hash = PathHash.hash(path, seed: header.hashSeed)
        let key = header.pathTable.key(of: hash)
        guard let slot = header.pathTable.value(of: key, in: pathSlots) else { return nil }
        let codeBitCount = UInt64(header.codeBitCount)
        guard slot &>> codeBitCount == UInt64(key.fingerprint) else { return nil }
        let code = Int(truncatingIfNeeded: slot & ((1 &<< codeBitCount) &- 1))
        if code < header.baseSetCount { return replicaSet(at: code) }
        let rareKey = header.rareTable.key(of: hash)
        let rareSlots = Self.section(header.rareSlots, of: bytes)
        guard let number = header.rareTable.value(of: rareKey, in: rareSlots),
            number < UInt64(header.setCount - header.baseSetCount)
        else { return nil }
        return replicaSet(at: header.baseSetCount + Int(number))
    }

    /// The set with a number below the header's `setCount`; nil for others and in damaged bytes.
    @_lifetime(copy self)
    package func replicaSet(at number: Int) -> ReplicaSet? {
        guard number >= 0, number < header.setCount else { return nil }
        guard number >= header.baseSetCount else {
            guard let members = baseSet(at: number) else { return nil }
            return ReplicaSet(
                number: number,
                codes: bytes,
                base: members,
                difference: RegionMapHeader.Extent(),
                accessPointCount: header.accessPointCount
            )
        }
        guard var record = differenceRecord(of: number) else { return nil }
        // The first number of a record is that of its base, plus one; 0 is the empty set.
        var offset = record.offset
        guard record.byteCount > 0, let base = bytes.varint(at: &offset) else { return nil }
        var members = RegionMapHeader.Extent()
        if base > 0 {
            guard let found = baseSet(at: Int(base) - 1) else { return nil }
            members = found
        }
        record.byteCount -= offset - record.offset
        record.offset = offset
        return ReplicaSet(
            number: number,
            codes: bytes,
            base: members,
            difference: record,
            accessPointCount: header.accessPointCount
        )
    }

    /// The access point with an index below the header's `accessPointCount`; nil for others.
    package func accessPoint(at index: Int) -> RegionMapAccessPoint<RegionMapText>? {
        guard index >= 0, index < header.accessPointCount else { return nil }
        let records = Self.section(header.accessPoints, of: bytes)
        guard
            let record = records.part(
                at: index * header.recordByteCount,
                byteCount: header.recordByteCount
            )
        else { return nil }
        return RegionMapAccessPoint(record: record)
    }

    /// How clients of `country` rank the access points: one byte for each, in their order; or nil
    /// where the map has none and the records' ranks count.
    ///
    /// 0 is best, equal bytes are equals.
    @_lifetime(copy self)
    package func ranks(for country: RegionMapCountry) -> RawSpan? {
        let section = Self.section(header.countryRanks, of: bytes)
        for index in 0..<header.countryCount
        where section.integer(at: index * 2, as: UInt16.self) == country.rawValue {
            let start = header.countryCount * 2 + index * header.accessPointCount
            return section.part(at: start, byteCount: header.accessPointCount)
        }
        return nil
    }

    /// The bytes of a text of this map, UTF-8; nil when it leads out of the map's strings.
    @_lifetime(copy self)
    package func bytes(of text: RegionMapText) -> RawSpan? {
        Self.section(header.strings, of: bytes)
            .part(at: Int(clamping: text.offset), byteCount: Int(text.byteCount))
    }

    /// The bytes of the region's id, UTF-8.
    package var regionID: RawSpan {
        @_lifetime(copy self)
        get {
            guard let id = bytes(of: header.regionID) else { return bytes.extracting(last: 0) }
            return id
        }
    }
}

extension RegionMap {
    /// Where the code of the base set `number` is, by the offsets that begin the section.
    private func baseSet(at number: Int) -> RegionMapHeader.Extent? {
        guard number < header.baseSetCount else { return nil }
        let entry = header.baseSets.offset + number * 4
        guard let start = bytes.integer(at: entry, as: UInt32.self),
            let end = bytes.integer(at: entry + 4, as: UInt32.self)
        else { return nil }
        return header.baseSets.part(at: UInt64(start), byteCount: end &- start)
    }

    /// Where the record of the set `number` is, by its length class.
    ///
    /// Sets are numbered in the order of the length of their records, so that a handful of classes
    /// stand in for an offset per set.
    private func differenceRecord(of number: Int) -> RegionMapHeader.Extent? {
        let classes = header.differenceSets.offset
        // The last class that begins at or before the number.
        var low = 0
        var high = header.lengthClassCount
        while low < high {
            let middle = (low + high) / 2
            guard let first = bytes.integer(at: classes + middle * 12, as: UInt32.self) else {
                return nil
            }
            if Int(clamping: first) <= number {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0 else { return nil }
        let entry = classes + (low - 1) * 12
        guard let first = bytes.integer(at: entry, as: UInt32.self),
            let offset = bytes.integer(at: entry + 4, as: UInt32.self),
            let byteCount = bytes.integer(at: entry + 8, as: UInt32.self)
        else { return nil }
        let index = UInt64(number - Int(clamping: first))
        return header.differenceSets.part(
            at: UInt64(offset) &+ index &* UInt64(byteCount),
            byteCount: byteCount
        )
    }

    /// A section that the header's reader found to be inside of the map.
    @_lifetime(copy bytes)
    private static func section(_ extent: RegionMapHeader.Extent, of bytes: RawSpan) -> RawSpan {
        bytes.extracting(extent.offset..<(extent.offset + extent.byteCount))
    }
}
