import StatusFacts
import Time

/// `spread.html`: how fast publications reach the mirrors, as a curve and in numbers.
struct SpreadPage {
    let facts: DeploymentFacts
    let settings: StatusSettings
    let spread: Spread

    var bytes: [UInt8] {
        var content = "<h1>How fast new files spread</h1>\n"
        content +=
            "<p>Counted from the moment when the tree had the files to the moment when a mirror was "
            + "first seen to have all of them; the time until the checker asked is in it, so the truth is "
            + "a little faster.</p>\n"
        let curve = SpreadPicture(spread: spread, now: facts.now).markup
        content += curve.isEmpty ? "<p>No publication was watched yet.</p>\n" : curve
        content += table + batches
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
