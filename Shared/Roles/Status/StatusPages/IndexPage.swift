import Events
import Histories
import JSON
import Mirrors
import RunRecords
import StatusFacts
import Time

/// `index.html`: whether downloads work, which functions run, and every mirror.
struct IndexPage {
    let facts: DeploymentFacts
    let settings: StatusSettings
    let spread: Spread
    let history: History

    private static let stripDays = PageFrame.stripDays

    var bytes: [UInt8] {
        let interval = settings.intervalSeconds.durationText
        var content = """
            <h1>\(HTML.escaped(settings.title))</h1>
            <p class="soft">As of \(HTML.time(facts.now)) UTC; updated every \(interval).</p>

            """
        content += OverallStatus(facts).markup
        content += tiles
        content += "<h2>What runs</h2>\n\(runs)"
        content += "<h2>Regions</h2>\n\(regions)"
        let problems = facts.problemMirrors
        content += "<h2 id=\"problems\">Problems now (\(problems.count))</h2>\n"
        content += problems.isEmpty ? "<p>None.</p>\n" : table("Problems now", problems)
        let curve = SpreadPicture(spread, now: facts.now).markup
        if !curve.isEmpty {
            content +=
                "<h2>How fast new files spread</h2>\n\(curve)"
                + "<p class=\"soft\">Percent of the mirrors that have all of a publication, by the "
                + "time since; the line is the middle over publications, the band all but a tenth "
                + "at each end. "
                + "<a href=\"spread.html\">As a table</a>.</p>\n"
        }
        content += "<h2>Where they are</h2>\n\(MapPicture(mirrors: facts.enabled).markup)"
        content += all
        return PageFrame(settings: settings, title: settings.title, root: "").page(content)
    }

    private var tiles: String {
        var tiles = ["<li><b>\(facts.up.count) / \(facts.enabled.count)</b> mirrors up</li>"]
        if let pathCount = facts.pathCount {
            let worst = facts.regions.filter { $0.builtAt != nil }.map { region in
                Double(region.pathsByHolders[3]) / Double(max(pathCount, 1))
            }.min()
            if let worst {
                tiles.append(
                    "<li><b>\(worst.percentText)</b> of \(HTML.number(pathCount)) files on 3 or "
                        + "more mirrors in each region</li>"
                )
            }
        }
        if let half = spread.halfSeconds {
            tiles.append("<li><b>\(half.durationText)</b> until half of them have a new file</li>")
        }
        if let publishedAt = facts.publishedAt {
            tiles.append(
                "<li><b>\(facts.now.seconds(since: publishedAt).durationText)</b> since the tree "
                    + "last changed</li>"
            )
        }
        let behind = facts.mirrors.filter { $0.verdict.word == .behind }.count
        tiles.append("<li><b>\(behind)</b> more than a day behind</li>")
        return "<ul class=\"tiles\">\n\(tiles.joined(separator: "\n"))\n</ul>\n"
    }

    private var runs: String {
        guard !facts.runs.isEmpty else { return "<p>No run was recorded yet.</p>\n" }
        var table = HTMLTable(
            "What runs",
            [.init("Function"), .init("Every"), .init("Last success"), .init("State")]
        )
        for run in facts.runs {
            let isLate = run.isOverdue(at: facts.now)
            let state =
                isLate
                ? "<span class=\"state bad\">▲ late</span>"
                : run.succeeded
                    ? "<span class=\"state ok\">● in time</span>"
                    : "<span class=\"state warn\">◆ failed</span>"
            table.add([
                HTML.escaped(run.name), run.interval.durationText,
                run.lastSuccessAt.map(HTML.time) ?? "never", state,
            ])
        }
        return table.markup
    }

    private var regions: String {
        var table = HTMLTable(
            "Regions",
            [
                .init("Region and its map"), .init("Mirrors", isNumber: true),
                .init("Files held", isNumber: true),
                .init("By 1 or 2 only", isNumber: true),
            ]
        )
        for region in facts.regions {
            let live = max(region.pathsByHolders.reduce(0, +), 1)
            let held = Double(live - region.pathsByHolders[0]) / Double(live)
            let changed = region.builtAt.map { "changed \(HTML.time($0))" } ?? "there is none"
            var head = "\(HTML.escaped(region.name)) <small>\(changed)</small>"
            if region.refused != nil {
                head += " <span class=\"state bad\">▲ a newer map is refused</span>"
            }
            if region.mapHold != nil {
                head += " <span class=\"state warn\">◆ the map is kept as it is</span>"
            }
            table.add([
                head, "\(region.mirrorCount)",
                facts.pathCount == nil ? "–" : held.percentText,
                HTML.number(region.pathsByHolders[1] + region.pathsByHolders[2]),
            ])
        }
        return table.markup
    }

    private func table(_ label: String, _ mirrors: [MirrorFacts]) -> String {
        var table = HTMLTable(
            label,
            [
                .init("Mirror and state"),
                .init("Complete", isNumber: true), .init("Behind", isNumber: true),
                .init("Up in \(Self.stripDays) days", isWide: true), .init("By", isWide: true),
            ]
        )
        for mirror in mirrors {
            table.add([
                mirror.rowHead(), mirror.completeText,
                mirror.behindSeconds(now: facts.now)?.durationText ?? "–", uptime(of: mirror),
                mirror.schemes,
            ])
        }
        return table.markup
    }

    /// Its uptime, and a strip of days.
    private func uptime(of mirror: MirrorFacts) -> String {
        let ids = mirror.clientPointIDs
        guard let share = history.uptime(of: ids, days: Self.stripDays) else { return "–" }
        let strip = UptimeStrip(
            days: history.strip(of: ids, count: Self.stripDays),
            dayWidth: PageFrame.stripDayWidth,
            height: PageFrame.stripHeight
        )
        return "\(share.percentText)\(strip.decoration)"
    }

    /// All mirrors by region, collapsed.
    private var all: String {
        var markup = "<h2 id=\"all\">All mirrors</h2>\n"
        let names = facts.regions.map { ($0.id, $0.name) }
        let known = Set(names.map(\.0))
        let others = Set(facts.mirrors.map(\.mirror.region)).subtracting(known).sorted()
        for (id, name) in names + others.map({ ($0, $0) }) {
            let mirrors = facts.mirrors.filter { $0.mirror.region == id }
                .sorted { ($0.mirror.country.letters, $0.id) < ($1.mirror.country.letters, $1.id) }
            guard !mirrors.isEmpty else { continue }
            markup +=
                "<details><summary><h3>\(HTML.escaped(name)) (\(mirrors.count))</h3></summary>\n"
                + "\(table("Mirrors in \(name)", mirrors))</details>\n"
        }
        return markup
    }
}
