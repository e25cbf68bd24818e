package import JSON
import Mirrors

/// The mirror list formats that can be read, recognised by how they begin.
package enum MirrorListFormat {
    /// Reads a list in Gentoo's XML, or in a simple JSON or YAML form.
    ///
    ///     mirrors:
    ///       - name: Example University
    ///         country: DE
    ///         region: Europe                # by default the country's
    ///         location: {latitude: 50.1, longitude: 8.7}   # or several; else ignored
    ///         urls:
    ///           - https://mirror.example.org/gentoo/
    ///           - url: rsync://mirror.example.org/gentoo/
    ///             ipv4: true                # the default
    ///             ipv6: true                # false by default
    ///             partial: true             # false by default
    ///
    /// This includes the output of `leader --export json` and `yaml`: `accessPoints` stands for
    /// `urls`, and mirrors that are not `listed` are skipped. Other keys are ignored. The lists of
    /// mirmon and the table of mirrorbits can be read as well (``PlainMirrorList``).
    package static func mirrors(in bytes: [UInt8]) throws(MirrorListImportError) -> [ListedMirror] {
        guard bytes.count <= GentooMirrorList.byteCountLimit else {
            throw .tooLarge(byteCount: bytes.count, limit: GentooMirrorList.byteCountLimit)
        }
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
        switch text.first(where: { !blanks.contains($0) }) {
        case UInt8(ascii: "<"):
            return try GentooMirrorList.mirrors(in: bytes)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let value: JSONValue
            do {
                value = try JSONValue(parsing: text)
            } catch {
                throw .badList(format: "JSON", reason: "\(error)")
            }
            return try mirrors(in: value)
        default:
            if let mirrors = try PlainMirrorList.mirrors(in: text) { return mirrors }
            do {
                return try mirrors(in: YAMLReader.value(of: text), format: "YAML")
            } catch let error as YAMLProblem {
                throw .badList(format: "YAML", reason: "line \(error.line): \(error.reason)")
            } catch let error as MirrorListImportError {
                throw error
            } catch {
                throw .badList(format: "YAML", reason: "\(error)")
            }
        }
    }

    /// The mirrors of an already parsed list in the simple form.
    package static func mirrors(in value: JSONValue) throws(MirrorListImportError) -> [ListedMirror]
    {
        do {
            return try mirrors(in: value, format: "JSON")
        } catch let error as MirrorListImportError {
            throw error
        } catch {
            throw .badList(format: "JSON", reason: "\(error)")
        }
    }

    private static func mirrors(in value: JSONValue, format: String) throws -> [ListedMirror] {
        let elements: [JSONValue]
        if case .array(let array) = value {
            elements = array
        } else {
            var fields = try JSONFields(value)
            guard let array = try fields.array("mirrors") else {
                throw MirrorListImportError.badList(format: format, reason: "it has no \"mirrors\"")
            }
            elements = array
        }
        guard elements.count <= ListedMirror.mirrorLimit else {
            throw MirrorListImportError.tooMany(
                "mirrors",
                limit: ListedMirror.mirrorLimit,
                position: "there are \(elements.count)"
            )
        }
        return try elements.enumerated().compactMap { index, element in
            var fields = try JSONFields(element, at: "mirrors[\(index)]")
            guard try fields.bool("listed") ?? true else { return nil }
            let urls = try fields.array("urls") ?? fields.array("accessPoints") ?? []
            guard urls.count <= ListedMirror.locationLimit else {
                throw MirrorListImportError.tooMany(
                    "URLs of one mirror",
                    limit: ListedMirror.locationLimit,
                    position: "mirrors[\(index)] has \(urls.count)"
                )
            }
            return ListedMirror(
                name: try fields.string("name") ?? "",
                country: try fields.string("country") ?? "",
                region: try fields.string("region") ?? "",
                locations: try urls.map { try location($0, at: fields.name(of: "urls")) },
                // Other programs' lists may use this key for something else.
                places: Array(
                    ((try? fields.locations("location")) ?? []).prefix(AddressPlace.siteLimit)
                )
            )
        }
    }

    private static func location(
        _ value: JSONValue,
        at path: String
    ) throws(JSONError) -> ListedMirror.Location {
        if case .string(let url) = value { return ListedMirror.Location(url: url) }
        var fields = try JSONFields(value, at: path)
        guard let url = try fields.string("url") else {
            throw .missing(field: fields.name(of: "url"), expected: "a URL")
        }
        return ListedMirror.Location(
            url: url,
            hasIPv4: try fields.bool("ipv4") ?? true,
            hasIPv6: try fields.bool("ipv6") ?? false,
            isPartial: try fields.bool("partial") ?? false
        )
    }
}
