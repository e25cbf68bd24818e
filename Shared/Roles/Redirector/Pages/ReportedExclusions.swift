import JSON

/// The access points that are not in the map at all, and why, as the Builder's report says.
struct ReportedExclusions {
    struct Exclusion {
        let accessPoint: String
        let mirrorName: String
        let url: String
        let country: String?
        /// The report's word: `disabled`.
        let reason: String
    }

    /// In the report's order.
    private(set) var all: [Exclusion] = []

    /// What `report` says; nothing where it is missing or of another shape.
    init(_ report: JSONValue?) {
        guard case .object(let report)? = report, case .array(let mirrors)? = report["mirrors"]
        else { return }
        for case .object(let mirror) in mirrors {
            guard case .array(let points)? = mirror["accessPoints"] else { continue }
            for case .object(let point) in points {
                guard let reason = point.string("excluded"), let id = point.string("id"),
                    let url = point.string("url")
                else { continue }
                all.append(
                    Exclusion(
                        accessPoint: id,
                        mirrorName: mirror.string("name") ?? mirror.string("id") ?? id,
                        url: url,
                        country: mirror.string("country"),
                        reason: reason
                    )
                )
            }
        }
    }

    /// As JSON.
    var json: JSONValue {
        .array(
            all.map { exclusion in
                [
                    "accessPoint": .string(exclusion.accessPoint), "url": .string(exclusion.url),
                    "reason": .string(exclusion.reason),
                ]
            }
        )
    }
}

extension ReportedExclusions.Exclusion {
    /// The reason for people; one that only a newer Builder knows as it stands.
    var sentence: String {
        switch reason {
        case "notListed": "is no longer in the list of mirrors"
        case "disabled": "is taken out by the operator"
        case "weight": "is taken out by its weight of 0"
        case "scheme": "is not reached by http or https"
        case "httpsOnly": "is to be used by https only"
        case "neverChecked": "has not been checked yet"
        case "nothingHeld": "had no file as it should be when it was last checked"
        case "rules": "has files, but none that its rules let through"
        default: reason
        }
    }
}

extension JSONObject {
    /// The string under `key`; nil for anything else.
    func string(_ key: String) -> String? {
        guard case .string(let string)? = self[key] else { return nil }
        return string
    }
}
