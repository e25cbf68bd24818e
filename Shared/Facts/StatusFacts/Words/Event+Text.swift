package import Events
import HealthFormat
package import Mirrors

extension Event {
    /// Whether it concerns the mirror or one of its access points, whose ids begin with the
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

    /// Whether it may be shown on a page: operators' actions and texts are only for `mirrors
    /// events`.
    package var isPublic: Bool {
        kind != .command && kind != .override && kind != .held && kind != .released
    }

    /// What happened, as one line without the time.
    package var sentence: String {
        var words = [subject]
        switch kind {
        case .published: words = ["generation \(subject) published"]
        case .map: words = ["map of \(region ?? "all regions") changed"]
        default:
            if let region, region != subject { words.append("(\(region))") }
            words.append(kind.text)
        }
        switch (wordsBefore, wordsSince) {
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

    private var wordsBefore: String? {
        switch kind {
        case .trusted: was.map(Self.words(ofDoubt:))
        case .up: was.map(Self.words(ofOutage:))
        case .accepted: was.map { "status \($0)" }
        default: was
        }
    }

    /// Nil if the text says the same better.
    private var wordsSince: String? {
        switch kind {
        case .doubted: `is`.map(Self.words(ofDoubt:))
        case .down: text == nil ? `is`.map(Self.words(ofOutage:)) : nil
        case .refused: `is`.map { "status \($0)" }
        default: `is`
        }
    }

    /// The name of a reason that only a newer program knows is shown unchanged.
    private static func words(ofDoubt name: String) -> String {
        DoubtReason.allCases.first { $0.name == name }?.sentence ?? name
    }

    private static func words(ofOutage name: String) -> String {
        if name.hasPrefix("status "), let status = UInt16(name.dropFirst("status ".count)) {
            return Outage.status(status).sentence
        }
        let known = (1...UInt8.max).lazy.compactMap { Outage(code: $0, status: 0) }
        return known.first { $0.name == name }?.sentence ?? name
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
