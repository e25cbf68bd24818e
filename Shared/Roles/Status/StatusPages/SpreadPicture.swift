import StatusFacts
import Time

/// The curve of how publications spread: the share of mirrors against the delay.
struct SpreadPicture {
    /// For each delay, the lowest tenth, median and highest tenth of the shares; the delays are
    /// ``Spread/delays``.
    let points: [Point]
    /// The prefix of its elements' ids.
    var name = "spread"
    /// The number of days of publications.
    var dayCount = 14

    typealias Point = (delay: Int64, low: Double, middle: Double, high: Double)

    init(_ spread: Spread, now: Timestamp) {
        points = Spread.delays.compactMap { delay in
            spread.band(after: delay, now: now).map { (delay, $0.low, $0.middle, $0.high) }
        }
    }

    init(points: [Point], name: String, dayCount: Int) {
        self.points = points
        self.name = name
        self.dayCount = dayCount
    }

    private static let width = 720.0
    private static let height = 240.0
    private static let left = 40.0
    private static let bottom = 210.0
    private static let top = 10.0

    /// Empty if there is nothing to show.
    var markup: String {
        guard points.count > 1, let last = points.last else { return "" }
        let middle = points.map { "\(x($0.delay)) \(y($0.middle))" }.joined(separator: "L")
        let band =
            (points.map { "\(x($0.delay)) \(y($0.high))" }
            + points.reversed().map { "\(x($0.delay)) \(y($0.low))" }).joined(separator: "L")
        var grid = ""
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let line = y(share)
            grid +=
                "<path class=\"grid\" d=\"M40 \(line)H720\"/>"
                + "<text x=\"34\" y=\"\(line)\" dy=\"4\" "
                + "text-anchor=\"end\">\(Int(share * 100))</text>"
        }
        for delay in Spread.delays {
            grid +=
                "<text x=\"\(x(delay))\" y=\"230\" "
                + "text-anchor=\"middle\">\(delay.durationText)</text>"
        }
        let summary =
            "In the middle over publications of \(dayCount) days, \(last.middle.percentText) of "
            + "the mirrors have "
            + "all of it \(last.delay.durationText) later."
        return """
            <svg viewBox="0 0 720 240" width="720" height="240" role="img" \
            aria-labelledby="\(name)-title \(name)-text"><title id="\(name)-title">\
            How fast new files \
            spread</title><desc id="\(name)-text">\(summary)</desc>\(grid)\
            <path class="band" d="M\(band)Z"/><path class="line" d="M\(middle)"/></svg>

            """
    }

    /// A logarithmic scale: each step doubles the delay.
    private func x(_ delay: Int64) -> String {
        let steps = Double(Spread.delays.firstIndex(of: delay) ?? 0)
        let width = (Self.width - Self.left - 30) / Double(Spread.delays.count - 1)
        return Self.text(Self.left + 10 + steps * width)
    }

    private func y(_ share: Double) -> String {
        Self.text(Self.bottom - share * (Self.bottom - Self.top))
    }

    static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
