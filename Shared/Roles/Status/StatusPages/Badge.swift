import JSON
import StatusFacts

/// A small image with the state of a mirror, for the mirror's own page.
struct Badge {
    let label: String
    let mirror: MirrorFacts

    /// An SVG of about 700 bytes.
    var svg: [UInt8] {
        let word = mirror.verdict.word.text
        let left = Self.width(of: label)
        let right = Self.width(of: word)
        let text = HTML.escaped("\(label): \(word)")
        return Array(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(left + right)" height="20" role="img" \
            aria-label="\(text)"><title>\(text)</title><rect width="\(left)" height="20" \
            fill="#3d4752"/><rect x="\(left)" width="\(right)" height="20" fill="\(colour)"/>\
            <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" \
            text-anchor="middle"><text x="\(left / 2)" y="14">\(HTML.escaped(label))</text>\
            <text x="\(left + right / 2)" y="14">\(word)</text></g></svg>

            """.utf8
        )
    }

    /// The badge for shields.io's endpoint.
    var json: [UInt8] {
        JSONValue.object([
            "schemaVersion": 1, "label": .string(label),
            "message": .string(mirror.verdict.word.text), "color": .string(colour),
        ]).prettySerialized()
    }

    private static func width(of text: String) -> Int { 12 + text.unicodeScalars.count * 7 }

    /// White text on it has a contrast of at least 4.5 to 1.
    private var colour: String {
        switch mirror.verdict.word.grade {
        case .ok: "#1a7f4b"
        case .warn: "#8a5700"
        case .bad: "#b3261e"
        case .none: "#5f6b77"
        }
    }
}
