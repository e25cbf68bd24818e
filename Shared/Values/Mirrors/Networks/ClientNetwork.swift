import Bytes

/// A set of clients by their location in the Internet.
package enum ClientNetwork: Hashable, Sendable {
    /// Clients with an address in a block.
    case block(IPNetwork)
    /// Clients in an autonomous system, by its number.
    case system(UInt32)

    /// Parses `192.0.2.0/24`, `2001:db8::/32` or `AS64500`; nil for anything else.
    package init?(_ text: String) {
        if let block = IPNetwork(text) {
            self = .block(block)
        } else if text.utf8.first.map({ $0 & 0xDF }) == UInt8(ascii: "A"),
            let number = SystemNumber.parse(Array(text.utf8).span)
        {
            self = .system(number)
        } else {
            return nil
        }
    }
}

extension ClientNetwork: CustomStringConvertible {
    package var description: String {
        switch self {
        case .block(let block): "\(block)"
        case .system(let number): "AS\(number)"
        }
    }
}

/// The number of an autonomous system (RFC 6793), as text.
package enum SystemNumber {
    /// The maximum length in bytes.
    package static let longest = 12

    /// Parses `64500` or `AS64500`, ignoring case; nil for anything else, and for the reserved
    /// number 0.
    package static func parse(_ text: Span<UInt8>) -> UInt32? {
        guard text.count <= longest else { return nil }
        var start = 0
        if text.count > 2, text[0] & 0xDF == UInt8(ascii: "A"), text[1] & 0xDF == UInt8(ascii: "S")
        {
            start = 2
        }
        guard start < text.count else { return nil }
        var number: UInt64 = 0
        for index in start..<text.count {
            guard number.append(decimalDigit: text[index]) else { return nil }
        }
        return number > 0 ? UInt32(exactly: number) : nil
    }
}
