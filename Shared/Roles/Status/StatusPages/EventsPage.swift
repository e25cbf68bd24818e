import Events
import StatusFacts
import Time

/// `events.html`, and `events/<day>.html`: what happened, newest first.
struct EventsPage {
    let settings: StatusSettings
    /// Oldest first.
    let events: [Event]
    /// Nil on the page of the latest events.
    let day: EventDay?
    /// The days with a page.
    let days: [EventDay]
    /// Known mirrors, to link their pages.
    let mirrors: [MirrorFacts]

    /// The maximum number of events on a page; the rest are only counted.
    static let limit = 1000

    var bytes: [UInt8] {
        let root = day == nil ? "" : "../"
        var content = day.map { "<h1>Events of \($0)</h1>\n" } ?? "<h1>Events</h1>\n"
        content += "<p class=\"soft\">Times are in UTC.</p>\n"
        let shown = events.filter(\.isPublic).suffix(Self.limit).reversed()
        if shown.isEmpty {
            content += "<p>Nothing was noted.</p>\n"
        } else {
            content += table(Array(shown), root).markup
        }
        if !days.isEmpty {
            let links = days.sorted(by: >).map { "<a href=\"\(root)events/\($0).html\">\($0)</a>" }
            content += "<h2>By day</h2>\n<p>\(links.joined(separator: " "))</p>\n"
        }
        let title = day.map { "Events of \($0)" } ?? "Events"
        return PageFrame(settings: settings, title: "\(title): \(settings.title)", root: root)
            .page(content)
    }

    private func table(_ events: [Event], _ root: String) -> HTMLTable {
        var table = HTMLTable(
            "Events",
            [.init("When"), .init("What"), .init("Who noted it", isWide: true)]
        )
        var minutes: Set<Substring> = []
        for event in events {
            let text = event.at.description
            let minute = text.prefix(16)
            var anchor: String?
            if minutes.insert(minute).inserted {
                // On a page of one day, anchors need no date.
                let date = day == nil ? "\(text.prefix(10))" : ""
                anchor = "\(date)t\(text.dropFirst(11).prefix(2))\(text.dropFirst(14).prefix(2))"
            }
            table.add(
                [HTML.time(event.at), sentence(event, root), HTML.escaped(event.by)],
                id: anchor
            )
        }
        return table
    }

    private func sentence(_ event: Event, _ root: String) -> String {
        let text = HTML.escaped(event.sentence)
        guard let mirror = mirrors.first(where: { event.isAbout($0.id) }) else { return text }
        let subject = HTML.escaped(event.subject)
        guard text.hasPrefix(subject) else { return text }
        return
            "<a href=\"\(root)m/\(mirror.id).html\">\(subject)</a>\(text.dropFirst(subject.count))"
    }
}
