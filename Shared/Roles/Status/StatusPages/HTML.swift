import Time

/// HTML under construction; everything but markup is escaped.
struct HTML {
    private(set) var text = ""

    /// Appends markup unchanged.
    mutating func markup(_ markup: String) {
        text += markup
    }

    /// Appends text, escaped for an element or an attribute in double quotes.
    mutating func add(_ words: String) {
        text += Self.escaped(words)
    }

    /// Text escaped for an element or an attribute in double quotes, in HTML and XML.
    ///
    /// Characters forbidden in either, and those that change the direction of text, become U+FFFD.
    static func escaped(_ words: String) -> String {
        let isPlain = words.utf8.allSatisfy { byte in
            byte >= 0x20 && byte < 0x7F && byte != 0x26 && byte != 0x3C && byte != 0x3E
                && byte != 0x22 && byte != 0x27
        }
        guard !isPlain else { return words }
        var result = ""
        for scalar in words.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A name from a mirror list, isolated so that its text direction does not affect others.
    static func name(_ name: String) -> String { "<bdi>\(escaped(name))</bdi>" }

    /// A link to the URL if browsers can follow it, otherwise text.
    static func link(_ url: String, _ words: String? = nil) -> String {
        let text = escaped(words ?? url)
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return text }
        return "<a rel=\"nofollow noreferrer\" href=\"\(escaped(url))\">\(text)</a>"
    }

    /// A time to the minute, in UTC; on phones it may break between day and hour only.
    static func time(_ time: Timestamp) -> String {
        let text = time.description
        return "<time datetime=\"\(time)\"><span>\(text.prefix(10))</span> "
            + "\(text.dropFirst(11).prefix(5))</time>"
    }

    /// The day of a time.
    static func day(_ time: Timestamp) -> String {
        let day = time.description.prefix(10)
        return "<time datetime=\"\(day)\">\(day)</time>"
    }

    /// A number with commas between thousands.
    static func number(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        groups.insert(digits, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
