extension RegionMapError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notARegionMap(let magic):
            "not a region map: it begins with \(hex(magic)), expected "
                + "\(hex(RegionMapHeader.magic)) (\"RMAP\"); give the path of a .map file"
        case .unsupportedVersion(let major, let supported):
            "the region map has format version \(major), this program reads \(supported); "
                + "build the map again, or deploy the newer program"
        case .truncated(let expected, let actual):
            "the region map is truncated: expected \(expected) bytes, "
                + "found \(actual); fetch it again"
        case .trailingBytes(let expected, let actual):
            "the region map is followed by other bytes: expected \(expected) bytes, "
                + "found \(actual); fetch it again"
        case .headerChecksumMismatch(let expected, let actual):
            "the region map's header is damaged: CRC-32 expected \(hex(expected)), "
                + "computed \(hex(actual)); fetch it again"
        case .bodyChecksumMismatch(let expected, let actual):
            "the region map is damaged: CRC-32 expected \(hex(expected)), "
                + "computed \(hex(actual)); fetch it again"
        case .invalidHeader(let field, let value):
            "the region map's header has \(value) as \(field.name), which is out of range; "
                + "build the map again"
        case .sectionOutOfBounds(let section, let offset, let byteCount, let mapByteCount):
            "the region map's \(section.name) are given as \(byteCount) bytes at \(offset), "
                + "which is outside its \(mapByteCount) bytes; build the map again"
        case .sectionTooSmall(let section, let expected, let actual):
            "the region map's \(section.name) have \(actual) bytes, expected at least \(expected); "
                + "build the map again"
        case .textsTooLong(let byteCount, let limit):
            "the texts of the region map's access points add up to \(byteCount) bytes, the limit "
                + "is \(limit); shorten names and URLs, or split the region"
        case .duplicatePath(let first, let second):
            "paths \(first) and \(second), counted from 0, are the same; add every path once"
        case .hashesCollide(let first, let second):
            "paths \(first) and \(second), counted from 0, cannot be told apart under any seed "
                + "of the format; leave one of them out"
        case .replicasNotAscending(let path):
            "the access points of path \(path), counted from 0, are not in ascending order; "
                + "sort them and name each once"
        case .unknownAccessPoint(let index, let count):
            "a path names access point \(index), but there are \(count); "
                + "add access points before paths"
        case .ranksNotAscending(let accessPoint):
            "access point \(accessPoint), counted from 0, has a better rank than the one before; "
                + "add the best first"
        case .textTooLong(let byteCount, let limit):
            "a text has \(byteCount) bytes, the limit is \(limit); shorten it"
        case .invalidCountries(let accessPoint):
            "the client countries of access point \(accessPoint), counted from 0, are not pairs "
                + "of capital letters such as \"DEAT\""
        case .invalidCountryRanks(let rankCount, let count):
            "there are \(rankCount) ranks for a country and \(count) access points, or the country "
                + "is out of order; add countries alphabetically, after access points"
        case .tooMany(let what, let limit):
            "a region map holds at most \(limit) \(what.name); split the region"
        case .mapTooLarge(let byteCount, let limit):
            "the region map would have \(byteCount) bytes, the limit is \(limit); "
                + "split the region"
        case .unplaceable(let keyCount):
            "no seed places all \(keyCount) keys of a table; report this with the input"
        }
    }

    private func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension RegionMapError.Section {
    fileprivate var name: String {
        switch self {
        case .baseSets: "base sets"
        case .differenceSets: "difference sets"
        case .units: "units"
        case .accessPoints: "access points"
        case .strings: "strings"
        case .rareTable: "rare table's slots"
        case .pathTable: "path table's slots"
        case .countryRanks: "ranks by country"
        }
    }
}

extension RegionMapError.HeaderField {
    fileprivate var name: String {
        switch self {
        case .headerByteCount: "the length of the header"
        case .accessPointRecordByteCount: "the length of an access point's record"
        case .baseSetCount: "the number of base sets"
        case .setCount: "the number of sets"
        case .commonSetCount: "the number of common sets"
        case .countryCount: "the number of countries"
        case .pathTableShape: "the shape of the path table"
        case .rareTableShape: "the shape of the rare table"
        case .regionID: "the offset of the region's id"
        case .pathSets: "the offset of the sets of paths"
        }
    }
}

extension RegionMapError.Countable {
    fileprivate var name: String {
        switch self {
        case .accessPoints: "access points"
        case .paths: "paths"
        }
    }
}
