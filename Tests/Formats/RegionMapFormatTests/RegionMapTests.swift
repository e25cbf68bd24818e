import TestSupport
import Testing

@testable import RegionMapFormat

@Suite struct RegionMapTests {
    @Test(
        arguments: [
            (0, 0, 1, 0), (1, 1, 1, 0), (2, 1, 1, 1), (3, 9, 1, 1), (10, 60, 1, 0.5),
            (100, 3, 1, 0.5), (1000, 60, 1, 0), (1000, 460, 1, 1), (20_000, 60, 1, 0.2),
            (200, 7, 2, 0.9), (5000, 120, 2, 1), (5000, 460, 3, 1), (20_000, 120, 2, 0.8),
        ] as [(Int, Int, Int, Double)]
    )
    func agreesWithADictionary(
        pathCount: Int,
        accessPointCount: Int,
        accessPointsPerMirror: Int,
        faultShare: Double
    ) throws {
        let model = Model(
            pathCount: pathCount,
            accessPointCount: accessPointCount,
            faultShare: faultShare,
            accessPointsPerMirror: accessPointsPerMirror,
            seed: UInt64(pathCount)
        )
        let bytes = try model.written()
        try verify(bytes)
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.pathCount == pathCount)
        #expect(map.header.setCount == Set(model.paths.values).count)
        for (path, expected) in model.paths {
            let found = map.members(of: path)
            guard found == expected else {
                Issue.record("\(path): expected \(expected), found \(found as Any)")
                return
            }
        }
    }

    /// The expectation is 200,000 / 2^24 = 0.012; three would occur once in 3 million catalogs.
    @Test(arguments: [1, 1000, 20_000])
    func takesUnknownPathsForUnknown(pathCount: Int) throws {
        let model = Model(pathCount: pathCount, accessPointCount: 9, faultShare: 0.1, seed: 3)
        let bytes = try model.written()
        let map = try unsafe RegionMap(bytes.span.bytes)
        var known = 0
        for number in pathCount..<(pathCount + 200_000) {
            if map.members(of: Model.path(number)) != nil { known += 1 }
        }
        #expect(known <= 2)
    }

    @Test func tellsAnEmptySetFromAnUnknownPath() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        try writer.add(path: Array("held by nobody".utf8), replicas: [])
        let bytes = try writer.finished()
        #expect(try replicas(of: Array("held by nobody".utf8), in: bytes) == [])
        #expect(try replicas(of: Array("not there".utf8), in: bytes) == nil)
    }

    @Test func knowsTheEmptyPathAndEveryByte() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        try writer.addAccessPoint(.make())
        let all = (0...255).map { UInt8($0) }
        try writer.add(path: [], replicas: [0])
        try writer.add(path: all[1...200], replicas: [0])
        // The path is not contiguous in memory.
        try writer.add(path: all.lazy.map { $0 }.reversed(), replicas: [])
        let bytes = try writer.finished()
        #expect(try replicas(of: [], in: bytes) == [0])
        #expect(try replicas(of: Array(all[1...200]), in: bytes) == [0])
        #expect(try replicas(of: all.reversed(), in: bytes) == [])
        #expect(try replicas(of: Array(all[1...199]), in: bytes) == nil)
    }

    @Test func listsTheLastAccessPointThatAMapCanHave() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        for _ in 0..<RegionMapWriter.accessPointLimit { try writer.addAccessPoint(.make()) }
        let sparse: [UInt16] = [0, 1, 2, 40_000, 65_534]
        let full = (0..<UInt16(RegionMapWriter.accessPointLimit)).map { $0 }
        try writer.add(path: Array("sparse".utf8), replicas: sparse)
        try writer.add(path: Array("full".utf8), replicas: full)
        #expect(throws: RegionMapError.tooMany(.accessPoints, limit: 65_535)) {
            try writer.addAccessPoint(.make())
        }
        let bytes = try writer.finished()
        #expect(try replicas(of: Array("sparse".utf8), in: bytes) == sparse)
        #expect(try replicas(of: Array("full".utf8), in: bytes) == full)
    }

    @Test func keepsEveryFieldOfAnAccessPoint() throws {
        var full = RegionMapAccessPoint.make("full", rank: 3)
        full.clientCountries = "DEAT"
        full.excludesClientCountries = true
        full.scheme = .ftp
        full.hasIPv4 = false
        full.hasIPv6 = true
        full.isPartial = true
        full.country = RegionMapCountry(rawValue: 0x4544)  // "DE"
        full.weight = 250
        full.maxSharePerMille = 333
        full.distanceKilometres = 12_345
        full.latencyMilliseconds = 87
        full.errorsPerMille = 4
        full.lagMinutes = 61
        full.location = RegionMapLocation(
            latitudeMicrodegrees: -52_500_000,
            longitudeMicrodegrees: 179_999_999
        )
        full.checkedAt = 1_787_359_501
        let bare = RegionMapAccessPoint.make("bare", rank: 1)
        var writer = RegionMapWriter(regionID: "süd", catalogGeneration: 9, builtAt: -5)
        try writer.addAccessPoint(bare)
        try writer.addAccessPoint(full)
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.accessPointWithStrings(at: 0) == bare)
        #expect(map.accessPointWithStrings(at: 1) == full)
        #expect(map.accessPointWithStrings(at: 2) == nil)
        #expect(map.accessPointWithStrings(at: -1) == nil)
        #expect(map.string(map.header.regionID) == "süd")
        #expect(map.header.catalogGeneration == 9)
        #expect(map.header.builtAt == -5)
    }

    @Test func severalSitesMakeRecordsOfVersion1_1() throws {
        func location(_ latitude: Int32, _ longitude: Int32) -> RegionMapLocation {
            RegionMapLocation(latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude)
        }
        var anycast = RegionMapAccessPoint.make("anycast", rank: 1)
        anycast.location = location(50_100_000, 8_700_000)
        anycast.otherLocations = [location(-90_000_000, 180_000_000), location(1, -1)]
        var plain = RegionMapAccessPoint.make("plain", rank: 2)
        plain.location = location(35_700_000, 139_700_000)
        for points in [[plain], [anycast, plain]] {
            var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
            for point in points { try writer.addAccessPoint(point) }
            let bytes = try writer.finished()
            let map = try unsafe RegionMap(bytes.span.bytes)
            #expect(map.header.minorVersion == UInt16(points.count - 1))
            #expect(points.indices.map { map.accessPointWithStrings(at: $0) } == points)
            #expect(map.otherSites(of: points.count).isEmpty)
            #expect(map.otherSites(of: -1).isEmpty)
        }
    }

    @Test func networksMakeRecordsOfVersion1_2() throws {
        var own = RegionMapAccessPoint.make("own", rank: 1)
        own.networks = [
            RegionMapNetwork(bitCount: 120, high: 0, low: 0xFFFF_C000_0200),
            RegionMapNetwork(bitCount: 32, high: 0x2001_0DB8 << 32, low: 0),
            RegionMapNetwork(system: .max),
        ]
        own.servesNetworksOnly = true
        var anycast = RegionMapAccessPoint.make("anycast", rank: 2)
        anycast.location = RegionMapLocation(latitudeMicrodegrees: 1, longitudeMicrodegrees: 2)
        anycast.otherLocations = [
            RegionMapLocation(latitudeMicrodegrees: 3, longitudeMicrodegrees: 4)
        ]
        let points = [own, anycast, .make("plain", rank: 3)]
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        for point in points { try writer.addAccessPoint(point) }
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.minorVersion == 2)
        #expect(points.indices.map { map.accessPointWithStrings(at: $0) } == points)
        #expect(map.networks(of: points.count).isEmpty)
        #expect(map.networks(of: -1).isEmpty)
        try map.checkTexts()
    }

    /// This also holds beside sites, networks and sets of paths.
    @Test(arguments: ["", "dists/*\tRelease"])
    func throughputMakesRecordsOfVersion1_4(pathSets: String) throws {
        var slow = RegionMapAccessPoint.make("slow", rank: 1)
        slow.throughput = RegionMapThroughput(kibibytesPerSecond: 64, lostMilliseconds: 4_547)
        slow.networks = [RegionMapNetwork(system: 7)]
        slow.location = RegionMapLocation(latitudeMicrodegrees: 1, longitudeMicrodegrees: 2)
        slow.otherLocations = [
            RegionMapLocation(latitudeMicrodegrees: 3, longitudeMicrodegrees: 4)
        ]
        var fast = RegionMapAccessPoint.make("fast", rank: 2)
        fast.throughput = RegionMapThroughput(kibibytesPerSecond: .max, lostMilliseconds: 0)
        let points = [slow, fast, .make("plain", rank: 3)]
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        writer.pathSets = pathSets
        for point in points { try writer.addAccessPoint(point) }
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.minorVersion == 4)
        #expect(points.indices.map { map.accessPointWithStrings(at: $0) } == points)
        #expect(map.accessPointWithStrings(at: 2)?.throughput == nil)
        try map.checkTexts()
    }

    /// Records may share one list, but each copy that a reader would make of it counts.
    @Test func networksCountAmongTheTexts() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        var point = RegionMapAccessPoint.make("a", rank: 1)
        point.networks = (0..<256).map { RegionMapNetwork(system: $0 + 1) }
        #expect(throws: RegionMapError.self) {
            for number in 0..<4_000 {
                point.id = "a\(number)"
                try writer.addAccessPoint(point)
            }
            _ = try writer.finished()
        }
    }

    @Test func runsAreTheMembers() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        for number in 0..<40 {
            try writer.addAccessPoint(.make("a\(number)", rank: UInt16(number)))
        }
        var random = SeededGenerator.forTest()
        var sets: [[UInt16]] = [[], Array(0..<40)]
        for number in 0..<60 {
            sets.append(
                (0..<40).filter { _ in UInt8.random(in: 0..<60, using: &random) > number }
            )
        }
        for (number, set) in sets.enumerated() {
            try writer.add(path: Array("p\(number)".utf8), replicas: set)
        }
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        for (number, set) in sets.enumerated() {
            let path = Array("p\(number)".utf8)
            guard var replicas = unsafe map.replicas(of: path.span.bytes) else {
                Issue.record("\(number) is not known")
                continue
            }
            var contained: [Int] = []
            for index in -1..<41 where replicas.contains(index) { contained.append(index) }
            #expect(contained == set.map { Int($0) })
            var members: [Int] = []
            while let run = replicas.nextRun() {
                #expect(!run.isEmpty)
                members += run
            }
            #expect(members == set.map { Int($0) })
        }
    }

    @Test func setsOfPathsMakeAHeaderOfVersion1_3() throws {
        for text in ["", "dists/*\nrepodata\ta\tb"] {
            var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
            writer.pathSets = text
            let point = RegionMapAccessPoint.make()
            try writer.addAccessPoint(point)
            try writer.add(path: Array("a".utf8), replicas: [0])
            let bytes = try writer.finished()
            let map = try unsafe RegionMap(bytes.span.bytes)
            try map.verifyChecksum()
            #expect(map.header.minorVersion == (text.isEmpty ? 0 : 3))
            #expect(map.header.headerByteCount == (text.isEmpty ? 184 : 192))
            #expect(unsafe map.pathSets.withUnsafeBytes { unsafe Array($0) } == Array(text.utf8))
            #expect(map.accessPointWithStrings(at: 0) == point)
            #expect(unsafe map.replicas(of: Array("a".utf8).span.bytes) != nil)
        }
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        writer.pathSets = String(repeating: "a", count: 65_536)
        #expect(throws: RegionMapError.textTooLong(byteCount: 65_536, limit: 65_535)) {
            try writer.finished()
        }
    }

    @Test func ranksAccessPointsByTheClientsCountry() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        for _ in 0..<3 { try writer.addAccessPoint(.make()) }
        let countries = try ["AT", "BE", "DE"].map { letters in
            let bytes = Array(letters.utf8)
            return try #require(
                RegionMapCountry(rawValue: UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
            )
        }
        try writer.add(ranks: [2, 0, 255], for: countries[0])
        try writer.add(ranks: [0, 1, 1], for: countries[2])
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        func ranks(_ country: RegionMapCountry) -> [UInt8]? {
            guard let ranks = map.ranks(for: country) else { return nil }
            return (0..<ranks.byteCount).compactMap { ranks.integer(at: $0, as: UInt8.self) }
        }
        #expect(countries.map(ranks) == [[2, 0, 255], nil, [0, 1, 1]])
    }

    @Test func keepsEveryTextOnce() throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        for _ in 0..<100 { try writer.addAccessPoint(.make()) }
        let map = try writer.finished()
        #expect(map.count < RegionMapHeader.byteCount + 100 * 64 + 200)
    }

    /// A map takes at most 6 bytes a path at 149,000 paths and 60 mirrors with faults.
    @Test func takesLessThanSixBytesAPath() throws {
        let model = Model(pathCount: 50_000, accessPointCount: 60, faultShare: 0.1, seed: 1)
        let bytes = try model.written()
        #expect(Double(bytes.count) / 50_000 < 6)
    }

    @Test func numbersItsSets() throws {
        let model = Model(pathCount: 1000, accessPointCount: 30, faultShare: 0.5, seed: 2)
        let bytes = try model.written()
        let map = try unsafe RegionMap(bytes.span.bytes)
        var sets: Set<[UInt16]> = []
        for number in 0..<map.header.setCount {
            sets.insert(map.members(ofSet: number) ?? [])
        }
        #expect(sets == Set(model.paths.values))
        #expect(map.header.rarePathCount > 0)
        #expect(map.members(ofSet: -1) == nil)
        #expect(map.members(ofSet: map.header.setCount) == nil)
    }

    /// A later minor version has a longer header and longer records; both end in what it added.
    @Test func skipsWhatALaterMinorVersionAdded() throws {
        let model = Model.small()
        var bytes = try model.written()
        let header = try unsafe RegionMap(bytes.span.bytes).header
        let recordByteCount = RegionMapHeader.accessPointRecordByteCount
        for index in (1...header.accessPointCount).reversed() {
            let end = header.accessPoints.offset + index * recordByteCount
            bytes.insert(contentsOf: repeatElement(0xEE, count: 8), at: end)
        }
        // No sets of paths, and fields that are not yet defined.
        let added = [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 0xDD, count: 16)
        bytes.insert(contentsOf: added, at: RegionMapHeader.byteCount)
        let inserted = header.accessPointCount * 8
        for section in 0..<RegionMapHeader.sectionCount {
            let entry = 104 + section * 8
            guard let offset = unsafe bytes.span.bytes.integer(at: entry, as: UInt32.self) else {
                continue
            }
            let isBehind = Int(offset) > header.accessPoints.offset
            let moved = offset + UInt32(added.count) + (isBehind ? UInt32(inserted) : 0)
            overwrite(&bytes, at: entry, with: moved)
        }
        let accessPoints = 104 + RegionMapError.Section.accessPoints.rawValue * 8
        let records = header.accessPointCount * (recordByteCount + 8)
        overwrite(&bytes, at: accessPoints + 4, with: UInt32(records))
        overwrite(&bytes, at: 6, with: UInt16(1))
        overwrite(&bytes, at: 8, with: UInt32(RegionMapHeader.byteCount + added.count))
        overwrite(&bytes, at: 20, with: UInt32(bytes.count))
        overwrite(&bytes, at: 62, with: UInt16(recordByteCount + 8))
        resealHeader(&bytes, byteCount: RegionMapHeader.byteCount + added.count)
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.minorVersion == 1)
        for (path, expected) in model.paths { #expect(map.members(of: path) == expected) }
        #expect(map.accessPointWithStrings(at: 11) == .make("m11", rank: 11))
    }
}
