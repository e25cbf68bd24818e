/// The description of a region map in its first bytes.
///
/// FORMAT.md explains every field.
package struct RegionMapHeader: Equatable, Sendable {
    package static let magic: UInt32 = 0x5041_4D52  // "RMAP"
    package static let majorVersion: UInt16 = 1
    /// 1 if access points have several sites, 2 if they have networks, 3 if there are sets of
    /// paths, 4 if throughput was measured, otherwise 0.
    package static let minorVersion: UInt16 = 0
    package static let minorVersionWithSites: UInt16 = 1
    /// The minor version of maps whose access points have networks.
    package static let minorVersionWithNetworks: UInt16 = 2
    /// The minor version of maps with sets of paths.
    package static let minorVersionWithPathSets: UInt16 = 3
    /// The minor version of maps with measured throughput.
    package static let minorVersionWithThroughput: UInt16 = 4
    /// The length of the header of maps with sets of paths.
    package static let byteCountWithPathSets = 192
    /// The length of the header in version 1.0; later minor versions may extend it.
    package static let byteCount = 184
    /// The length of an access point's record in version 1.0.
    package static let accessPointRecordByteCount = 64
    /// The length of a record if access points have several sites.
    package static let recordByteCountWithSites = 72
    /// The length of a record if access points have networks.
    package static let recordByteCountWithNetworks = 80
    /// How long it is where throughput was measured.
    package static let recordByteCountWithThroughput = 88
    /// The length of a record if throughput was measured.
    package static let networkLimit: UInt16 = 256
    /// The length of a network.
    static let networkByteCount = 17
    /// The length of a site.
    package static let siteByteCount = 8
    /// The maximum number of sites besides the first one.
    package static let siteLimit: UInt16 = 255
    /// The maximum number of base sets, so that a byte can name one or say that there is none.
    static let baseSetLimit = 255
    /// The maximum total length of the texts of all access points, each counted wherever it is
    /// used: 256 bytes for each of the maximum number of access points.
    static let textLimit = 1 << 24
    /// The number of all pairs of letters.
    static let countryLimit = 26 * 26
    /// The number of sections in the header's list.
    static let sectionCount = 8

    package internal(set) var minorVersion: UInt16
    package internal(set) var headerByteCount: Int
    package internal(set) var mapByteCount: Int
    /// When the map was built, in seconds since 1970.
    package internal(set) var builtAt: Int64
    package internal(set) var catalogGeneration: UInt32
    package internal(set) var pathCount: Int
    /// The number of paths that any access point holds.
    package internal(set) var heldPathCount: Int
    package internal(set) var accessPointCount: Int
    /// The number of different sets of access points.
    package internal(set) var setCount: Int
    /// The number of sets that are stored by themselves, and not as a difference from another.
    package internal(set) var baseSetCount: Int
    /// The number of sets that a slot of the path table can name directly.
    package internal(set) var commonSetCount: Int
    /// The number of paths that have one of the other sets.
    package internal(set) var rarePathCount: Int
    package internal(set) var hashSeed: UInt64
    /// The number of client countries with their own ranks.
    package internal(set) var countryCount: Int

    /// The CRC-32 of everything after the header.
    package internal(set) var bodyChecksum: UInt32
    var recordByteCount: Int
    var regionID: RegionMapText
    /// Empty if the map names no sets of paths.
    var pathSets = RegionMapText(offset: 0, byteCount: 0)
    var setBlockCount: Int
    var unitCount: Int
    var pathTable: FuseTable
    var rareTable: FuseTable
    var baseSets: Extent
    var differenceSets: Extent
    var units: Extent
    var accessPoints: Extent
    var strings: Extent
    var rareSlots: Extent
    var pathSlots: Extent
    var countryRanks: Extent

    /// Where a section is, from byte 0 of the map.
    struct Extent: Equatable, Sendable {
        var offset = 0
        var byteCount = 0

        /// The bytes from `offset` of this section on, or nil if they are not completely within it.
        func part(at offset: UInt64, byteCount: UInt32) -> Extent? {
            guard offset <= UInt64(self.byteCount),
                UInt64(byteCount) <= UInt64(self.byteCount) - offset
            else { return nil }
            return Extent(offset: self.offset + Int(offset), byteCount: Int(byteCount))
        }
    }

    /// Whether the map differs from `other` in nothing but the time when it was built.
    package func hasContent(of other: RegionMapHeader) -> Bool {
        var same = self
        same.builtAt = other.builtAt
        return same == other
    }

    /// The number of low bits in a slot of the path table for the number of a common set, or
    /// the code for "ask the rare table".
    var codeBitCount: UInt8 { pathTable.slotBitCount &- FuseTable.fingerprintBitCount }
}

