/// For one region: maps each path to the access points that hold the file, best first.
///
/// A view of bytes owned by the caller, usually a mapped file. Opening it reads only the header;
/// looking up a path hashes it, reads four slots, and allocates nothing. The bytes are untrusted:
/// every read is checked, and damage gives a wrong answer or none unless ``verifyChecksum()`` was
/// called, but never a trap. This file and its neighbours import nothing and compile as Embedded
/// Swift.
package struct RegionMap: ~Escapable {
    package let header: RegionMapHeader
    private let bytes: RawSpan
    private let pathSlots: RawSpan

    /// Opens the map in `bytes`, which must be exactly the map.
    ///
    /// The header is compared with its checksum and every section with the end of the map. The cost
    /// does not depend on the size of the map.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(RegionMapError) {
        header = try RegionMapHeader(bytes)
        self.bytes = bytes
        pathSlots = Self.section(header.pathSlots, of: bytes)
    }

    /// Opens the map in `bytes` again, with the header that was read when it was first opened.
    ///
    /// For readers that look up one path per request: it saves computing the header's checksum.
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

    /// Compares everything after the header with its checksum, at some gigabytes per second.
    package func verifyChecksum() throws(RegionMapError) {
        var checksum = CRC32()
        checksum.update(bytes.extracting(header.headerByteCount..<bytes.byteCount))
        guard checksum.value == header.bodyChecksum else {
            throw .bodyChecksumMismatch(expected: header.bodyChecksum, actual: checksum.value)
        }
    }

    /// Adds up the lengths of all access points' texts, which is the memory that copies of them
    /// take.
    ///
    /// Texts may share their bytes, so a short map can name more text than there is memory for.
    /// Call this once before copying texts; it costs as much as reading the records.
    package func checkTexts() throws(RegionMapError) {
        var byteCount = 0
        for index in 0..<header.accessPointCount {
            guard let point = accessPoint(at: index) else { continue }
            byteCount += Int(point.id.byteCount) + Int(point.mirrorID.byteCount)
            byteCount += Int(point.mirrorName.byteCount) + Int(point.baseURL.byteCount)
            byteCount += Int(point.clientCountries.byteCount)
            byteCount += RegionMapHeader.siteByteCount * otherSiteCount(of: index)
            byteCount += RegionMapHeader.networkByteCount * networkCount(of: index)
        }
        guard byteCount <= RegionMapHeader.textLimit else {
            throw .textsTooLong(byteCount: byteCount, limit: RegionMapHeader.textLimit)
        }
    }

    /// The access points that hold the file at `path` (directories end in a slash), or nil if the
    /// path is not known.
    ///
    /// A path that was not added when the map was written is taken for a known one with probability
    /// 2^-24.
    @_lifetime(copy self)
    package func replicas(of path: RawSpan) -> ReplicaSet? {
        let hash = PathHash.hash(path, seed: header.hashSeed)
        let key = header.pathTable.key(of: hash)
        guard let slot = header.pathTable.value(of: key, in: pathSlots) else { return nil }
        let codeBitCount = UInt64(header.codeBitCount)
        guard slot &>> codeBitCount == UInt64(key.fingerprint) else { return nil }
        let code = Int(truncatingIfNeeded: slot & ((1 &<< codeBitCount) &- 1))
        if code < header.commonSetCount { return replicaSet(at: code) }
        let rareKey = header.rareTable.key(of: hash)
        let rareSlots = Self.section(header.rareSlots, of: bytes)
        guard let number = header.rareTable.value(of: rareKey, in: rareSlots),
            number < UInt64(header.setCount - header.commonSetCount)
        else { return nil }
        return replicaSet(at: header.commonSetCount + Int(number))
    }

    /// The set with a number below the header's `setCount`; nil for others and if the bytes are
    /// damaged.
    @_lifetime(copy self)
    package func replicaSet(at number: Int) -> ReplicaSet? {
        guard number >= 0, number < header.setCount else { return nil }
        guard number >= header.baseSetCount else {
            guard let members = baseSet(at: number) else { return nil }
            return ReplicaSet(
                number: number,
                codes: bytes,
                base: members,
                accessPointCount: header.accessPointCount
            )
        }
        let section = Self.section(header.differenceSets, of: bytes)
        guard let position = block(of: number, in: section) else { return nil }
        return position.block.recordByteCount > 0
            ? recordedSet(number, position.block, position.index)
            : rankedSet(number, position, in: section)
    }

    /// The access point with an index below the header's `accessPointCount`; nil for others.
    @_lifetime(copy self)
    package func accessPoint(at index: Int) -> RegionMapRecord? {
        guard index >= 0, index < header.accessPointCount else { return nil }
        let records = Self.section(header.accessPoints, of: bytes)
        guard
            let record = records.part(
                at: index * header.recordByteCount,
                byteCount: header.recordByteCount
            )
        else { return nil }
        return RegionMapRecord(record)
    }

    /// The other sites of the mirror of an access point, if it has several; since version 1.1 of
    /// the format.
    package func otherSites(of index: Int) -> [RegionMapLocation] {
        let count = otherSiteCount(of: index)
        guard let offset = listOffset(of: index, at: 64, count: count) else { return [] }
        let strings = Self.section(header.strings, of: bytes)
        var sites: [RegionMapLocation] = []
        for site in 0..<count {
            let position = offset + RegionMapHeader.siteByteCount * site
            guard let latitude = strings.integer(at: position, as: Int32.self),
                let longitude = strings.integer(at: position + 4, as: Int32.self)
            else { break }
            sites.append(
                RegionMapLocation(
                    latitudeMicrodegrees: latitude,
                    longitudeMicrodegrees: longitude
                )
            )
        }
        return sites
    }

    /// The number of other sites of an access point; 0 if the stored one is not possible.
    private func otherSiteCount(of index: Int) -> Int {
        count(
            of: index,
            at: 68,
            upTo: RegionMapHeader.siteLimit,
            since: RegionMapHeader.recordByteCountWithSites
        )
    }

    /// The networks that an access point is preferred for; since version 1.2 of the format.
    package func networks(of index: Int) -> [RegionMapNetwork] {
        let count = networkCount(of: index)
        guard let offset = listOffset(of: index, at: 72, count: count) else { return [] }
        let strings = Self.section(header.strings, of: bytes)
        var networks: [RegionMapNetwork] = []
        for number in 0..<count {
            let position = offset + number * RegionMapHeader.networkByteCount
            guard let bitCount = strings.integer(at: position, as: UInt8.self),
                let high = strings.integer(at: position + 1, as: UInt64.self),
                let low = strings.integer(at: position + 9, as: UInt64.self)
            else { break }
            guard bitCount <= 128 || bitCount == RegionMapNetwork.systemBitCount else { continue }
            networks.append(RegionMapNetwork(bitCount: bitCount, high: high, low: low))
        }
        return networks
    }

    /// The number of networks of an access point; 0 if the stored one is not possible.
    private func networkCount(of index: Int) -> Int {
        count(
            of: index,
            at: 76,
            upTo: RegionMapHeader.networkLimit,
            since: RegionMapHeader.recordByteCountWithNetworks
        )
    }

    /// Where a list of `count` items begins in the strings, by the field at `offset` of an access
    /// point's record; nil if there are no items, or if the list is not within the strings.
    private func listOffset(of index: Int, at offset: Int, count: Int) -> Int? {
        guard count > 0,
            let start = Self.section(header.accessPoints, of: bytes)
                .integer(at: index * header.recordByteCount + offset, as: UInt32.self),
            // On 32-bit platforms it may exceed the largest index.
            let position = Int(exactly: start),
            position <= Self.section(header.strings, of: bytes).byteCount
        else { return nil }
        return position
    }

    /// The count at `offset` of an access point's record; 0 if records are shorter than
    /// `recordByteCount`, or if it exceeds `limit`.
    private func count(
        of index: Int,
        at offset: Int,
        upTo limit: UInt16,
        since recordByteCount: Int
    ) -> Int {
        guard index >= 0, index < header.accessPointCount,
            header.recordByteCount >= recordByteCount,
            let count = Self.section(header.accessPoints, of: bytes)
                .integer(at: index * header.recordByteCount + offset, as: UInt16.self),
            count <= limit
        else { return 0 }
        return Int(count)
    }

    /// How clients of `country` rank the access points: one byte for each, in their order; nil if
    /// the map has none, so that the ranks of the records apply.
    ///
    /// 0 is best; equal bytes are equal ranks.
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

    /// The bytes of a text of this map, UTF-8; nil if they are not within the map's strings.
    @_lifetime(copy self)
    package func bytes(of text: RegionMapText) -> RawSpan? {
        strings.bytes(of: text)
    }

    /// The texts of this map, for readers of many of them.
    package var strings: RegionMapStrings {
        @_lifetime(copy self)
        get { RegionMapStrings(Self.section(header.strings, of: bytes)) }
    }

    /// The bytes of the region's id, UTF-8.
    package var regionID: RawSpan {
        @_lifetime(copy self)
        get {
            guard let id = bytes(of: header.regionID) else { return bytes.extracting(last: 0) }
            return id
        }
    }

    /// The sets of paths that clients get from one mirror, as lines; empty if there are none.
    package var pathSets: RawSpan {
        @_lifetime(copy self)
        get {
            guard let text = bytes(of: header.pathSets) else { return bytes.extracting(last: 0) }
            return text
        }
    }
}

