import Bytes
import FileDetailsFormat
import Mirrors
import Redirection
import RegionMapFormat
import Time
import URLs

/// Version 3.0, as dnf's `metalink=` reads it, with MirrorManager's extensions.
///
/// MirrorManager's `alternates`, the earlier versions of the file, are omitted: every listed mirror
/// holds the present one.
extension MetalinkDocument {
    /// Preferences range from 100, the best, to 1.
    private static let firstPreference = 100

    /// Writes the version 3.0 document; `map` is the snapshot's.
    func version3(_ map: borrowing RegionMap) -> [UInt8] {
        let encoded = PercentEncoding.encodedBytes(path: path)
        var xml = MarkupText(capacity: 1024 + 192 * min(candidates.chosen.count, 1024))
        xml.markup("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metalink version=\"3.0\"")
        xml.markup(" xmlns=\"http://www.metalinker.org/\"")
        xml.markup(
            " xmlns:mm0=\"http://fedorahosted.org/mirrormanager\" type=\"dynamic\" pubdate=\""
        )
        xml.text(HTTPDate.bytes(builtAt).span)
        xml.markup("\" generator=\"")
        xml.text(generator)
        xml.markup("\">\n  <files>\n    <file name=\"")
        xml.text(String(decoding: TreePath(bytes: path).name, as: UTF8.self))
        xml.markup("\">\n")
        appendFacts(to: &xml)
        xml.markup("      <resources maxconnections=\"1\">\n")
        for (position, index) in candidates.chosen.enumerated() {
            guard let point = map.accessPoint(at: index) else { continue }
            append(
                map.text(point.baseURL),
                encoded.span,
                country: point.country,
                preference: max(Self.firstPreference - position, 2),
                to: &xml
            )
        }
        append(fallbackURL.span, encoded.span, country: nil, preference: 1, to: &xml)
        xml.markup("      </resources>\n    </file>\n  </files>\n</metalink>\n")
        return xml.bytes
    }

    private func appendFacts(to xml: inout MarkupText) {
        guard let facts else { return }
        xml.markup("      <mm0:timestamp>")
        xml.text(facts.modified.secondsSinceEpoch)
        xml.markup("</mm0:timestamp>\n      <size>")
        xml.text(facts.byteCount)
        xml.markup("</size>\n")
        let digests = facts.digests.filter { $0.algorithm.nameInVersion3 != nil }
        guard !digests.isEmpty else { return }
        xml.markup("      <verification>\n")
        for (algorithm, hex) in digests {
            guard let name = algorithm.nameInVersion3 else { continue }
            xml.markup("        <hash type=\"")
            xml.markup(name)
            xml.markup("\">")
            xml.text(hex)
            xml.markup("</hash>\n")
        }
        xml.markup("      </verification>\n")
    }

    private func append(
        _ baseURL: Span<UInt8>,
        _ path: Span<UInt8>,
        country: RegionMapCountry?,
        preference: Int,
        to xml: inout MarkupText
    ) {
        let isHTTPS = baseURL.beginsIgnoringCase(with: "https:")
        xml.markup("        <url protocol=\"")
        xml.markup(isHTTPS ? "https" : "http")
        xml.markup("\" type=\"")
        xml.markup(isHTTPS ? "https" : "http")
        if let country {
            let letters = country.letters
            xml.markup("\" location=\"")
            xml.text(letters.span)
        }
        xml.markup("\" preference=\"")
        xml.text(preference)
        xml.markup("\">")
        xml.text(baseURL)
        xml.text(path)
        xml.markup("</url>\n")
    }
}

extension DigestAlgorithm {
    /// The name in version 3.0 Metalinks, which know neither hyphens nor BLAKE2b.
    fileprivate var nameInVersion3: StaticString? {
        switch self {
        case .sha256: "sha256"
        case .sha512: "sha512"
        case .blake2b: nil
        }
    }
}
