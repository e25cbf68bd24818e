import Bytes
package import JSON

/// One site that carries a copy of the tree.
package struct Mirror: Hashable, Sendable {
    /// A stable name that is safe in a storage key and a URL; kept over imports of the list.
    package typealias ID = String

    package let id: ID
    /// Its name in the mirror list, for display.
    package let name: String
    package let country: CountryCode
    /// The region of the mirror list, as a slug: `north-america`.
    package let region: Region.ID
    /// Where its sites stand, as far as somebody says so.
    ///
    /// A mirror of several sites, or an anycast one, has one for each; the nearest counts.
    package let locations: [GeoLocation]
    /// Whether ``locations`` are the mirror list's, and not the operator's.
    package let hasListedLocations: Bool
    /// Its share of the load among equals; 100 unless overridden.
    ///
    /// 0 takes it out of the choice.
    package let weight: Int
    /// What it may be asked for.
    package let rules: MirrorRules
    /// Whose word counts for its access points.
    package let checkBy: CheckBy
    /// False when an override or a vanished list entry took it out.
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
    /// How the access points of a mirror are judged.
    package enum CheckBy: String, Hashable, Sendable, CaseIterable {
        /// Each by its own protocol.
        case own
        /// The rsync listing vouches for the http and https ones, as long as random questions there
        /// agree with it.
        case shared
    }
}

extension JSONFields {
    /// The member of that name as a ``Mirror/CheckBy``; nil where there is none.
    package mutating func checkBy(_ key: String) throws(JSONError) -> Mirror.CheckBy? {
        guard let text = try string(key) else { return nil }
        guard let value = Mirror.CheckBy(rawValue: text) else {
            throw unexpected(key, "\"own\" or \"shared\"", .string(text))
        }
        return value
    }
}

/// A country by its ISO 3166-1 alpha-2 code, upper case.
package struct CountryCode: Hashable, Sendable, CustomStringConvertible {
    /// Both letters, the first one in the high byte: the order of numbers is that of texts.
    private let bytes: UInt16

    package var first: UInt8 { UInt8(truncatingIfNeeded: bytes >> 8) }
    package var second: UInt8 { UInt8(truncatingIfNeeded: bytes) }

    package var letters: String { String(decoding: [first, second], as: UTF8.self) }

    /// Nil unless `text` is two ASCII letters.
    ///
    /// `UK`, which mirror lists write, becomes `GB`.
    package init?(_ text: String) {
        let bytes = text.utf8Span.span
        guard bytes.count == 2 else { return nil }
        self.init(bytes[0], bytes[1])
    }

    /// Nil unless both are ASCII letters; allocates nothing.
    package init?(_ first: UInt8, _ second: UInt8) {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let (first, second) = (first.uppercasedASCII, second.uppercasedASCII)
        guard letters.contains(first), letters.contains(second) else { return nil }
        let bytes = UInt16(first) << 8 | UInt16(second)
        self.bytes = bytes == 0x554B ? 0x4742 : bytes
    }

    package var description: String { letters }

    /// Whether it is before `other` in the alphabet.
    package func precedes(_ other: CountryCode) -> Bool { bytes < other.bytes }
}

/// A place that a Redirector runs for.
package struct Region: Hashable, Sendable {
    /// The slug of the mirror list's region name: `australia-and-oceania`.
    package typealias ID = String

    package let id: ID
    package let name: String
    /// The point that distances are measured from.
    package let location: GeoLocation
    /// The countries whose clients belong here.
    package let countries: [CountryCode]

    package init(id: ID, name: String, location: GeoLocation, countries: [CountryCode]) {
        self.id = id
        self.name = name
        self.location = location
        self.countries = countries
    }

    /// The slug of a name: lower case, every run of other characters than letters and digits one
    /// hyphen.
    ///
    /// "Australia and Oceania" becomes `australia-and-oceania`. Nil when nothing is left.
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
