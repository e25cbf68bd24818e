import Bytes

/// A tag: a name and attributes.
struct HTMLTag {
    /// In lower case; empty for comments and declarations.
    let name: String
    /// Whether this is `</name>`.
    let isEnd: Bool
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        isEnd = bytes.first == UInt8(ascii: "/")
        let letters = bytes.dropFirst(isEnd ? 1 : 0).prefix { $0.isDigit || $0.isLetter }
        name = String(decoding: letters.prefix(16).map(\.lowercase), as: UTF8.self)
    }

    func isStart(of name: String) -> Bool { !isEnd && self.name == name }

    func isEnd(of name: String) -> Bool { isEnd && self.name == name }

    /// The value of the attribute `name`, with entities decoded; nil if it is missing, empty if it
    /// has no value.
    func attribute(_ name: String) -> [UInt8]? {
        var rest = bytes[...]
        rest = rest.drop { !$0.isBlank }
        while true {
            rest = rest.drop { $0.isBlank || $0 == UInt8(ascii: "/") }
            let key = rest.prefix { !$0.isBlank && $0 != UInt8(ascii: "=") }
            rest = rest.dropFirst(key.count).drop { $0.isBlank }
            guard !key.isEmpty || !rest.isEmpty else { return nil }
            var value: ArraySlice<UInt8> = []
            if rest.first == UInt8(ascii: "=") {
                rest = rest.dropFirst().drop { $0.isBlank }
                if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
                {
                    value = rest.dropFirst().prefix { $0 != quote }
                    rest = rest.dropFirst(value.count + 2)
                } else {
                    value = rest.prefix { !$0.isBlank }
                    rest = rest.dropFirst(value.count)
                }
            }
            if key.equalsIgnoringCase(name.utf8) { return HTMLText.decoded(value) }
        }
    }
}

extension ArraySlice<UInt8> {
    func equalsIgnoringCase(_ text: String.UTF8View) -> Bool {
        count == text.count && zip(self, text).allSatisfy { $0 == $1 || $0.lowercase == $1 }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    var lowercase: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
