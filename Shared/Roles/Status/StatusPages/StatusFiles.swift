import Events
import Histories
import JSON
import Mirrors
import StatusFacts
import Time

/// All files of the pages, in the order of writing.
struct StatusFiles {
    let facts: DeploymentFacts
    /// Oldest first.
    let events: [Event]
    let history: History
    let settings: StatusSettings

    /// A file with its name below `status/`.
    struct File {
        let name: String
        /// Nil for an unchanged file.
        let bytes: [UInt8]?
    }

    var all: [File] {
        let spread = Spread(facts.mirrors)
        var files: [File] = []
        // Ids from an older program may contain characters that are not allowed in page names.
        for mirror in facts.mirrors { files += self.files(of: mirror) }
        files += eventFiles
        files.append(
            File(
                name: "coverage.html",
                bytes: facts.isCoverageRemembered
                    ? nil : CoveragePage(facts: facts, settings: settings).bytes
            )
        )
        files.append(
            File(
                name: "spread.html",
                bytes: SpreadPage(
                    facts: facts,
                    settings: settings,
                    spread: spread,
                    history: history
                ).bytes
            )
        )
        let document = StatusDocument(facts: facts, settings: settings)
        files.append(File(name: "mirrors.json", bytes: document.list))
        files.append(File(name: "mirmon.state", bytes: document.mirmon))
        files.append(File(name: "metrics.prom", bytes: MetricsText(facts: facts).bytes))
        files.append(File(name: "status.json", bytes: document.json))
        files.append(
            File(
                name: "index.html",
                bytes: IndexPage(
                    facts: facts,
                    settings: settings,
                    spread: spread,
                    history: history
                ).bytes
            )
        )
        return files
    }

    private func files(of mirror: MirrorFacts) -> [File] {
        let own = events.filter { $0.isAbout(mirror.id) }
        let path = "m/\(mirror.id)"
        var files: [File] = []
        if facts.remembered.contains(mirror.id) {
            if mirror.tally.absent > 0 {
                files.append(File(name: "\(path).missing.txt", bytes: nil))
            }
            if mirror.wrongCount > 0 { files.append(File(name: "\(path).wrong.tsv", bytes: nil)) }
        } else if let tree = facts.tree, let found = facts.files[mirror.id] {
            let limit = settings.listLimit
            if mirror.tally.absent > 0 {
                let list = FileLists.missing(of: mirror, found, in: tree, limit: limit)
                files.append(File(name: "\(path).missing.txt", bytes: list))
            }
            if mirror.wrongCount > 0 {
                let list = FileLists.wrong(found, in: tree, limit: limit)
                files.append(File(name: "\(path).wrong.tsv", bytes: list))
            }
        }
        let badge = Badge(label: "mirror", mirror: mirror)
        files.append(File(name: "\(path).svg", bytes: badge.svg))
        files.append(File(name: "\(path).badge.json", bytes: badge.json))
        files.append(
            File(
                name: "\(path).json",
                bytes: json(of: mirror, own).serialized() + [0x0A]
            )
        )
        files.append(
            File(
                name: "\(path).atom",
                bytes: AtomFeed(
                    title: "\(mirror.mirror.name): \(settings.title)",
                    url: url("\(path).atom"),
                    name: "mirror:\(mirror.id)",
                    page: url("\(path).html"),
                    events: own,
                    since: facts.publishedAt ?? Timestamp(secondsSinceEpoch: 0)
                ).bytes
            )
        )
        let page = MirrorPage(
            facts: facts,
            mirror: mirror,
            settings: settings,
            events: own,
            history: history
        )
        files.append(File(name: "\(path).html", bytes: page.bytes))
        return files
    }

    /// The mirror without times that keep changing, and its days.
    private func json(of mirror: MirrorFacts, _ events: [Event]) -> JSONValue {
        let json = MirrorJSON.steady(of: mirror, in: facts, events: events)
        guard case .object(var object) = json else { return json }
        object.append("days", MirrorHistorySection(history: history, mirror: mirror).json)
        return .object(object)
    }

    private var eventFiles: [File] {
        let byDay = Dictionary(grouping: events) { EventDay(of: $0.at) }
        let days = byDay.keys.sorted()
        func page(_ events: [Event], _ day: EventDay?) -> [UInt8] {
            EventsPage(
                settings: settings,
                events: events,
                day: day,
                days: day == nil ? days : [],
                mirrors: facts.mirrors
            ).bytes
        }
        var files = days.map { File(name: "events/\($0).html", bytes: page(byDay[$0] ?? [], $0)) }
        let latest = facts.now.advanced(bySeconds: -3 * 86_400)
        files.append(File(name: "events.html", bytes: page(events.filter { $0.at >= latest }, nil)))
        files.append(
            File(
                name: "events.atom",
                bytes: AtomFeed(
                    title: settings.title,
                    url: url("events.atom"),
                    name: "events",
                    page: url("events.html"),
                    events: events,
                    since: facts.publishedAt ?? Timestamp(secondsSinceEpoch: 0)
                ).bytes
            )
        )
        return files
    }

    /// The public URL of a file; empty if not set.
    private func url(_ name: String) -> String { settings.url.isEmpty ? "" : settings.url + name }
}
