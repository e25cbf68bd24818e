/// A reason why bytes are not a usable region map, or why one cannot be written.
package enum RegionMapError: Error, Equatable {
    // What a reader finds.

    /// The bytes do not begin as a region map does.
    case notARegionMap(magic: UInt32)
    /// The map is of a major version that this reader does not know.
    case unsupportedVersion(major: UInt16, supported: UInt16)
    /// The bytes end before the header or the map does.
    case truncated(expectedByteCount: Int, actualByteCount: Int)
    /// More bytes than the map says it has.
    case trailingBytes(expectedByteCount: Int, actualByteCount: Int)
    /// The header is not the one that was written.
    case headerChecksumMismatch(expected: UInt32, actual: UInt32)
    /// Something behind the header is not what was written.
    case bodyChecksumMismatch(expected: UInt32, actual: UInt32)
    /// The header is whole but holds a number that no map can have.
    case invalidHeader(HeaderField, value: UInt64)
    /// A section begins before the end of the header or ends behind the end of the map.
    case sectionOutOfBounds(Section, offset: UInt64, byteCount: UInt64, mapByteCount: UInt64)
    /// A section is too small for what the header says is in it.
    case sectionTooSmall(Section, expectedByteCount: UInt64, actualByteCount: UInt64)

    /// The texts of the access points add up to more than a reader has to take.
    case textsTooLong(byteCount: Int, limit: Int)

    // What a writer refuses.

    /// A path was added twice; both are named by their place in the order of adding, from 0.
    case duplicatePath(first: Int, second: Int)
    /// Two paths meet in 64 bits under every hash that a map can name; see the format's document.
    case hashesCollide(first: Int, second: Int)
    /// Access points of a path are not in ascending order, or one is named twice.
    case replicasNotAscending(path: Int)
    /// A path names an access point that was not added before.
    case unknownAccessPoint(index: Int, accessPointCount: Int)
    /// An access point would come behind one of a higher rank.
    case ranksNotAscending(accessPoint: Int)
    /// A text is longer than its field can say.
    case textTooLong(byteCount: Int, limit: Int)
    /// The countries of a rule about clients are not pairs of capital letters.
    case invalidCountries(accessPoint: Int)
    /// The ranks for a country are not one for each access point, or their country comes out of
    /// order.
    case invalidCountryRanks(rankCount: Int, accessPointCount: Int)
    /// There are more paths or access points than the format can number.
    case tooMany(Countable, limit: Int)
    /// The map would be longer than its offsets can say.
    case mapTooLarge(byteCount: Int, limit: Int)
    /// No seed placed all keys of a table, which chance alone does not explain.
    case unplaceable(keyCount: Int)

    /// A part of the map behind its header, in the order in which the header lists them.
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

    /// A number in the header that is checked by itself.
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

    /// What a map numbers.
    package enum Countable: Sendable {
        case accessPoints
        case paths
    }
}
