package import Events
package import Mirrors

extension Event {
    /// Whether it is about the mirror, or one of its access points, whose ids begin with the
    /// mirror's.
    package func isAbout(_ mirror: Mirror.ID) -> Bool {
        guard subject.hasPrefix(mirror) else { return false }
        let rest = subject.dropFirst(mirror.count)
        guard let first = rest.first else { return true }
        guard first == "-" else { return false }
        return AccessPoint.Scheme.allCases.contains { scheme in
            let name = rest.dropFirst()
            guard name.hasPrefix(scheme.rawValue) else { return false }
            let number = name.dropFirst(scheme.rawValue.count)
            return number.isEmpty || number.first == "-" || number.first == "2"
        }
    }

    /// Whether it may stand on a page: what operators do and say is for `mirrors events` alone.
    package var isPublic: Bool {
        kind != .command && kind != .override && kind != .held && kind != .released
    }

    /// What happened, in one line without the time.
    package var sentence: String {
        var words = [subject]
        switch kind {
        case .published: words = ["generation \(subject) published"]
        case .map: words = ["map of \(region ?? "all regions") changed"]
        default:
            if let region, region != subject { words.append("(\(region))") }
            words.append(kind.text)
        }
        switch (was, `is`) {
        case (nil, nil): break
        case (nil, let value?): words.append("(\(value))")
        case (let value?, nil): words.append("(was \(value))")
        case (let old?, let new?): words.append("(\(old) → \(new))")
        }
        let line = words.joined(separator: " ")
        guard let text else { return line }
        let isDoubt = kind == .doubted || kind == .trusted
        return "\(line): \(isDoubt && text == "all" ? "all its files" : text)"
    }
}

extension Event.Kind {
    /// The kind in words.
    package var text: String {
        switch self {
        case .mapRefused: "map refused"
        case .rolledBack: "rolled back"
        case .unlisted: "gone from the list"
        case .listed: "new in the list"
        default: rawValue
        }
    }
}
