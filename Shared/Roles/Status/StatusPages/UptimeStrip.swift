import Histories

/// Days side by side, oldest first: the better a day, the lower and greener its bar; unknown days
/// are a thin line.
///
/// Equal days are merged, and all of a kind are one path, so that a mirror that is always up takes
/// 50 bytes.
struct UptimeStrip {
    /// Uptime per mille; nil if it was not probed.
    let days: [Int?]
    let dayWidth: Int
    let height: Int

    private enum Kind: CaseIterable {
        case up, partly, down, unknown

        init(_ value: Int?) {
            self =
                switch value {
                case nil: .unknown
                case 1000?: .up
                case let value? where value >= 900: .partly
                default: .down
                }
        }

        /// Its class in the style sheet of the pages.
        var name: String {
            switch self {
            case .up: "fill-ok"
            case .partly: "fill-warn"
            case .down: "fill-bad"
            case .unknown: "fill-none"
            }
        }

        /// The part of the height that is free above the bar, in percent: a shape in addition to
        /// the colour.
        var room: Int {
            switch self {
            case .up: 50
            case .partly: 25
            case .down: 0
            case .unknown: 85
            }
        }
    }

    var width: Int { days.count * dayWidth }

    var paths: String {
        var shapes: [Kind: String] = [:]
        var start = 0
        let kinds = days.map(Kind.init)
        while start < kinds.count {
            var end = start + 1
            while end < kinds.count, kinds[end] == kinds[start] { end += 1 }
            let (x, length) = (start * dayWidth, (end - start) * dayWidth)
            let top = kinds[start].room * height / 100
            shapes[kinds[start], default: ""] += "M\(x) \(top)h\(length)V\(height)H\(x)z"
            start = end
        }
        return Kind.allCases.compactMap { kind in
            shapes[kind].map { "<path class=\"\(kind.name)\" d=\"\($0)\"/>" }
        }.joined()
    }

    /// An image beside a text with the same meaning; the style sheet has its size.
    var decoration: String { "<svg class=\"strip\" aria-hidden=\"true\">\(paths)</svg>" }

    /// An image with its own caption.
    func picture(title: String, text: String) -> String {
        """
        <svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" \
        aria-labelledby="up-title up-text"><title id="up-title">\(HTML.escaped(title))</title>\
        <desc id="up-text">\(HTML.escaped(text))</desc>\(paths)</svg>

        """
    }
}

extension History {
    /// The latest `count` days of the URLs that clients can be sent to, the current day last.
    func strip(of ids: [String], count: Int) -> [Int?] {
        let hours = hours(of: ids, count: Int(endHour % 24)).compactMap { $0 }
        let today =
            hours.isEmpty
            ? nil : Int(Self.permille(minutes: hours.reduce(0, +), hours: hours.count))
        return days(of: ids, count: count - 1) + [today]
    }
}
