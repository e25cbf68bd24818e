import Catalogs
import CheckStates
import Events
import HealthFormat
import Histories
import JSON
import Mirrors
import RunRecords
import StatusFacts
import Time

/// `m/<id>.html`: what is known of one mirror, for its administrators.
///
/// It contains no time that moves with each check, so it is written only when something changed.
struct MirrorPage {
    let facts: DeploymentFacts
    let mirror: MirrorFacts
    let settings: StatusSettings
    let events: [Event]
    let history: History

    var bytes: [UInt8] {
        let verdict = mirror.verdict
        let hosts = Set(mirror.mirror.accessPoints.compactMap { $0.host }).sorted()
        var content = """
            <h1>\(HTML.name(mirror.mirror.name))</h1>
            <p class="soft">\(HTML.escaped(hosts.joined(separator: ", "))), \
            \(mirror.mirror.country)</p>

            """
        let since = verdict.since.map { " since \(HTML.time($0)) UTC" } ?? ""
        content += """
            <div class="verdict \(verdict.word.grade.rawValue)"><p><strong>\(verdict.word.glyph) \
            \(verdict.word.text)</strong>\(since): \(HTML.escaped(verdict.sentence)).\(remedy)</p>\
            </div>

            """
        let places = mirror.mirror.placeSentences.map(HTML.escaped).joined(separator: "<br>")
        if !places.isEmpty { content += "<p class=\"soft\">Where it stands: \(places)</p>\n" }
        content += "<h2>Addresses</h2>\n\(addresses)"
        content += wrong
        content += MirrorHistorySection(history: history, mirror: mirror).markup
        content += outages
        content += "<h2>Who is sent here</h2>\n\(regions)"
        content += visits
        content += badge
        return PageFrame(
            settings: settings,
            title: "\(mirror.mirror.name): \(settings.title)",
            root: "../",
            feed: "\(mirror.id).atom"
        ).page(content)
    }

    private var remedy: String {
        let remedy = mirror.verdict.remedy
        guard !remedy.isEmpty, !remedy.hasPrefix("mirrors ") else { return "" }
        return " What helps: \(HTML.escaped(remedy))."
    }

    /// A heading, a state and a list of numbers for each URL: a table of them is too wide for
    /// phones.
    private var addresses: String {
        var markup = ""
        for point in mirror.points {
            let (tally, grade) = (point.tally, point.stateGrade)
            let share = Double(tally.held) / Double(max(mirror.promisedCount, 1))
            let numbers = [
                ("Right", tally.answered + tally.unproven == 0 ? "–" : share.percentText),
                ("Absent", HTML.number(tally.absent)), ("Wrong", HTML.number(tally.altered)),
                ("Stale", HTML.number(tally.stale)), ("Refused", HTML.number(tally.refused)),
                ("Not asked in time", HTML.number(tally.unasked)),
                ("Oldest answer", point.oldestProofAt.map(HTML.day) ?? "–"),
                ("Certificate until", point.certificateEnd.map(HTML.time) ?? "–"),
            ].filter { $0.0 != "Certificate until" || point.accessPoint.scheme == .https }
            let list = numbers.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined()
            markup += """
                <h3>\(HTML.link(point.accessPoint.baseURL))</h3>
                <p><span class="state \(grade.rawValue)">\(grade.glyph) \(point.stateWord)</span>\
                \(HTML.escaped(String(point.stateText.dropFirst(point.stateWord.count))))</p>
                <dl class="facts">\(list)</dl>

                """
        }
        return markup
    }

    private var wrong: String {
        guard mirror.tally.absent + mirror.wrongCount > 0 || mirror.withheld != nil else {
            return ""
        }
        var table = HTMLTable(
            "What is wrong",
            [
                .init("What"), .init("Files", isNumber: true), .init("Found"),
                .init("For instance", isWide: true),
            ]
        )
        for cause in mirror.causes.prefix(30) {
            table.add([
                "absent: \(HTML.escaped(cause.sentence))", HTML.number(cause.count),
                cause.since.map(HTML.time) ?? "–",
                "<code>\(HTML.escaped(cause.path))</code>",
            ])
        }
        let kinds = [
            ("wrong: another length", mirror.tally.altered, mirror.alteredExample),
            ("stale: as before the last change", mirror.tally.stale, mirror.staleExample),
        ]
        for case (let kind, let count, let example?) in kinds {
            table.add([
                kind, HTML.number(count), example.since.map(HTML.time) ?? "–",
                "<code>\(HTML.escaped(example.path))</code>",
            ])
        }
        if let withheld = mirror.withheld {
            table.add([
                "right, but not used: others that belong to them are missing or old",
                HTML.number(withheld.count), withheld.since.map(HTML.time) ?? "–",
                "<code>\(HTML.escaped(withheld.example))</code>",
            ])
        }
        var lists: [String] = []
        if mirror.tally.absent > 0 {
            let files = Self.files(mirror.tally.absent, "absent")
            lists.append("<a href=\"\(mirror.id).missing.txt\">\(files)</a>")
        }
        if mirror.wrongCount > 0 {
            let files = Self.files(mirror.wrongCount, "wrong or stale")
            lists.append("<a href=\"\(mirror.id).wrong.tsv\">\(files)</a>")
        }
        let note =
            mirror.isPartial
            ? "<p>It carries a part of the tree; what it lacks is no fault.</p>\n" : ""
        return
            "<h2>What is wrong</h2>\n"
            + "\(note)\(table.markup)<p>\(lists.joined(separator: ", "))</p>\n"
    }