extension RegionMap {
    /// Where the code of the base set `number` is, by the offsets at the beginning of the section.
    private func baseSet(at number: Int) -> RegionMapHeader.Extent? {
        guard number < header.baseSetCount else { return nil }
        let entry = header.baseSets.offset + number * 4
        guard let start = bytes.integer(at: entry, as: UInt32.self),
            let end = bytes.integer(at: entry + 4, as: UInt32.self)
        else { return nil }
        return header.baseSets.part(at: UInt64(start), byteCount: end &- start)
    }

    /// The last block that begins at or before the set `number`, and the position of the set in it.
    private func block(
        of number: Int,
        in section: RawSpan
    ) -> (block: SetBlock, index: Int, setCount: Int)? {
        var low = 0
        var high = header.setBlockCount
        var end = header.setCount
        while low < high {
            let middle = (low + high) / 2
            let entry = middle * SetBlock.entryByteCount
            guard let first = section.integer(at: entry, as: UInt32.self) else { return nil }
            if Int(clamping: first) <= number {
                low = middle + 1
            } else {
                high = middle
                end = Int(clamping: first)
            }
        }
        guard low > 0, let block = SetBlock(at: low - 1, in: section) else { return nil }
        let first = Int(clamping: block.firstSet)
        guard first <= number else { return nil }
        return (block, number - first, end - first)
    }

