import Mirrors
import Redirection
import Time
import URLs

/// A Metalink of one file (RFC 5854): size and digests as far as they are known, every mirror that a
/// redirect could lead to in its order, and the fallback host as the last resort.
struct MetalinkDocument {
    let path: [UInt8]
    let candidates: CandidateList
    let facts: FileFacts?
    let fallbackURL: [UInt8]
    let builtAt: Timestamp
    let generator: String

    /// The lowest priority that the RFC has.
    private static let lastPriority = 999_999

    var bytes: [UInt8] {
        let pathText = PercentEncoding.encoded(path: path)

        var xml = MarkupText()
        xml.markup("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        xml.markup("<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">\n  <generator>")
        xml.text(generator)
        xml.markup("</generator>\n  <published>")
        xml.text(builtAt.description)
        xml.markup("</published>\n  <file name=\"")
        xml.text(String(decoding: TreePath(bytes: path).name, as: UTF8.self))
        xml.markup("\">\n")
        if let facts {
            xml.markup("    <size>")
            xml.text(facts.byteCount)
            xml.markup("</size>\n")
            for (algorithm, hex) in facts.digests where algorithm.isForMetalinks {
                xml.markup("    <hash type=\"")
                xml.text(algorithm.name)
                xml.markup("\">")
                xml.text(hex)
                xml.markup("</hash>\n")
            }
        }
        for (position, candidate) in candidates.chosen.enumerated() {
            append(
                candidate.baseURL + pathText,
                country: candidate.country,
                priority: min(position + 1, Self.lastPriority - 1),
                to: &xml
            )
        }
        append(
            String(decoding: fallbackURL, as: UTF8.self) + pathText,
            country: nil,
            priority: Self.lastPriority,
            to: &xml
        )
        xml.markup("  </file>\n</metalink>\n")
        return xml.bytes
    }

    private func append(
        _ url: String,
        country: String?,
        priority: Int,
        to xml: inout MarkupText
    ) {
        xml.markup("    <url")
        if let country {
            xml.markup(" location=\"")
            xml.text(country.lowercased())
            xml.markup("\"")
        }
        xml.markup(" priority=\"")
        xml.text(priority)
        xml.markup("\">")
        xml.text(url)
        xml.markup("</url>\n")
    }
}
