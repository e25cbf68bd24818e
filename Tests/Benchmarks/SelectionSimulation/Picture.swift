import Foundation

/// The outcomes as an SVG: how far clients go, and how the load spreads over mirrors.
struct Picture {
    private let outcomes: [Curve]

    /// The drawing of one rule.
    private struct Curve {
        let name: String
        let kilometres: [Double]
        let sharesPercent: [Double]
    }

    init(outcomes: [Outcome]) {
        self.outcomes = outcomes.map {
            Curve(name: $0.name, kilometres: $0.kilometres, sharesPercent: $0.sharesPercent)
        }
    }

    init(_ report: CityReport) {
        outcomes = report.ruleNames.enumerated().map { rule, name in
            let loads = report.loads[rule]
            let count = Double(max(1, loads.reduce(0, +)))
            return Curve(
                name: name,
                kilometres: report.kilometres[rule],
                sharesPercent: loads.sorted(by: >).map { 100 * Double($0) / count }
            )
        }
    }

    private static let colours = [
        "#0b6e4f", "#c1440e", "#5f6b7a", "#1f6feb", "#b8860b", "#8a2be2", "#d1478c", "#00a0a0",
        "#222222", "#7cb518",
    ]
    private static let width = 400.0
    private static let height = 240.0

    func write(to path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private var mirrorCount: Int { outcomes.first?.sharesPercent.count ?? 1 }

    private var text: String {
        let height = 330 + 20 * ((outcomes.count - 1) / 5)
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 \(height)" \
            font-family="sans-serif" font-size="13">
            <rect width="960" height="\(height)" fill="#fff"/>

            """
        svg += panel(
            at: 60,
            title: "clients (%) whose mirror is within a distance",
            across: ["0", "5,000", "10,000", "15,000 km"],
            up: ["0", "25", "50", "75", "100 %"]
        ) { outcome in
            (0...60).map { step in
                let kilometres = Double(step) * 250
                let count = outcome.kilometres.count { $0 <= kilometres }
                return (Double(step) / 60, Double(count) / Double(outcome.kilometres.count))
            }
        }
        svg += panel(
            at: 540,
            title: "load (%) of each mirror, the busiest first",
            across: (0...3).map { "\(1 + (mirrorCount - 1) * $0 / 3)" },
            up: ["0", "2", "4", "6", "8 %"]
        ) { outcome in
            let shares = outcome.sharesPercent
            return shares.enumerated().map { index, share in
                (Double(index) / Double(shares.count - 1), min(share, 8) / 8)
            }
        }
        for (index, outcome) in outcomes.enumerated() {
            let x = 60 + 180 * (index % 5)
            let y = 312 + 20 * (index / 5)
            svg +=
                "<rect x=\"\(x)\" y=\"\(y)\" width=\"12\" height=\"4\" "
                + "fill=\"\(Self.colours[index % Self.colours.count])\"/><text x=\"\(x + 18)\" "
                + "y=\"\(y + 7)\">"
                + "\(outcome.name)</text>\n"
        }
        return svg + "</svg>\n"
    }

    /// A panel with its left edge at `x`; its curves are points between 0 and 1 on both axes.
    private func panel(
        at x: Double,
        title: String,
        across: [String],
        up: [String],
        _ points: (Curve) -> [(x: Double, y: Double)]
    ) -> String {
        let top = 40.0
        var svg = "<text x=\"\(Int(x))\" y=\"24\" font-weight=\"bold\">\(title)</text>\n"
        for (index, label) in up.enumerated() {
            let y = Int(top + Self.height * (1 - Double(index) / Double(up.count - 1)))
            svg +=
                "<path d=\"M\(Int(x)) \(y)h\(Int(Self.width))\" stroke=\"#ddd\"/>"
                + "<text x=\"\(Int(x) - 6)\" y=\"\(y + 4)\" text-anchor=\"end\">\(label)</text>\n"
        }
        for (index, label) in across.enumerated() {
            let place = Int(x + Self.width * Double(index) / Double(across.count - 1))
            svg += "<text x=\"\(place)\" y=\"298\" text-anchor=\"middle\">\(label)</text>\n"
        }
        for (index, outcome) in outcomes.enumerated() {
            let curve = points(outcome).map { point in
                "\(Int(x + Self.width * point.x)),\(Int(top + Self.height * (1 - point.y)))"
            }
            svg +=
                "<polyline fill=\"none\" stroke=\"\(Self.colours[index % Self.colours.count])\" "
                + "stroke-width=\"2\" "
                + "points=\"\(curve.joined(separator: " "))\"/>\n"
        }
        return svg
    }
}