    /// The set stored as a record: the number of its base set plus one, and the runs in which it
    /// differs.
    @_lifetime(copy self)
    private func recordedSet(_ number: Int, _ block: SetBlock, _ index: Int) -> ReplicaSet? {
        let start = UInt64(block.offset) &+ UInt64(index) &* UInt64(block.recordByteCount)
        guard
            var record = header.differenceSets.part(
                at: start,
                byteCount: UInt32(block.recordByteCount)
            )
        else { return nil }
        var offset = record.offset
        guard let base = bytes.varint(at: &offset), let members = baseSet(before: Int(base)) else {
            return nil
        }
        // A damaged number may continue after the record.
        guard offset <= record.offset + record.byteCount else { return nil }
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

    /// The set stored as the rank of a combination of units.
    @_lifetime(copy self)
    private func rankedSet(
        _ number: Int,
        _ position: (block: SetBlock, index: Int, setCount: Int),
        in section: RawSpan
    ) -> ReplicaSet? {
        let block = position.block
        guard let rank = block.rank(at: position.index, of: position.setCount, in: section),
            let members = baseSet(before: Int(block.base))
        else { return nil }
        let count = block.isByAccessPoint ? header.accessPointCount : header.unitCount
        return ReplicaSet(
            number: number,
            codes: bytes,
            base: members,
            toggled: ToggledAccessPoints(
                UnitCombination(rank: rank, count: block.unitCount, of: count),
                of: count,
                in: block.isByAccessPoint ? nil : Self.section(header.units, of: bytes)
            ),
            accessPointCount: header.accessPointCount
        )
    }

    /// The base set `number` minus one; for 0 the empty set.
    private func baseSet(before number: Int) -> RegionMapHeader.Extent? {
        number == 0 ? RegionMapHeader.Extent() : baseSet(at: number - 1)
    }

    /// A section that was found to be within the map when the header was read.
    @_lifetime(copy bytes)
    private static func section(_ extent: RegionMapHeader.Extent, of bytes: RawSpan) -> RawSpan {
        bytes.extracting(extent.offset..<(extent.offset + extent.byteCount))
    }
}
