import Bytes
import Mirrors
import Redirection
import RegionMapFormat
import Time
import URLs

/// A Metalink of one file (RFC 5854): its size and digests if known, every mirror that a redirect
/// could lead to, in order, and the fallback host last.
struct MetalinkDocument {
    let path: [UInt8]
    let candidates: CandidateList
    let facts: FileFacts?
    let fallbackURL: [UInt8]
    let builtAt: Timestamp
    let generator: String

    /// The lowest priority that the RFC allows.
    private static let lastPriority = 999_999

    /// Writes the document; `map` is the snapshot's.
    func bytes(_ map: borrowing RegionMap) -> [UInt8] {
        let encoded = PercentEncoding.encodedBytes(path: path)

        var xml = MarkupText(capacity: 1024 + 192 * min(candidates.chosen.count, 1024))
        xml.markup("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        xml.markup("<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">\n  <generator>")
        xml.text(generator)
        xml.markup("</generator>\n  <published>")
        xml.text(builtAt)
        xml.markup("</published>\n  <file name=\"")
        xml.text(String(decoding: TreePath(bytes: path).name, as: UTF8.self))
        xml.markup("\">\n")
        if let facts {
            xml.markup("    <size>")
            xml.text(facts.byteCount)
            xml.markup("</size>\n")
            for (algorithm, hex) in facts.digests where algorithm.isForMetalinks {
                xml.markup("    <hash type=\"")
                xml.markup(algorithm.name)
                xml.markup("\">")
                xml.text(hex)
                xml.markup("</hash>\n")
            }
        }
        for (position, index) in candidates.chosen.enumerated() {
            guard let point = map.accessPoint(at: index) else { continue }
            xml.markup("    <url")
            if let country = point.country {
                let letters: InlineArray<2, UInt8> = [
                    country.letters[0].lowercasedASCII, country.letters[1].lowercasedASCII,
                ]
                xml.markup(" location=\"")
                xml.text(letters.span)
                xml.markup("\"")
            }
            append(
                map.text(point.baseURL),
                encoded.span,
                priority: min(position + 1, Self.lastPriority - 1),
                to: &xml
            )
        }
        xml.markup("    <url")
        append(fallbackURL.span, encoded.span, priority: Self.lastPriority, to: &xml)
        xml.markup("  </file>\n</metalink>\n")
        return xml.bytes
    }

    /// Appends the rest of an element whose tag is open.
    private func append(
        _ baseURL: Span<UInt8>,
        _ path: Span<UInt8>,
        priority: Int,
        to xml: inout MarkupText
    ) {
        xml.markup(" priority=\"")
        xml.text(priority)
        xml.markup("\">")
        xml.text(baseURL)
        xml.text(path)
        xml.markup("</url>\n")
    }
}