    private static func files(_ count: Int, _ kind: String) -> String {
        count == 1 ? "The \(kind) file" : "All \(HTML.number(count)) \(kind) files"
    }

    private var outages: String {
        let shown = events.filter(\.isPublic).suffix(20).reversed()
        guard !shown.isEmpty else { return "" }
        var table = HTMLTable("Events of 14 days", [.init("When"), .init("What")])
        for event in shown { table.add([HTML.time(event.at), HTML.escaped(event.sentence)]) }
        return "<h2>What happened</h2>\n\(table.markup)"
    }

    private var regions: String {
        var table = HTMLTable(
            "Who is sent here",
            [
                .init("Region"), .init("Place", isNumber: true), .init("Files", isNumber: true),
                .init("Why"),
            ]
        )
        for rank in mirror.ranks {
            let name = facts.regions.first { $0.id == rank.region }?.name ?? rank.region
            table.add([
                HTML.escaped(name),
                rank.rank.map { "\($0) of \(rank.outOf)" } ?? "–",
                rank.rank == nil ? "–" : HTML.number(rank.heldPaths),
                HTML.escaped(rank.sentence),
            ])
        }
        return table.isEmpty ? "<p>No map was built yet.</p>\n" : table.markup
    }

    private var visits: String {
        let contact =
            settings.contact.isEmpty
            ? "" : ", or write to \(HTML.escaped(settings.contact))"
        return """
            <h2>Our visits</h2>
            <p>We ask with HEAD requests and listings; the User-Agent begins with \
            <code>Redirector-checker</code>. To be asked less or not at all, answer 429 with \
            <code>Retry-After</code>\(contact).</p>
            \(questions)\(refusals)
            """
    }

    /// How often each URL was asked yesterday: a number that stays the same all day.
    private var questions: String {
        let items = mirror.points.compactMap { point -> String? in
            guard let count = point.line?.visits?.countOfYesterday(now: facts.now) else {
                return nil
            }
            let pace =
                count > 1 ? ", one every \((86_400 / Int64(count)).durationText) on average" : ""
            return "<li><code>\(HTML.escaped(point.accessPoint.baseURL))</code>: "
                + "\(HTML.number(count))\(count < 86_400 ? pace : "")</li>\n"
        }
        guard !items.isEmpty else { return "" }
        let day = HTML.day(facts.now.advanced(bySeconds: -86_400))
        return "<p>Questions about files that were answered on \(day), besides a probe each "
            + "minute:</p>\n<ul>\n\(items.joined())</ul>\n"
    }

    /// The answers of URLs that refuse nearly everything, so that administrators find the filter.
    ///
    /// Other URLs are left out, because their numbers change with each check.
    private var refusals: String {
        mirror.points.compactMap { point in
            guard let line = point.line, line.answers.refusedStatus != nil else { return nil }
            return "<p>The \(HTML.escaped(line.sentence)) "
                + "(<code>\(HTML.escaped(point.accessPoint.baseURL))</code>).</p>\n"
        }.joined()
    }

    private var badge: String {
        let url = settings.url.isEmpty ? "" : settings.url
        let image = HTML.escaped("\(url)m/\(mirror.id).svg")
        let alternative = HTML.escaped("\(settings.title): state of \(mirror.mirror.name)")
        let code = HTML.escaped("<img src=\"\(image)\" alt=\"\(alternative)\">")
        let shown =
            "<img src=\"\(mirror.id).svg\" alt=\"\(mirror.verdict.word.text)\" height=\"20\">"
        return "<h2>For your own page</h2>\n<p>\(shown)</p>\n"
            + (url.isEmpty
                ? "" : "<pre tabindex=\"0\" aria-label=\"Code of the badge\">\(code)</pre>\n")
    }
}

extension AccessPoint {
    /// The host name in its URL.
    var host: String? { (try? BaseURL(baseURL))?.host }
}
