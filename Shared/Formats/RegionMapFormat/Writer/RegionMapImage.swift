/// The bytes of a map while it is written: the sections in order, then the header.
struct RegionMapImage {
    var regionID = RegionMapText(offset: 0, byteCount: 0)
    var builtAt: Int64 = 0
    var catalogGeneration: UInt32 = 0
    var pathCount: UInt32 = 0
    var heldPathCount: UInt32 = 0
    var setCount: UInt32 = 0
    var commonSetCount: UInt32 = 0
    var rarePathCount: UInt32 = 0
    var baseSetCount: UInt16 = 0
    var unitCount: UInt16 = 0
    var accessPointCount: UInt16 = 0
    /// The form of the records of access points.
    var recordForm = RegionMapRecordForm.plain
    /// Nil if there are no sets of paths; without them the map is one that older readers know.
    let pathSets: RegionMapText?
    var hashSeed: UInt64 = 0
    var countryCount: UInt16 = 0
    var setBlockCount: UInt32 = 0
    var pathTable = FuseTable.empty
    var rareTable = FuseTable.empty

    private let headerByteCount: Int
    private var body: [UInt8]
    private var extents: [(offset: Int, byteCount: Int)]

    init(pathSets: RegionMapText?) {
        self.pathSets = pathSets
        headerByteCount =
            pathSets == nil ? RegionMapHeader.byteCount : RegionMapHeader.byteCountWithPathSets
        body = [UInt8](repeating: 0, count: headerByteCount)
        extents = [(offset: Int, byteCount: Int)](
            repeating: (headerByteCount, 0),
            count: RegionMapHeader.sectionCount
        )
    }

    /// Appends a section, at the next multiple of eight bytes.
    mutating func append(_ bytes: [UInt8], as section: RegionMapError.Section) {
        startSection()
        extents[section.rawValue] = (body.count, bytes.count)
        body += bytes
    }

    /// Appends the first `byteCount` bytes of little-endian words, with zeros if they end before.
    mutating func append(words: [UInt64], byteCount: Int, as section: RegionMapError.Section) {
        startSection()
        extents[section.rawValue] = (body.count, byteCount)
        let end = body.count + byteCount
        body.reserveCapacity(end + 8)
        for word in words.prefix((byteCount + 7) / 8) { body.appendInteger(word) }
        body.removeLast(max(0, body.count - end))
        body.append(contentsOf: repeatElement(0, count: end - body.count))
    }

    private mutating func startSection() {
        body.append(contentsOf: repeatElement(0, count: (8 - body.count % 8) % 8))
    }

    /// The finished map.
    consuming func bytes() throws(RegionMapError) -> [UInt8] {
        guard let byteCount = UInt32(exactly: body.count) else {
            throw .mapTooLarge(byteCount: body.count, limit: Int(UInt32.max))
        }
        var start: [UInt8] = []
        start.appendInteger(RegionMapHeader.magic)
        start.appendInteger(RegionMapHeader.majorVersion)
        start.appendInteger(minorVersion)
        start.appendInteger(UInt32(headerByteCount))
        let fields = headerFields(mapByteCount: byteCount)
        var checksum = CRC32()
        unsafe checksum.update(start.span.bytes)
        unsafe checksum.update(fields.span.bytes)
        start.appendInteger(checksum.value)
        body.replaceSubrange(0..<headerByteCount, with: start + fields)
        return body
    }

    private var minorVersion: UInt16 {
        pathSets == nil
            ? recordForm.minorVersion
            : max(recordForm.minorVersion, RegionMapHeader.minorVersionWithPathSets)
    }

    /// The header from its 16th byte on.
    private func headerFields(mapByteCount: UInt32) -> [UInt8] {
        var checksum = CRC32()
        unsafe checksum.update(
            body.span.bytes.extracting(headerByteCount..<body.count)
        )
        var fields: [UInt8] = []
        fields.appendInteger(checksum.value)
        fields.appendInteger(mapByteCount)
        fields.appendInteger(builtAt)
        fields.appendInteger(catalogGeneration)
        fields.appendInteger(pathCount)
        fields.appendInteger(heldPathCount)
        fields.appendInteger(setCount)
        fields.appendInteger(commonSetCount)
        fields.appendInteger(rarePathCount)
        fields.appendInteger(baseSetCount)
        fields.appendInteger(unitCount)
        fields.appendInteger(accessPointCount)
        fields.appendInteger(UInt16(recordForm.byteCount))
        fields.appendInteger(hashSeed)
        for table in [pathTable, rareTable] {
            fields.appendInteger(table.seed)
            fields.appendInteger(table.segmentCount)
            fields.append(table.segmentLengthLog2)
            fields.append(table.slotBitCount)
            fields.appendInteger(UInt16(0))
        }
        for extent in extents {
            fields.appendInteger(UInt32(extent.offset))
            fields.appendInteger(UInt32(extent.byteCount))
        }
        fields.appendInteger(regionID.offset)
        fields.appendInteger(regionID.byteCount)
        fields.appendInteger(countryCount)
        fields.appendInteger(setBlockCount)
        fields.appendInteger(UInt32(0))
        if let pathSets {
            fields.appendInteger(pathSets.offset)
            fields.appendInteger(pathSets.byteCount)
            fields.appendInteger(UInt16(0))
        }
        return fields
    }
}
