import Bytes
import JSON
import Mirrors
import Redirection

/// The configuration of an edge: a JSON object whose keys are the names of the server's variables.
///
/// Values are strings, as in an environment; numbers may be JSON numbers. Keys that the core does
/// not know belong to the host.
struct EdgeSettings {
    var answers: AnswerSettings
    /// The region whose map is used; nil to use that of the client's country.
    let region: Region.ID?
    /// The regions to try, in order, for clients of unknown country.
    let defaultRegions: [Region.ID]
    let statusURL: String?
    /// In seconds.
    ///
    /// With older health, every access point counts as up.
    let healthMaximumAge: Int64

    /// A variable with an unusable value.
    struct Problem: Error {
        let text: String

        init(_ variable: StaticString, _ expected: String) {
            text = "\(variable): expected \(expected)"
        }
    }

    /// The peer address that stands for the host, which speaks for the client.
    static let host = IPAddress(v4: 0x7F00_0001)

    init(json: JSONObject) throws(Problem) {
        let variables = Variables(json)
        guard let url = variables.text("FALLBACK_URL"),
            let fallback = AnswerSettings.baseURL(url)
        else {
            throw Problem("FALLBACK_URL", "an http or https URL that has every file")
        }
        var answers = AnswerSettings(fallbackURL: fallback)
        switch try variables.integer("REDIRECT_STATUS", in: 302...307) ?? 302 {
        case 302: break
        case 307: answers.status = .temporaryRedirect
        default: throw Problem("REDIRECT_STATUS", "302 or 307")
        }
        let maxAge = try variables.integer("REDIRECT_MAX_AGE", in: 0...31_536_000) ?? 0
        if maxAge > 0 { answers.maxAge = UInt64(maxAge) }
        let links = try variables.integer("MAX_LINKS", in: 0...Int64(Selection.capacity - 1))
        answers.maxLinks = links.map { Int($0) } ?? answers.maxLinks
        if let kilometres = try variables.integer("FARTHEST_KM", in: 100...20_015) {
            answers.reach = Reach(kilometres: kilometres)
        }
        answers.trustedProxies.trustLoopback()
        answers.countryHeader = FieldName(
            variables.text("COUNTRY_HEADER") ?? "CloudFront-Viewer-Country"
        )
        guard answers.countryHeader != nil else {
            throw Problem("COUNTRY_HEADER", "the name of a header, such as X-Country-Code")
        }
        let region = variables.text("REGION") ?? "auto"
        self.region = region.isSpelled(like: "auto") ? nil : region
        defaultRegions = ["NEAREST_REGION", "DEFAULT_REGION"].compactMap { variables.text($0) }
        guard self.region != nil || !defaultRegions.isEmpty else {
            throw Problem("DEFAULT_REGION", "a region, for clients of no known country")
        }
        statusURL = variables.text("STATUS_URL")
        healthMaximumAge =
            try variables.integer("HEALTH_MAX_AGE_SECONDS", in: 1...86_400) ?? 900
        self.answers = answers
    }
}

/// The members of the configuration.
///
/// Empty ones count as missing.
private struct Variables {
    let json: JSONObject

    init(_ json: JSONObject) {
        self.json = json
    }

    func text(_ name: String) -> String? {
        switch json[name] {
        case .string(let text): text.utf8.isEmpty ? nil : text
        case .integer(let number): "\(number)"
        default: nil
        }
    }

    func integer(
        _ name: StaticString,
        in range: ClosedRange<Int64>
    ) throws(EdgeSettings.Problem) -> Int64? {
        guard let text = text("\(name)") else { return nil }
        guard let number = Int64(decimal: Array(text.utf8)[...]), range.contains(number) else {
            throw EdgeSettings.Problem(
                name,
                "an integer from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }
}
