import JSON
package import Mirrors

extension Mirror {
    /// The location of its access points and its source, each sentence once: `50.1° N 8.7° E by its
    /// addresses, AS64500`.
    package var placeSentences: [String] {
        var sentences: [String] = []
        for point in accessPoints {
            let sentence = placeSentence(of: point)
            if !sentences.contains(sentence) { sentences.append(sentence) }
        }
        return sentences
    }

    /// The location of one of its access points and its source.
    package func placeSentence(of point: AccessPoint) -> String {
        let (basis, sites) = place(of: point)
        let spots = sites.map(\.degrees).joined(separator: "; ")
        let text =
            switch basis {
            case .overrides: "\(spots) by an override"
            case .list: "\(spots) by the mirror list"
            case .addresses: "\(spots) by its addresses"
            case .anycast: "in many places (anycast or a CDN)"
            case .country: "\(country) by the mirror list"
            }
        let systems = (point.place?.systems ?? []).map { "AS\($0)" }
        return ([text] + systems).joined(separator: ", ")
    }

    /// The location of one of its access points and its source, for programs.
    func placeJSON(of point: AccessPoint) -> JSONValue {
        let (basis, sites) = place(of: point)
        return [
            "accessPoint": .string(point.id), "basis": .string(basis.rawValue),
            "sites": .array(sites.map(\.json)),
            "systems": .array((point.place?.systems ?? []).map { .integer(Int64($0)) }),
        ]
    }
}

extension GeoLocation {
    /// In the usual notation, to a tenth of a degree.
    fileprivate var degrees: String {
        func text(_ degrees: Double, _ positive: String, _ negative: String) -> String {
            let tenths = Int((abs(degrees) * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)° \(degrees < 0 ? negative : positive)"
        }
        return "\(text(latitude, "N", "S")) \(text(longitude, "E", "W"))"
    }
}
