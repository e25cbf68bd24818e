import Catalogs
import StatusFacts
import Time

/// `coverage.html`: files that few mirrors have, and how far the newest ones have spread.
struct CoveragePage {
    let facts: DeploymentFacts
    let settings: StatusSettings

    private static let limit = 200
    private static let newCount = 60

    var bytes: [UInt8] {
        var content = "<h1>Files</h1>\n"
        if let tree = facts.tree, let coverage = Coverage.overall(facts) {
            content +=
                "<p>The tree has \(HTML.number(tree.liveCount)) paths, symlinks and paths through "
                + "links included. A file counts as held by a mirror where it was seen there, with "
                + "the right length, recently enough.</p>\n"
            content += "<h2>By region</h2>\n\(regions)"
            content += rarest(tree, coverage)
            content += newest(tree, coverage)
        } else {
            content += "<p>No tree was published yet.</p>\n"
        }
        return PageFrame(settings: settings, title: "Files: \(settings.title)", root: "").page(
            content
        )
    }

    private var regions: String {
        var table = HTMLTable(
            "Files by the number of mirrors that hold them",
            [
                .init("Region"), .init("0 mirrors", isNumber: true), .init("1", isNumber: true),
                .init("2", isNumber: true), .init("3 or more", isNumber: true),
            ]
        )
        for region in facts.regions where region.builtAt != nil {
            table.add([HTML.escaped(region.name)] + region.pathsByHolders.map(HTML.number))
        }
        return table.markup
    }

    private func rarest(_ tree: TreeFacts, _ coverage: Coverage) -> String {
        let rare = coverage.rarest(of: tree.live, limit: Self.limit)
        guard !rare.isEmpty else {
            return "<h2>Rare files</h2>\n<p>Every file is on 3 mirrors or more.</p>\n"
        }
        var table = HTMLTable(
            "Rare files",
            [.init("Path"), .init("Mirrors", isNumber: true), .init("In the tree since")]
        )
        for (number, holders) in rare {
            table.add([
                "<code>\(HTML.escaped(tree.text(of: number)))</code>", "\(holders)",
                tree.appearedAt[number] == 0
                    ? "–" : HTML.day(Timestamp(secondsSinceEpoch: tree.appearedAt[number])),
            ])
        }
        let counts = coverage.counts(of: tree.live)
        return
            "<h2>Rare files</h2>\n<p>\(HTML.number(counts[0])) are on no mirror and come from the "
            + "fallback host, \(HTML.number(counts[1])) are on one, \(HTML.number(counts[2])) on "
            + "two."
            + (counts[0] + counts[1] + counts[2] > rare.count
                ? " The first \(rare.count):" : "") + "</p>\n\(table.markup)"
    }

    private func newest(_ tree: TreeFacts, _ coverage: Coverage) -> String {
        var table = HTMLTable(
            "The newest files",
            [.init("Path"), .init("Mirrors", isNumber: true), .init("In the tree since")]
        )
        for number in tree.byAge.suffix(Self.newCount).reversed() {
            let holders = coverage.holders(of: Int(number))
            table.add([
                "<code>\(HTML.escaped(tree.text(of: Int(number))))</code>",
                holders == 3 ? "3 or more" : "\(holders)",
                HTML.time(Timestamp(secondsSinceEpoch: tree.appearedAt[Int(number)])),
            ])
        }
        return "<h2>The newest files</h2>\n\(table.markup)"
    }
}
