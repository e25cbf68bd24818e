import Histories
import Mirrors
import StatusFacts
import Time

/// `spread.html`: how fast publications reach the mirrors, as a curve and in numbers.
struct SpreadPage {
    let facts: DeploymentFacts
    let settings: StatusSettings
    let spread: Spread
    let history: History

    /// The number of days of the second curve.
    private static let longDays = 90

    var bytes: [UInt8] {
        var content = "<h1>How fast new files spread</h1>\n"
        content +=
            "<p>Counted from the moment when the tree had the files to "
            + "the moment when a mirror was "
            + "first seen to have all of them; the time until the checker asked is in it, so the "
            + "truth is a little faster.</p>\n"
        let curve = SpreadPicture(spread, now: facts.now).markup
        content += curve.isEmpty ? "<p>No publication was watched yet.</p>\n" : curve
        content += table + regions + past + batches
        return PageFrame(settings: settings, title: "Spread: \(settings.title)", root: "").page(
            content
        )
    }

    private var table: String {
        var table = HTMLTable(
            "Share of the mirrors by the time since a publication",
            [
                .init("After"), .init("Slow tenth", isNumber: true),
                .init("In the middle", isNumber: true), .init("Fast tenth", isNumber: true),
            ]
        )
        for delay in Spread.delays {
            guard let band = spread.band(after: delay, now: facts.now) else { continue }
            table.add([
                delay.durationText, Self.percent(band.low), Self.percent(band.middle),
                Self.percent(band.high),
            ])
        }
        return table.isEmpty ? "" : "<h2>In 14 days</h2>\n\(table.markup)"
    }

    /// A table of the share of mirrors of each region that had everything after some delays.
    private var regions: String {
        let delays: [Int64] = [3600, 14_400, 57_600, 230_400]
        var table = HTMLTable(
            "Share of the mirrors of a region, in the middle over publications",
            [.init("Region"), .init("Half of them have it after", isNumber: true)]
                + delays.map { .init("after \($0.durationText)", isNumber: true) }
        )
        for region in facts.regions {
            let own = Spread(facts.mirrors.filter { $0.mirror.region == region.id })
            guard !own.batches.isEmpty else { continue }
            table.add(
                [HTML.escaped(region.name), own.halfSeconds?.durationText ?? "–"]
                    + delays.map { delay in
                        own.band(after: delay, now: facts.now).map { Self.percent($0.middle) }
                            ?? "–"
                    }
            )
        }
        return table.isEmpty ? "" : "<h2>By region, in 14 days</h2>\n\(table.markup)"
    }

    /// What is remembered of older publications.
    private var past: String {
        guard let newest = history.publications.last?.at else { return "" }
        let since = newest.advanced(bySeconds: -Int64(Self.longDays) * 86_400)
        let recent = history.publications.filter { $0.at >= since }
        var markup = ""
        if let first = recent.first?.at, newest.seconds(since: first) > 14 * 86_400 {
            let points = Spread.delays.indices.compactMap { index in
                recent.band(afterDelay: index).map {
                    (Spread.delays[index], $0.low, $0.middle, $0.high)
                }
            }
            let picture = SpreadPicture(points: points, name: "past", dayCount: Self.longDays)
            markup += "<h2>In \(Self.longDays) days</h2>\n\(picture.markup)"
        }
        let delays = [2, 4, 6, 8]
        var table = HTMLTable(
            "Publications by month",
            [.init("Month"), .init("Publications", isNumber: true)]
                + delays.map {
                    .init("after \(Spread.delays[$0].durationText)", isNumber: true)
                }
        )
        let byMonth = Dictionary(grouping: history.publications) {
            String($0.at.description.prefix(7))
        }
        for (month, publications) in byMonth.sorted(by: { $0.key > $1.key }) {
            table.add(
                ["<time>\(month)</time>", HTML.number(publications.count)]
                    + delays.map { index in
                        publications.band(afterDelay: index).map { Self.percent($0.middle) } ?? "–"
                    }
            )
        }
        return markup + "<h2>By month</h2>\n\(table.markup)"
    }

    private var batches: String {
        guard !spread.batches.isEmpty else { return "" }
        let delays: [Int64] = [3600, 14_400, 57_600, 230_400]
        var table = HTMLTable(
            "Publications",
            [.init("Published"), .init("Files", isNumber: true)]
                + delays.map { .init("after \($0.durationText)", isNumber: true) }
        )
        for batch in spread.batches.prefix(40) {
            let age = facts.now.seconds(since: batch.at)
            table.add(
                [HTML.time(batch.at), HTML.number(batch.fileCount)]
                    + delays.map { age < $0 ? "–" : Self.percent(batch.share(after: $0)) }
            )
        }
        return "<h2>Publications</h2>\n\(table.markup)"
    }

    private static func percent(_ share: Double) -> String {
        "\(Int((share * 100).rounded(.down))) %"
    }
}

extension [History.Publication] {
    /// The lowest tenth, median and highest tenth of the shares after a delay; nil if unknown.
    fileprivate func band(
        afterDelay index: Int
    ) -> (low: Double, middle: Double, high: Double)? {
        let shares = compactMap { $0.share(afterDelay: index) }.sorted()
        guard !shares.isEmpty else { return nil }
        func at(_ part: Double) -> Double { shares[Int(Double(shares.count - 1) * part)] }
        return (at(0.1), at(0.5), at(0.9))
    }
}
