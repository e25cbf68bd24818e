import Testing

@testable import RegionMapFormat

/// Maps with right checksums that no writer produces.
@Suite struct HandMadeMapTests {
    /// A map of `accessPointCount` access points that all name one text of `textByteCount` bytes.
    private func map(accessPointCount: Int, textByteCount: Int) throws -> [UInt8] {
        let text = String(repeating: "a", count: textByteCount)
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 1, builtAt: 0)
        for _ in 0..<accessPointCount {
            try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: text,
                    mirrorID: text,
                    mirrorName: text,
                    baseURL: text,
                    clientCountries: "",
                    scheme: .https
                )
            )
        }
        try writer.add(path: Array("file".utf8), replicas: [0])
        return try writer.finished()
    }

    /// The good map with some bytes of its header replaced, and the matching checksum.
    private func map(with bytes: [UInt8], at offset: Int) throws -> [UInt8] {
        var map = try map(accessPointCount: 1, textByteCount: 4)
        map.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        var checksum = CRC32()
        unsafe checksum.update(map.span.bytes.extracting(0..<12))
        unsafe checksum.update(map.span.bytes.extracting(16..<RegionMapHeader.byteCount))
        for index in 0..<4 {
            map[12 + index] = UInt8(truncatingIfNeeded: checksum.value >> UInt32(8 * index))
        }
        return map
    }

    private func open(_ bytes: [UInt8]) throws {
        try unsafe RegionMap(bytes.span.bytes).checkTexts()
    }

    /// One text for all of them makes a short map, but its copies do not.
    @Test func aWriterRefusesWhatNoReaderTakes() throws {
        #expect(
            throws: RegionMapError.textsTooLong(
                byteCount: 1_000 * 4 * 5_000,
                limit: RegionMapHeader.textLimit
            )
        ) {
            try map(accessPointCount: 1_000, textByteCount: 5_000)
        }
    }

    @Test func sharedTextsCountWhereverTheyAreNamed() throws {
        let most = RegionMapHeader.textLimit / 4 / 512
        let bytes = try map(accessPointCount: 512, textByteCount: most)
        try open(bytes)
        // Another record that names them is one too many; this bypasses the writer's own check.
        var longer = bytes
        let header = try unsafe RegionMap(bytes.span.bytes).header
        // The length of the first text of the first record, which is followed by others' bytes.
        let place = header.accessPoints.offset + 20
        longer[place] = 0xFF
        longer[place + 1] = 0xFF
        let error = RegionMapError.textsTooLong(
            byteCount: RegionMapHeader.textLimit - most + 65_535,
            limit: RegionMapHeader.textLimit
        )
        #expect(throws: error) { try open(longer) }
    }

    /// A record of 72 bytes may name 2 KB of them.
    @Test func sitesCountWhereverTheyAreNamed() throws {
        func map(siteCount: Int) throws -> [UInt8] {
            var writer = RegionMapWriter(regionID: "r", catalogGeneration: 1, builtAt: 0)
            let site = RegionMapLocation(latitudeMicrodegrees: 1, longitudeMicrodegrees: 2)
            for number in 0..<8_224 {
                _ = try writer.addAccessPoint(
                    RegionMapAccessPoint(
                        id: "\(number)",
                        mirrorID: "",
                        mirrorName: "",
                        baseURL: "",
                        clientCountries: "",
                        scheme: .http,
                        rank: 0,
                        otherLocations: [RegionMapLocation](repeating: site, count: siteCount)
                    )
                )
            }
            return try writer.finished()
        }
        try open(map(siteCount: 250))
        let digits = (0..<8_224).reduce(0) { $0 + "\($1)".utf8.count }
        #expect(
            throws: RegionMapError.textsTooLong(
                byteCount: 8_224 * 255 * 8 + digits,
                limit: RegionMapHeader.textLimit
            )
        ) {
            try map(siteCount: 255)
        }
    }

    /// Look-ups iterate over the countries, and `--show` over the sets.
    @Test func countsThatNoMapHasAreRefused() throws {
        #expect(throws: RegionMapError.invalidHeader(.countryCount, value: 677)) {
            try open(map(with: [0xA5, 0x02], at: 174))
        }
        #expect(throws: RegionMapError.invalidHeader(.setCount, value: 0xFFFF_FFFF)) {
            try open(map(with: [0xFF, 0xFF, 0xFF, 0xFF], at: 44))
        }
    }
}