extension RegionMapHeader {
    /// Reads and checks the header of a map; what follows it is neither read nor checked.
    init(_ bytes: RawSpan) throws(RegionMapError) {
        headerByteCount = try Self.headerByteCount(of: bytes)
        mapByteCount = try Self.mapByteCount(of: bytes)
        minorVersion = try bytes.field(at: 6)
        bodyChecksum = try bytes.field(at: 16)
        builtAt = try bytes.field(at: 24)
        catalogGeneration = try bytes.field(at: 32)
        pathCount = try bytes.count(at: 36)
        heldPathCount = try bytes.count(at: 40)
        setCount = try bytes.count(at: 44)
        commonSetCount = try bytes.count(at: 48)
        rarePathCount = try bytes.count(at: 52)
        baseSetCount = try bytes.smallCount(at: 56)
        unitCount = try bytes.smallCount(at: 58)
        accessPointCount = try bytes.smallCount(at: 60)
        recordByteCount = try bytes.smallCount(at: 62)
        hashSeed = try bytes.field(at: 64)
        pathTable = try bytes.table(at: 72)
        rareTable = try bytes.table(at: 88)
        baseSets = try bytes.extent(of: .baseSets, after: headerByteCount)
        differenceSets = try bytes.extent(of: .differenceSets, after: headerByteCount)
        units = try bytes.extent(of: .units, after: headerByteCount)
        accessPoints = try bytes.extent(of: .accessPoints, after: headerByteCount)
        strings = try bytes.extent(of: .strings, after: headerByteCount)
        countryRanks = try bytes.extent(of: .countryRanks, after: headerByteCount)
        rareSlots = try bytes.extent(of: .rareTable, after: headerByteCount)
        pathSlots = try bytes.extent(of: .pathTable, after: headerByteCount)
        regionID = RegionMapText(
            offset: try bytes.field(at: 168),
            byteCount: try bytes.field(at: 172)
        )
        countryCount = try bytes.smallCount(at: 174)
        setBlockCount = try bytes.count(at: 176)
        if headerByteCount >= Self.byteCountWithPathSets {
            pathSets = RegionMapText(
                offset: try bytes.field(at: 184),
                byteCount: try bytes.field(at: 188)
            )
        }
        try checkFields()
        try checkSections()
    }

    /// The length of the header, whose format and checksum are right.
    private static func headerByteCount(of bytes: RawSpan) throws(RegionMapError) -> Int {
        let magic: UInt32 = try bytes.field(at: 0)
        guard magic == Self.magic else { throw .notARegionMap(magic: magic) }
        let major: UInt16 = try bytes.field(at: 4)
        guard major == majorVersion else {
            throw .unsupportedVersion(major: major, supported: majorVersion)
        }
        let byteCount: UInt32 = try bytes.field(at: 8)
        guard byteCount >= UInt32(Self.byteCount), byteCount <= 1 << 16 else {
            throw .invalidHeader(.headerByteCount, value: UInt64(byteCount))
        }
        try bytes.checkHeader(byteCount: Int(byteCount))
        return Int(byteCount)
    }

    /// The length of the map, which is that of `bytes`.
    private static func mapByteCount(of bytes: RawSpan) throws(RegionMapError) -> Int {
        let expected: UInt32 = try bytes.field(at: 20)
        let actual = bytes.byteCount
        guard UInt64(expected) <= UInt64(actual) else {
            throw .truncated(
                expectedByteCount: Int(clamping: expected),
                actualByteCount: actual
            )
        }
        guard Int(expected) == actual else {
            throw .trailingBytes(expectedByteCount: Int(expected), actualByteCount: actual)
        }
        return actual
    }

