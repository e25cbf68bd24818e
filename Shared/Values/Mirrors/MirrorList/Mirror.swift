import Bytes
package import JSON

/// One site that carries a copy of the tree.
package struct Mirror: Hashable, Sendable {
    /// A stable name that is safe in a storage key and a URL; it survives imports of the list.
    package typealias ID = String

    package let id: ID
    /// Its name in the mirror list, for display.
    package let name: String
    package let country: CountryCode
    /// The region of the mirror list, as a slug: `north-america`.
    package let region: Region.ID
    /// The locations of its sites, if specified.
    ///
    /// A mirror with several sites, or an anycast one, has one for each; the nearest counts.
    package let locations: [GeoLocation]
    /// Whether ``locations`` come from the mirror list instead of the operator.
    package let hasListedLocations: Bool
    /// Its share of the load among equals; 100 unless overridden.
    ///
    /// 0 excludes it from the choice.
    package let weight: Int
    /// What it may be used for.
    package let rules: MirrorRules
    /// How its access points are checked.
    package let checkBy: CheckBy
    /// False if an override or a vanished list entry disables it.
    package let isEnabled: Bool
    /// False if the newest import of the list no longer had it.
    package let isListed: Bool
    package var accessPoints: [AccessPoint]

    package init(
        id: ID,
        name: String,
        country: CountryCode,
        region: Region.ID,
        locations: [GeoLocation] = [],
        hasListedLocations: Bool = false,
        weight: Int = 100,
        rules: MirrorRules = .none,
        checkBy: CheckBy = .own,
        isEnabled: Bool = true,
        isListed: Bool = true,
        accessPoints: [AccessPoint]
    ) {
        self.id = id
        self.name = name
        self.country = country
        self.region = region
        self.locations = locations
        self.hasListedLocations = hasListedLocations
        self.weight = weight
        self.rules = rules
        self.checkBy = checkBy
        self.isEnabled = isEnabled
        self.isListed = isListed
        self.accessPoints = accessPoints
    }
}

extension Mirror {
    /// How the access points of a mirror are checked.
    package enum CheckBy: String, Hashable, Sendable, CaseIterable {
        /// Each by its own protocol.
        case own
        /// The rsync listing renews the proofs of the http and https ones, as long as random
        /// questions there agree with it.
        case shared
    }
}

extension JSONFields {
    /// The value of the member `key` as a ``Mirror/CheckBy``; nil if it is missing.
    package mutating func checkBy(_ key: String) throws(JSONError) -> Mirror.CheckBy? {
        guard let text = try string(key) else { return nil }
        guard let value = Mirror.CheckBy(rawValue: text) else {
            throw unexpected(key, "\"own\" or \"shared\"", .string(text))
        }
        return value
    }
}

/// A country by its ISO 3166-1 alpha-2 code, in upper case.
package struct CountryCode: Hashable, Sendable, CustomStringConvertible {
    /// Both letters, the first in the high byte, so that numeric order is alphabetical order.
    private let bytes: UInt16

    package var first: UInt8 { UInt8(truncatingIfNeeded: bytes >> 8) }
    package var second: UInt8 { UInt8(truncatingIfNeeded: bytes) }

    package var letters: String { String(decoding: [first, second], as: UTF8.self) }

    /// Nil unless `text` is two ASCII letters.
    ///
    /// `UK`, which occurs in mirror lists, becomes `GB`.
    package init?(_ text: String) {
        let bytes = text.utf8Span.span
        guard bytes.count == 2 else { return nil }
        self.init(bytes[0], bytes[1])
    }

    /// Nil unless both are ASCII letters; does not allocate.
    package init?(_ first: UInt8, _ second: UInt8) {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let (first, second) = (first.uppercasedASCII, second.uppercasedASCII)
        guard letters.contains(first), letters.contains(second) else { return nil }
        let bytes = UInt16(first) << 8 | UInt16(second)
        self.bytes = bytes == 0x554B ? 0x4742 : bytes
    }

    package var description: String { letters }

    /// Whether it precedes `other` alphabetically.
    package func precedes(_ other: CountryCode) -> Bool { bytes < other.bytes }
}

/// A region that redirectors serve, with a map of its own.
package struct Region: Hashable, Sendable {
    /// The slug of the mirror list's region name: `australia-and-oceania`.
    package typealias ID = String

    package let id: ID
    package let name: String
    /// The point from which distances are measured.
    package let location: GeoLocation
    /// The countries whose clients belong here.
    package let countries: [CountryCode]

    package init(id: ID, name: String, location: GeoLocation, countries: [CountryCode]) {
        self.id = id
        self.name = name
        self.location = location
        self.countries = countries
    }

    /// The slug of a name: lower case, with each run of characters other than letters and digits
    /// replaced by a hyphen.
    ///
    /// "Australia and Oceania" becomes `australia-and-oceania`. Nil if nothing is left.
    package static func slug(of name: String) -> ID? {
        let hyphen = UInt8(ascii: "-")
        var slug: [UInt8] = []
        let bytes = name.utf8Span.span
        for index in bytes.indices {
            let byte = bytes[index]
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            if (0x61...0x7A).contains(lower) || (0x30...0x39).contains(lower) {
                slug.append(lower)
            } else if !slug.isEmpty, slug.last != hyphen {
                slug.append(hyphen)
            }
        }
        if slug.last == hyphen { slug.removeLast() }
        return slug.isEmpty ? nil : String(decoding: slug, as: UTF8.self)
    }
}
