import StatusFacts

/// How complete a mirror was on each day, and how far behind, as two step charts one above the
/// other.
struct DayCurve {
    /// Per mille; nil if unknown.
    let complete: [Int?]
    /// In quarters of an hour.
    let lag: [Int?]

    private static let dayWidth = 7
    private static let left = 64

    func picture(text: String) -> String {
        let worst = max(lag.compactMap { $0 }.max() ?? 0, 96)
        let width = Self.left + complete.count * Self.dayWidth + 10
        let floor = min(complete.compactMap { $0 }.min() ?? 1000, 990) / 10 * 10
        let upper = Self.steps(complete) { 10 + (1000 - $0) * 60 / max(1000 - floor, 1) }
        let lower = Self.steps(lag) { 110 + $0 * 60 / worst }
        let worstText = (Int64(worst) * 900).durationText
        return """
            <svg viewBox="0 0 \(width) 184" width="\(width)" height="184" role="img" \
            aria-labelledby="past-title past-text"><title id="past-title">Complete and behind, by \
            day</title><desc id="past-text">\(HTML.escaped(text)). The oldest day is on the \
            left.</desc>\
            <path class="grid" d="M\(Self.left) 10H\(width)M\(Self.left) 70H\(width)M\(Self.left) \
            110H\(width)\
            M\(Self.left) 170H\(width)"/>\
            \(Self.label("100 %", 10))\(Self.label("\(floor / 10) %", 70))\
            \(Self.label("in time", 110))\(Self.label("\(worstText)", 170))\
            <path class="line" d="\(upper)"/><path class="line" d="\(lower)"/></svg>
            <p class="soft">\(HTML.escaped(text)). Above: complete; below: behind.</p>

            """
    }

    private static func label(_ text: String, _ y: Int) -> String {
        "<text x=\"\(left - 6)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(text)</text>"
    }

    /// A line over equal days, with gaps for unknown values.
    private static func steps(_ values: [Int?], _ y: (Int) -> Int) -> String {
        var path = ""
        var start = 0
        var isOpen = false
        while start < values.count {
            var end = start + 1
            while end < values.count, values[end] == values[start] { end += 1 }
            if let value = values[start] {
                let height = y(value)
                path += isOpen ? "V\(height)" : "M\(left + start * dayWidth) \(height)"
                path += "H\(left + end * dayWidth)"
            }
            isOpen = values[start] != nil
            start = end
        }
        return path
    }
}
