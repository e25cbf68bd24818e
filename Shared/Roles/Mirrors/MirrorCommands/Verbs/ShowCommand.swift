import Events
import HealthFormat
import JSON
import Mirrors
import RunRecords
import StatusFacts
import Time

/// `mirrors show ID`: the content of its page.
struct ShowCommand {
    let facts: DeploymentFacts
    let mirror: MirrorFacts
    let events: [Event]

    func run() -> CommandResult {
        let verdict = mirror.verdict
        var lines = [
            "\(TextTable.oneLine(mirror.mirror.name)) (\(mirror.id)), \(mirror.mirror.country)",
            "",
            "\(verdict.word.glyph) \(verdict.word.text)"
                + (verdict.since.map { " since \($0.dateText)" } ?? "") + ": \(verdict.sentence)",
        ]
        if !verdict.remedy.isEmpty { lines.append("  what helps: \(verdict.remedy)") }
        let sentences = mirror.mirror.placeSentences
        if !sentences.isEmpty {
            lines += ["", "Where it stands: \(sentences.joined(separator: " | "))"]
        }
        lines += ["", addresses.text]
        lines += mirror.points.compactMap(\.certificateText)
        lines += mirror.points.compactMap { point in
            point.line.map {
                TextTable.oneLine("\(point.accessPoint.baseURL): \($0.sentence)")
            }
        }
        if !mirror.causes.isEmpty { lines += ["", causes.text] }
        if let example = mirror.alteredExample {
            lines.append(line("wrong", "another length", mirror.tally.altered, example))
        }
        if let example = mirror.staleExample {
            lines.append(
                line("stale", "the content before the last change", mirror.tally.stale, example)
            )
        }
        if let withheld = mirror.withheld { lines.append(TextTable.oneLine(withheld.sentence)) }
        if let removals { lines.append(removals) }
        if !mirror.ranks.isEmpty { lines += ["", places.text] }
        let last = events.suffix(10)
        if !last.isEmpty {
            lines += ["", "The latest of \(events.count) events in 14 days:"]
            lines += last.map { "  \($0.at.dateText)  \(TextTable.oneLine($0.sentence))" }
        }
        return CommandResult(
            lines.joined(separator: "\n"),
            MirrorJSON.whole(of: mirror, in: facts, events: events)
        )
    }

    private func line(
        _ kind: String,
        _ meaning: String,
        _ count: Int,
        _ example: FileExample
    ) -> String {
        let since = example.since.map { " since \($0.dateText)" } ?? ""
        return TextTable.oneLine("\(count) \(kind) (\(meaning)), such as \(example.path)\(since)")
    }

    /// The removed files that it still has; nil if none.
    private var removals: String? {
        guard let count = mirror.ranks.map(\.removedPaths).max(), count > 0,
            let oldest = mirror.ranks.compactMap(\.oldestRemovalAt).min()
        else { return nil }
        let isSlow = facts.now.seconds(since: oldest) > Self.slowDeletionSeconds
        return "\(count) files that the master removed are still there, the first since "
            + "\(oldest.dateText)\(isSlow ? ": it deletes slowly" : "")"
    }

    /// Mirrors that sync daily have deleted them by then.
    private static let slowDeletionSeconds: Int64 = 3 * 86_400

    private var addresses: TextTable {
        var table = TextTable(
            [
                "URL", "STATE", "RIGHT", "ABSENT", "WRONG", "STALE", "REFUSED", "NOT ASKED",
                "ASKED",
            ],
            rightAligned: [2, 3, 4, 5, 6, 7]
        )
        for point in mirror.points {
            let tally = point.tally
            table.add([
                point.accessPoint.baseURL, point.stateText, "\(tally.held)", "\(tally.absent)",
                "\(tally.altered)", "\(tally.stale)", "\(tally.refused)", "\(tally.unasked)",
                point.askedAt?.dateText ?? "never",
            ])
        }
        return table
    }

    private var causes: TextTable {
        var table = TextTable(["ABSENT", "FILES", "SINCE", "FOR INSTANCE"], rightAligned: [1])
        for cause in mirror.causes.prefix(20) {
            table.add([
                cause.sentence, "\(cause.count)", cause.since?.dateText ?? "",
                cause.path,
            ])
        }
        return table
    }

    private var places: TextTable {
        var table = TextTable(["REGION", "PLACE", "FILES", "WHY"], rightAligned: [1, 2])
        for place in mirror.ranks {
            table.add([
                place.region, place.rank.map { "\($0) of \(place.outOf)" } ?? "-",
                "\(place.heldPaths)", place.sentence,
            ])
        }
        return table
    }
}

extension AccessPointFacts {
    /// The end of its certificate; nil if unknown.
    fileprivate var certificateText: String? {
        certificateEnd.map {
            TextTable.oneLine("\(accessPoint.baseURL): its certificate ends \($0.dateText)")
        }
    }
}
