/// Writes a region map: access points in the order of their rank, then paths in any order.
///
/// A path is kept as two 64-bit hashes and the number of its set: 20 bytes, so a map of 10 million
/// paths takes less than a gigabyte to write. Equal input in equal order gives equal bytes.
package struct RegionMapWriter {
    /// The two seeds that a map may name.
    ///
    /// A map knows its paths by one 64-bit hash. Among 10 million paths some two have equal hashes
    /// with a probability of n² / 2^65 = 2.7e-6; then the other seed is used, whose hashes are
    /// independent, so ``RegionMapError/hashesCollide(first:second:)`` requires a second such
    /// coincidence, 7e-12. Two paths with equal hashes under both seeds are the same path added
    /// twice, except with a probability of n² / 2^129 = 1.5e-25.
    static let hashSeeds: (first: UInt64, second: UInt64) = (
        0x5245_4749_4F4E_4D31, 0x5245_4749_4F4E_4D32
    )
    /// Indexes are below this, so that the end of a run still fits into 16 bits.
    package static let accessPointLimit = 65_535

    private let regionID: String
    private let catalogGeneration: UInt32
    private let builtAt: Int64
    /// The sets of paths that clients get from one mirror, as lines; empty if there are none.
    package var pathSets = ""
    private var accessPoints: [RegionMapAccessPoint] = []
    private var countries: [RegionMapCountry] = []
    private var countryRanks: [UInt8] = []
    private var sets = ReplicaSetPool()
    private var firstHashes: [UInt64] = []
    private var secondHashes: [UInt64] = []
    private var setIndexes: [UInt32] = []

    /// Starts a map; `builtAt` is in seconds since 1970.
    ///
    /// With `expectedPathCount` memory is allocated once instead of growing by doubling.
    package init(
        regionID: String,
        catalogGeneration: UInt32,
        builtAt: Int64,
        expectedPathCount: Int = 0
    ) {
        self.regionID = regionID
        self.catalogGeneration = catalogGeneration
        self.builtAt = builtAt
        firstHashes.reserveCapacity(expectedPathCount)
        secondHashes.reserveCapacity(expectedPathCount)
        setIndexes.reserveCapacity(expectedPathCount)
    }

    /// Adds an access point after all others and returns its index.
    @discardableResult
    package mutating func addAccessPoint(
        _ accessPoint: RegionMapAccessPoint
    ) throws(RegionMapError) -> Int {
        let index = accessPoints.count
        guard index < Self.accessPointLimit else {
            throw .tooMany(.accessPoints, limit: Self.accessPointLimit)
        }
        if let last = accessPoints.last, last.rank > accessPoint.rank {
            throw .ranksNotAscending(accessPoint: index)
        }
        let letters = accessPoint.clientCountries.utf8
        guard letters.count.isMultiple(of: 2),
            letters.allSatisfy((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains)
        else { throw .invalidCountries(accessPoint: index) }
        accessPoints.append(accessPoint)
        return index
    }

    /// Adds how clients of `country` rank the access points, one byte for each, 0 being the best.
    ///
    /// Must be called after all access points were added; countries must be in alphabetical order.
    package mutating func add(
        ranks: [UInt8],
        for country: RegionMapCountry
    ) throws(RegionMapError) {
        let isBehind = countries.last.map { $0.rawValue.byteSwapped < country.rawValue.byteSwapped }
        guard ranks.count == accessPoints.count, isBehind ?? true else {
            throw .invalidCountryRanks(
                rankCount: ranks.count,
                accessPointCount: accessPoints.count
            )
        }
        countries.append(country)
        countryRanks += ranks
    }

    /// Adds a path and the indexes of the access points that hold it, ascending; there may be none.
    ///
    /// Whether the path is new is checked by ``finished()``.
    package mutating func add(
        path: some Collection<UInt8>,
        replicas: [UInt16]
    ) throws(RegionMapError) {
        let hashes = path.withContiguousStorageIfAvailable { bytes in
            unsafe Self.hashes(of: UnsafeRawBufferPointer(bytes).bytes)
        }
        if let hashes {
            try add(hashes: hashes, replicas: replicas)
        } else {
            try unsafe add(hashes: Self.hashes(of: Array(path).span.bytes), replicas: replicas)
        }
    }

    /// Adds the path with these hashes, under the first and the second seed.
    mutating func add(
        hashes: (first: UInt64, second: UInt64),
        replicas: [UInt16]
    ) throws(RegionMapError) {
        let path = firstHashes.count
        guard path < Int(UInt32.max) else { throw .tooMany(.paths, limit: Int(UInt32.max)) }
        let set = try sets.add(replicas, below: accessPoints.count, path: path)
        firstHashes.append(hashes.first)
        secondHashes.append(hashes.second)
        setIndexes.append(UInt32(set))
    }

    private static func hashes(of path: RawSpan) -> (first: UInt64, second: UInt64) {
        (
            PathHash.hash(path, seed: hashSeeds.first),
            PathHash.hash(path, seed: hashSeeds.second)
        )
    }

    /// The complete map with its checksums.
    package consuming func finished() throws(RegionMapError) -> [UInt8] {
        let hashSeed = try chooseHash()
        let encoding = ReplicaSetEncoding(sets, mirrors: mirrors)
        let tables = try tables(encoding)
        var map = try image(encoding, tables)
        note(encoding, tables, in: &map)
        map.builtAt = builtAt
        map.catalogGeneration = catalogGeneration
        map.hashSeed = hashSeed
        return try map.bytes()
    }

    /// From the hash of a path to the number of its set: for the paths of common sets one table,
    /// for the others a second one.
    private struct Tables {
        var paths: (table: FuseTable, words: [UInt64])
        var rare: (table: FuseTable, words: [UInt64])
        var rarePathCount: Int
    }

    /// Gives up the set of each path, which is in the tables from then on.
    private mutating func tables(
        _ encoding: ReplicaSetEncoding
    ) throws(RegionMapError) -> Tables {
        var codes: [UInt32] = []
        var rareHashes: [UInt64] = []
        var rareCodes: [UInt32] = []
        codes.reserveCapacity(firstHashes.count)
        rareHashes.reserveCapacity(encoding.rarePathCount)
        rareCodes.reserveCapacity(encoding.rarePathCount)
        let commonSetCount = UInt32(encoding.commonSetCount)
        for (path, set) in setIndexes.enumerated() {
            let number = encoding.numbers[Int(set)]
            codes.append(min(number, commonSetCount))
            if number >= commonSetCount {
                rareHashes.append(firstHashes[path])
                rareCodes.append(number - commonSetCount)
            }
        }
        setIndexes = []
        let rare = try FuseTableBuilder(
            hashes: rareHashes,
            codes: rareCodes,
            codeBitCount: UInt8(
                ReplicaSetEncoding.bitWidth(below: encoding.numbers.count - encoding.commonSetCount)
            ),
            hasFingerprints: false
        ).built()
        let paths = try FuseTableBuilder(
            hashes: firstHashes,
            codes: codes,
            codeBitCount: encoding.codeBitCount,
            hasFingerprints: true
        ).built()
        return Tables(paths: paths, rare: rare, rarePathCount: rareHashes.count)
    }

    /// The sections, in their order.
    private func image(
        _ encoding: ReplicaSetEncoding,
        _ tables: Tables
    ) throws(RegionMapError) -> RegionMapImage {
        var strings = StringSection()
        let placedID = try strings.add(regionID)
        var map = RegionMapImage(pathSets: pathSets.isEmpty ? nil : try strings.add(pathSets))
        map.regionID = placedID
        map.append(encoding.baseSection, as: .baseSets)
        map.append(encoding.differenceSection, as: .differenceSets)
        map.append(encoding.unitSection, as: .units)
        map.recordForm = RegionMapRecordForm(for: accessPoints)
        map.append(try strings.records(of: accessPoints), as: .accessPoints)
        map.append(strings.bytes, as: .strings)
        map.append(try countrySection(), as: .countryRanks)
        let (rare, paths) = (tables.rare, tables.paths)
        map.append(words: rare.words, byteCount: Int(rare.table.byteCount), as: .rareTable)
        map.append(words: paths.words, byteCount: Int(paths.table.byteCount), as: .pathTable)
        return map
    }

    /// Writes the counts and parameters of the sections to the header.
    private func note(
        _ encoding: ReplicaSetEncoding,
        _ tables: Tables,
        in map: inout RegionMapImage
    ) {
        map.countryCount = UInt16(clamping: countries.count)
        map.pathCount = UInt32(firstHashes.count)
        map.heldPathCount = UInt32(sets.heldPathCount)
        map.setCount = UInt32(encoding.numbers.count)
        map.commonSetCount = UInt32(encoding.commonSetCount)
        map.rarePathCount = UInt32(tables.rarePathCount)
        map.baseSetCount = UInt16(encoding.baseSetCount)
        map.setBlockCount = UInt32(encoding.blockCount)
        map.unitCount = UInt16(encoding.unitCount)
        map.accessPointCount = UInt16(accessPoints.count)
        map.pathTable = tables.paths.table
        map.rareTable = tables.rare.table
    }

    /// A number for the mirror of each access point.
    private var mirrors: [UInt16] {
        var numbers: [String: UInt16] = [:]
        return accessPoints.map { point in
            let next = UInt16(numbers.count)
            let number = numbers[point.mirrorID] ?? next
            numbers[point.mirrorID] = number
            return number
        }
    }

    /// The countries, then the ranks for each; throws if an access point was added later.
    private func countrySection() throws(RegionMapError) -> [UInt8] {
        guard countryRanks.count == countries.count * accessPoints.count else {
            throw .invalidCountryRanks(
                rankCount: countryRanks.count / max(1, countries.count),
                accessPointCount: accessPoints.count
            )
        }
        var section: [UInt8] = []
        for country in countries { section.appendInteger(country.rawValue) }
        return section + countryRanks
    }

    /// Leaves in `firstHashes` those of a seed that distinguishes all paths, and returns the seed.
    private mutating func chooseHash() throws(RegionMapError) -> UInt64 {
        guard let collision = try Self.collision(in: firstHashes, other: secondHashes) else {
            secondHashes = []
            return Self.hashSeeds.first
        }
        guard try Self.collision(in: secondHashes, other: firstHashes) == nil else {
            throw .hashesCollide(first: collision.first, second: collision.second)
        }
        firstHashes = secondHashes
        secondHashes = []
        return Self.hashSeeds.second
    }

    /// Two paths that have equal hashes but differ in the other ones, or nil if all hashes differ.
    ///
    /// Throws if they do not differ in the other ones either.
    private static func collision(
        in hashes: [UInt64],
        other: [UInt64]
    ) throws(RegionMapError) -> (first: Int, second: Int)? {
        let sorted = hashes.sorted()
        var collision: (first: Int, second: Int)?
        for (left, right) in zip(sorted, sorted.dropFirst()) where left == right {
            let paths = hashes.indices.filter { hashes[$0] == left }
            for (position, first) in paths.enumerated() {
                for second in paths[(position + 1)...] where other[first] == other[second] {
                    throw .duplicatePath(first: first, second: second)
                }
            }
            collision = (paths[0], paths[1])
        }
        return collision
    }
}
