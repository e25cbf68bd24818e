import Histories
import JSON
import Mirrors
import StatusFacts
import Time

/// The history on a mirror's page: when it was up, and how complete it was.
///
/// It uses whole days only, so that the page changes at most once a day for it.
struct MirrorHistorySection {
    let history: History
    let mirror: MirrorFacts

    /// The number of days in the charts.
    private static let dayCount = 90
    /// The maximum number of days with outages to list.
    private static let outageLimit = 20

    private var ids: [AccessPoint.ID] { mirror.clientPointIDs }

    var markup: String {
        let known = history.days(of: ids, count: History.dayLimit).contains { $0 != nil }
        guard known else { return "" }
        return "<h2>Up in \(Self.dayCount) days</h2>\n\(uptime)\(addresses)\(outages)"
            + "<h2>Complete and behind</h2>\n\(contents)<h3>By month</h3>\n\(months)"
    }

    /// The days of the charts as JSON: up and complete per mille, and seconds behind, oldest first.
    var json: JSONValue {
        func array(_ values: [Int?]) -> JSONValue {
            .array(values.map { $0.map { .integer(Int64($0)) } ?? .null })
        }
        let lag = history.lag(of: mirror.id, count: Self.dayCount).map { $0.map { $0 * 900 } }
        return [
            "until": .string(dayText(of: Self.dayCount - 1, of: Self.dayCount)),
            "up": array(history.days(of: ids, count: Self.dayCount)),
            "complete": array(history.completeness(of: mirror.id, count: Self.dayCount)),
            "behindSeconds": array(lag),
        ]
    }

    // MARK: - Uptime

    private var uptime: String {
        let days = history.days(of: ids, count: Self.dayCount)
        guard let share = Self.average(days) else { return "" }
        var sentence =
            "\(share.percentText) up in \(Self.count(days)) days until "
            + "\(dayText(of: Self.dayCount - 1, of: Self.dayCount))"
        if let worst = days.enumerated().compactMap({ index, value in value.map { (index, $0) } })
            .min(by: { ($0.1, -$0.0) < ($1.1, -$1.0) }), worst.1 < 1000
        {
            sentence +=
                ", \(Self.text(worst.1)) on \(dayText(of: worst.0, of: Self.dayCount)), the worst "
                + "day"
        }
        let strip = UptimeStrip(days: days, dayWidth: 8, height: 28)
        return "<p>\(sentence).</p>\n"
            + strip.picture(title: "Days up", text: "\(sentence). The oldest day is on the left.")
    }

    private var addresses: String {
        let spans = [7, 30, 90, 400]
        var table = HTMLTable(
            "Up by address",
            [.init("URL")] + spans.map { .init("\($0) days", isNumber: true) }
        )
        for point in mirror.points {
            let shares = spans.map {
                Self.average(history.days(of: [point.accessPoint.id], count: $0))
            }
            guard shares.contains(where: { $0 != nil }) else { continue }
            table.add(
                [HTML.escaped(point.accessPoint.baseURL)] + shares.map { $0?.percentText ?? "–" }
            )
        }
        return table.isEmpty ? "" : "<h3>By address</h3>\n\(table.markup)"
    }

    /// The latest days with an outage, with the hours.
    private var outages: String {
        let dayHours = Int(history.endHour % 24)
        let hours = Array(history.hours(of: ids, count: History.hourLimit).dropLast(dayHours))
        var table = HTMLTable(
            "Days with an outage",
            [.init("Day"), .init("Up", isNumber: true), .init("Down in the hours from (UTC)")]
        )
        var count = 0
        for day in stride(from: hours.count - 24, through: 0, by: -24) {
            let values = hours[day..<day + 24]
            let down = (0..<24).filter { (hours[day + $0] ?? 60) < 60 }
            guard !down.isEmpty, count < Self.outageLimit else { continue }
            count += 1
            let known = values.compactMap { $0 }
            let share = History.permille(minutes: known.reduce(0, +), hours: known.count)
            let index = (day - hours.count) / 24
            table.add([
                dayMarkup(history.endDay + Int64(index)), Self.text(Int(share)), Self.spans(down),
            ])
        }
        return table.isEmpty
            ? "<p>No outage in the days that are known.</p>\n"
            : "<h3>Days with an outage</h3>\n\(table.markup)"
    }

