package import Mirrors
package import RegionMapFormat

/// The properties of a client that matter for the choice of a mirror.
package struct Client: Hashable, Sendable {
    /// Nil if it is unknown or not an IP address.
    package var address: IPAddress?
    package var country: CountryLetters?
    /// Nil if nothing more precise than the country is known.
    package var place: GlobePoint?
    /// The number of its address's autonomous system; nil if unknown.
    package var system: UInt32?
    package var isHTTPS: Bool
    /// The maximum distance of a mirror from its place.
    package var reach = Reach.anywhere

    package init(
        address: IPAddress?,
        country: CountryLetters? = nil,
        place: GlobePoint? = nil,
        system: UInt32? = nil,
        isHTTPS: Bool = false
    ) {
        self.address = address
        self.country = country
        self.place = place
        self.system = system
        self.isHTTPS = isHTTPS
    }
}

/// A country code in two bytes, for fast comparisons in every request.
package struct CountryLetters: Hashable, Sendable {
    package let first: UInt8
    package let second: UInt8

    package init(_ country: RegionMapCountry) {
        first = UInt8(truncatingIfNeeded: country.rawValue)
        second = UInt8(truncatingIfNeeded: country.rawValue >> 8)
    }

    package init(_ code: CountryCode) {
        first = code.first
        second = code.second
    }

    /// Two ASCII letters of either case, otherwise nil.
    ///
    /// CDNs send `XX` for unknown, which is nil, and `T1` for Tor. `UK` is `GB`.
    package init?(_ text: Span<UInt8>) {
        guard text.count == 2 else { return nil }
        let first = text[0] & 0xDF
        let second = text[1] & 0xDF
        guard (0x41...0x5A).contains(first), (0x41...0x5A).contains(second),
            first != UInt8(ascii: "X") || second != UInt8(ascii: "X")
        else { return nil }
        let isUK = first == UInt8(ascii: "U") && second == UInt8(ascii: "K")
        self.first = isUK ? UInt8(ascii: "G") : first
        self.second = isUK ? UInt8(ascii: "B") : second
    }
}

extension CountryLetters {
    /// The number of pairs of letters.
    static let count = 26 * 26

    /// Which of them this is, in alphabetical order.
    var index: Int { (Int(first) - 0x41) * 26 + Int(second) - 0x41 }
}

extension CountryLetters: CustomStringConvertible {
    /// The two letters.
    package var description: String {
        String(decoding: [first, second], as: UTF8.self)
    }
}

extension RegionMapCountry {
    init?(_ letters: CountryLetters) {
        self.init(rawValue: UInt16(letters.first) | UInt16(letters.second) << 8)
    }
}
