/// Why bytes are not a usable region map, or why one cannot be written.
package enum RegionMapError: Error, Equatable {
    // Errors of readers.

    /// The bytes do not begin as a region map does.
    case notARegionMap(magic: UInt32)
    /// The map is of a major version that this reader does not know.
    case unsupportedVersion(major: UInt16, supported: UInt16)
    /// The bytes end before the header or the map does.
    case truncated(expectedByteCount: Int, actualByteCount: Int)
    /// There are more bytes than the map says.
    case trailingBytes(expectedByteCount: Int, actualByteCount: Int)
    /// The header is not as it was written.
    case headerChecksumMismatch(expected: UInt32, actual: UInt32)
    /// Something after the header is not as it was written.
    case bodyChecksumMismatch(expected: UInt32, actual: UInt32)
    /// The checksum of the header is right, but it contains a number that no map can have.
    case invalidHeader(HeaderField, value: UInt64)
    /// A section begins before the end of the header or ends after the end of the map.
    case sectionOutOfBounds(Section, offset: UInt64, byteCount: UInt64, mapByteCount: UInt64)
    /// A section is too small for what the header says it contains.
    case sectionTooSmall(Section, expectedByteCount: UInt64, actualByteCount: UInt64)

    /// The total length of the access points' texts is more than readers have to accept.
    case textsTooLong(byteCount: Int, limit: Int)

    // Errors of writers.

    /// A path was added twice; both are given by their position in the order of adding, from 0.
    case duplicatePath(first: Int, second: Int)
    /// Two paths collide in 64 bits under every hash that a map can use; see FORMAT.md.
    case hashesCollide(first: Int, second: Int)
    /// The access points of a path are not in ascending order, or one is named twice.
    case replicasNotAscending(path: Int)
    /// A path names an access point that was not added before.
    case unknownAccessPoint(index: Int, accessPointCount: Int)
    /// An access point would follow one of a higher rank.
    case ranksNotAscending(accessPoint: Int)
    /// A text is longer than its field allows.
    case textTooLong(byteCount: Int, limit: Int)
    /// The countries of a rule about clients are not pairs of capital letters.
    case invalidCountries(accessPoint: Int)
    /// There is not exactly one rank of a country for each access point, or the country is out of
    /// order.
    case invalidCountryRanks(rankCount: Int, accessPointCount: Int)
    /// There are more paths or access points than the format can number.
    case tooMany(Countable, limit: Int)
    /// The map would be longer than its offsets allow.
    case mapTooLarge(byteCount: Int, limit: Int)
    /// No seed placed all keys of a table, which is too unlikely to be chance.
    case unplaceable(keyCount: Int)

    /// A part of the map after its header, in the order of the header's list.
    package enum Section: Int, Sendable {
        case baseSets
        case differenceSets
        case units
        case accessPoints
        case strings
        case countryRanks
        case rareTable
        case pathTable
    }

    /// A number in the header that is checked separately.
    package enum HeaderField: Sendable {
        case headerByteCount
        case accessPointRecordByteCount
        case baseSetCount
        case setCount
        case commonSetCount
        case countryCount
        case pathTableShape
        case rareTableShape
        case regionID
        case pathSets
    }

    /// What the format numbers.
    package enum Countable: Sendable {
        case accessPoints
        case paths
    }
}
