extension Environment {
    /// Variables of other programs, which are not misspelt settings.
    private static let others = [
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
        "ALL_PROXY", "NO_PROXY", "HTTPS", "AWS_DEFAULT_REGION",
    ]

    /// Warns of unknown variables with names close to that of a setting, because a misspelt setting
    /// has no effect and would go unnoticed.
    package func warnOfMisspelt() {
        for (name, nearest) in misspelt {
            Log.warning("unknown setting", ["name": name, "hint": "\(nearest) is the nearest one"])
        }
    }

    /// The variables that ``warnOfMisspelt()`` warns about, each with the nearest setting.
    var misspelt: [(name: String, nearest: String)] {
        let settings = Setting.all.map(\.name)
        let known = Set(settings + Self.others)
        return names.compactMap { name in
            guard !known.contains(name) else { return nil }
            return Spelling.nearest(to: name, among: settings).map { (name, $0) }
        }
    }
}