    /// `03:00–05:00, 14:00–15:00`.
    private static func spans(_ hours: [Int]) -> String {
        var texts: [String] = []
        var rest = hours[...]
        while let first = rest.popFirst() {
            var last = first
            while rest.first == last + 1 { last = rest.removeFirst() }
            texts.append("\(clock(first))–\(clock(last + 1))")
        }
        return texts.joined(separator: ", ")
    }

    private static func clock(_ hour: Int) -> String { "\(hour < 10 ? "0" : "")\(hour):00" }

    // MARK: - Completeness and lag

    private var contents: String {
        let complete = history.completeness(of: mirror.id, count: Self.dayCount)
        let lag = history.lag(of: mirror.id, count: Self.dayCount)
        guard
            complete.contains(where: { ($0 ?? 1000) < 1000 })
                || lag.contains(where: { ($0 ?? 0) > 0 })
        else { return "" }
        let lowest = complete.compactMap { $0 }.min().map { "\(Self.text($0)) complete at least" }
        let most = lag.compactMap { $0 }.max().map {
            $0 == 0 ? "never behind" : "\(Self.lagText($0)) behind at most"
        }
        let text =
            [lowest, most].compactMap { $0 }.joined(separator: ", ")
            + " at the ends of \(Self.count(complete)) days"
        return DayCurve(complete: complete, lag: lag).picture(text: text)
    }

    private var months: String {
        let count = History.dayLimit
        let up = history.days(of: ids, count: count)
        let complete = history.completeness(of: mirror.id, count: count)
        let lag = history.lag(of: mirror.id, count: count)
        var months: [(name: String, days: [Int])] = []
        for index in 0..<count
        where up[index] != nil || complete[index] != nil || lag[index] != nil {
            let name = String(dayText(of: index, of: count).prefix(7))
            if months.last?.name != name { months.append((name, [])) }
            months[months.count - 1].days.append(index)
        }
        var table = HTMLTable(
            "By month",
            [
                .init("Month"), .init("Days", isNumber: true), .init("Up", isNumber: true),
                .init("Complete, at least", isNumber: true),
                .init("Behind, at most", isNumber: true),
            ]
        )
        for month in months.reversed() {
            table.add([
                "<time>\(month.name)</time>", "\(month.days.count)",
                Self.average(month.days.map { up[$0] })?.percentText ?? "–",
                month.days.compactMap { complete[$0] }.min().map(Self.text) ?? "–",
                month.days.compactMap { lag[$0] }.max().map(Self.lagText) ?? "–",
            ])
        }
        return table.markup
    }

    // MARK: - Texts

    private static func average(_ days: [Int?]) -> Double? {
        let known = days.compactMap { $0 }
        guard !known.isEmpty else { return nil }
        return Double(known.reduce(0, +)) / Double(known.count * 1000)
    }

    private static func count(_ days: [Int?]) -> Int { days.count { $0 != nil } }

    private static func text(_ permille: Int) -> String {
        permille == 1000 ? "100 %" : "\(permille / 10).\(permille % 10) %"
    }

    private static func lagText(_ quarters: Int) -> String {
        quarters == 0 ? "–" : (Int64(quarters) * 900).durationText
    }

    /// The day at `index` of the latest `count` days.
    private func dayText(of index: Int, of count: Int) -> String {
        let day = history.endDay - Int64(count - index)
        return String(Timestamp(secondsSinceEpoch: day * 86_400).description.prefix(10))
    }

    private func dayMarkup(_ day: Int64) -> String {
        HTML.day(Timestamp(secondsSinceEpoch: day * 86_400))
    }
}
