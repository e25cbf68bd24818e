import Foundation
import FoundationXML

/// Reads the mirror list that Gentoo publishes.
///
/// https://api.gentoo.org/mirrors/distfiles.xml has this form:
///
///     <mirrors>
///       <mirrorgroup region="North America" country="CA" countryname="Canada">
///         <mirror>
///           <name>Reenigne</name>
///           <uri protocol="https" ipv4="y" ipv6="y" partial="n">
///             https://mirror.reenigne.net/gentoo/
///           </uri>
///
/// This is the only use of Foundation: an XML parser of our own would be more code to trust than
/// libxml2. Elements and attributes other than these are ignored.
package enum GentooMirrorList {
    /// The maximum size of a list; the real one has 63,060 bytes.
    package static let byteCountLimit = 16 << 20

    package static func mirrors(
        in xml: [UInt8]
    ) throws(MirrorListImportError) -> [ListedMirror] {
        guard xml.count <= byteCountLimit else {
            throw .tooLarge(byteCount: xml.count, limit: byteCountLimit)
        }
        // In other encodings (UTF-16 contains NULs, UTF-7 hides `<` in Base64) a declaration does
        // not have the bytes that are searched for below.
        guard !xml.contains(0), isUTF8(xml) else { throw .wrongEncoding(expected: "UTF-8") }
        guard Data(xml).range(of: Data("<!DOCTYPE".utf8)) == nil else { throw .documentType }
        let parser = XMLParser(data: Data(xml))
        parser.shouldResolveExternalEntities = false
        let reader = Reader()
        parser.delegate = reader
        let isWellFormed = parser.parse()
        if let error = reader.error { throw error }
        guard isWellFormed else {
            throw .malformed(
                line: parser.lineNumber,
                reason: parser.parserError.map { "libxml2: \(($0 as NSError).code)" }
                    ?? "no reason given"
            )
        }
        // The parser accepts a truncated list as whole.
        guard reader.isWhole else {
            throw .malformed(line: parser.lineNumber, reason: "<mirrors> is not closed")
        }
        return reader.mirrors
    }

    /// Whether the bytes are UTF-8 and the XML declaration, if any, names no other encoding.
    ///
    /// In every encoding that libxml2 knows, the declaration itself is ASCII, except those with
    /// NULs and EBCDIC, in which `<?xml` is not UTF-8. US-ASCII is a subset of UTF-8.
    private static func isUTF8(_ xml: [UInt8]) -> Bool {
        guard let text = String(validating: xml, as: UTF8.self) else { return false }
        let start = text.unicodeScalars.first == "\u{FEFF}" ? text.dropFirst() : text[...]
        guard start.hasPrefix("<?xml"), let end = start.firstRange(of: "?>")?.lowerBound else {
            return true
        }
        let declaration = start[..<end]
        guard let name = declaration.firstRange(of: "encoding") else { return true }
        let value = declaration[name.upperBound...].drop { $0.isWhitespace || $0 == "=" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return false }
        let encoding = value.dropFirst().prefix { $0 != quote }
        return ["utf-8", "utf8", "us-ascii", "ascii"].contains(encoding.lowercased())
    }
}

/// Collects mirrors as the parser reads the list.
private final class Reader: NSObject, XMLParserDelegate {
    private(set) var mirrors: [ListedMirror] = []
    private(set) var error: MirrorListImportError?
    /// Whether the root element was closed.
    private(set) var isWhole = false

    private var hasRoot = false
    private var country: String?
    private var region: String?
    private var mirror: ListedMirror?
    private var location: ListedMirror.Location?
    private var text = ""

    func parser(
        _ parser: XMLParser,
        didStartElement element: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
        if !hasRoot {
            hasRoot = true
            if element != "mirrors" {
                stop(parser, .wrongRoot(expected: "mirrors", actual: element))
            }
            return
        }
        switch element {
        case "mirrorgroup":
            country = attributes["country"]
            region = attributes["region"]
        case "mirror":
            guard let country, let region else {
                let expected = "<mirror> in a <mirrorgroup> with region and country"
                return stop(parser, .incomplete(line: parser.lineNumber, expected: expected))
            }
            guard mirrors.count < ListedMirror.mirrorLimit else {
                return stop(
                    parser,
                    .tooMany(
                        "mirrors",
                        limit: ListedMirror.mirrorLimit,
                        position: "line \(parser.lineNumber)"
                    )
                )
            }
            mirror = ListedMirror(name: "", country: country, region: region, locations: [])
        case "uri":
            location = ListedMirror.Location(
                url: "",
                hasIPv4: attributes["ipv4"] != "n",
                hasIPv6: attributes["ipv6"] == "y",
                isPartial: attributes["partial"] == "y"
            )
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        text += string
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        text += String(decoding: block, as: UTF8.self)
    }

    func parser(
        _ parser: XMLParser,
        didEndElement element: String,
        namespaceURI: String?,
        qualifiedName: String?
    ) {
        let content = text.trimmingCharacters(in: .whitespacesAndNewlines)
        switch element {
        case "name":
            mirror?.name = content
        case "uri":
            if var location, let count = mirror?.locations.count {
                guard count < ListedMirror.locationLimit else {
                    return stop(
                        parser,
                        .tooMany(
                            "URLs of one mirror",
                            limit: ListedMirror.locationLimit,
                            position: "line \(parser.lineNumber)"
                        )
                    )
                }
                location.url = content
                mirror?.locations.append(location)
            }
            location = nil
        case "mirror":
            if let mirror { mirrors.append(mirror) }
            mirror = nil
        case "mirrorgroup":
            country = nil
            region = nil
        case "mirrors":
            isWhole = true
        default: break
        }
    }

    /// Never reached while declarations are refused before parsing; a second line of defence.
    func parser(
        _ parser: XMLParser,
        foundInternalEntityDeclarationWithName name: String,
        value: String?
    ) {
        stop(parser, .documentType)
    }

    private func stop(_ parser: XMLParser, _ error: MirrorListImportError) {
        if self.error == nil { self.error = error }
        parser.abortParsing()
    }
}