    private func checkFields() throws(RegionMapError) {
        guard recordByteCount >= Self.accessPointRecordByteCount else {
            throw .invalidHeader(.accessPointRecordByteCount, value: UInt64(recordByteCount))
        }
        guard baseSetCount <= setCount, baseSetCount <= Self.baseSetLimit else {
            throw .invalidHeader(.baseSetCount, value: UInt64(baseSetCount))
        }
        guard commonSetCount <= setCount, commonSetCount <= 1 << 16 else {
            throw .invalidHeader(.commonSetCount, value: UInt64(commonSetCount))
        }
        guard pathTable.isValid, (24...40).contains(pathTable.slotBitCount) else {
            throw .invalidHeader(.pathTableShape, value: pathTable.packedShape)
        }
        guard rareTable.isValid, rareTable.slotBitCount <= 32 else {
            throw .invalidHeader(.rareTableShape, value: rareTable.packedShape)
        }
        guard countryCount <= Self.countryLimit else {
            throw .invalidHeader(.countryCount, value: UInt64(countryCount))
        }
        // Each set other than a base set takes at least a bit.
        guard UInt64(setCount - baseSetCount) <= UInt64(differenceSets.byteCount) &* 8 else {
            throw .invalidHeader(.setCount, value: UInt64(setCount))
        }
        guard UInt64(regionID.offset) + UInt64(regionID.byteCount) <= UInt64(strings.byteCount)
        else { throw .invalidHeader(.regionID, value: UInt64(regionID.offset)) }
        guard UInt64(pathSets.offset) + UInt64(pathSets.byteCount) <= UInt64(strings.byteCount)
        else { throw .invalidHeader(.pathSets, value: UInt64(pathSets.offset)) }
    }

    private func checkSections() throws(RegionMapError) {
        try check(.baseSets, baseSets, needs: (UInt64(baseSetCount) + 1) &* 4)
        try check(
            .differenceSets,
            differenceSets,
            needs: UInt64(setBlockCount) &* UInt64(SetBlock.entryByteCount)
        )
        try check(.units, units, needs: unitCount == 0 ? 0 : (UInt64(unitCount) &+ 1) &* 2)
        try check(
            .accessPoints,
            accessPoints,
            needs: UInt64(accessPointCount) &* UInt64(recordByteCount)
        )
        try check(.rareTable, rareSlots, needs: rareTable.byteCount)
        try check(.pathTable, pathSlots, needs: pathTable.byteCount)
        try check(
            .countryRanks,
            countryRanks,
            needs: UInt64(countryCount) &* UInt64(accessPointCount &+ 2)
        )
    }

    private func check(
        _ section: RegionMapError.Section,
        _ extent: Extent,
        needs byteCount: UInt64
    ) throws(RegionMapError) {
        guard UInt64(extent.byteCount) >= byteCount else {
            throw .sectionTooSmall(
                section,
                expectedByteCount: byteCount,
                actualByteCount: UInt64(extent.byteCount)
            )
        }
    }
}

extension RawSpan {
    /// The integer at `offset` of a header that may end before it.
    fileprivate func field<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int
    ) throws(RegionMapError) -> Integer {
        guard let value = integer(at: offset, as: Integer.self) else {
            throw .truncated(
                expectedByteCount: RegionMapHeader.byteCount,
                actualByteCount: byteCount
            )
        }
        return value
    }

    fileprivate func count(at offset: Int) throws(RegionMapError) -> Int {
        let value: UInt32 = try field(at: offset)
        return Int(clamping: value)
    }

    fileprivate func smallCount(at offset: Int) throws(RegionMapError) -> Int {
        let value: UInt16 = try field(at: offset)
        return Int(value)
    }

    fileprivate func table(at offset: Int) throws(RegionMapError) -> FuseTable {
        FuseTable(
            seed: try field(at: offset),
            segmentCount: try field(at: offset + 8),
            segmentLengthLog2: try field(at: offset + 12),
            slotBitCount: try field(at: offset + 13)
        )
    }

    fileprivate func extent(
        of section: RegionMapError.Section,
        after headerByteCount: Int
    ) throws(RegionMapError) -> RegionMapHeader.Extent {
        let entry = 104 + section.rawValue * 8
        let offset: UInt32 = try field(at: entry)
        let count: UInt32 = try field(at: entry + 4)
        guard UInt64(offset) >= UInt64(headerByteCount),
            UInt64(offset) + UInt64(count) <= UInt64(byteCount)
        else {
            throw .sectionOutOfBounds(
                section,
                offset: UInt64(offset),
                byteCount: UInt64(count),
                mapByteCount: UInt64(byteCount)
            )
        }
        return RegionMapHeader.Extent(offset: Int(offset), byteCount: Int(count))
    }

    /// Compares the header with its checksum, which covers all of it except its own four bytes.
    fileprivate func checkHeader(byteCount headerByteCount: Int) throws(RegionMapError) {
        guard let head = part(at: 0, byteCount: 12),
            let rest = part(at: 16, byteCount: headerByteCount - 16)
        else {
            throw .truncated(expectedByteCount: headerByteCount, actualByteCount: byteCount)
        }
        var checksum = CRC32()
        checksum.update(head)
        checksum.update(rest)
        let expected: UInt32 = try field(at: 12)
        guard checksum.value == expected else {
            throw .headerChecksumMismatch(expected: expected, actual: checksum.value)
        }
    }
}
