/// How long clients were redirected to each kind of fault, as a readable table.
package struct FaultTable {
    private let outcome: Outcome

    package init(_ outcome: Outcome) {
        self.outcome = outcome
    }

    package func print(_ write: (String) -> Void = { Swift.print($0) }) {
        write(
            "| fault | times | hit | hours until nothing wrong is offered: half | 95 % | worst "
                + "| never | good files unused |"
        )
        write("|---|---|---|---|---|---|---|---|")
        let ledger = outcome.ledger
        for (number, kind) in outcome.kinds.enumerated() {
            let all = ledger.records.filter { $0.kind == number }
            guard !all.isEmpty else { continue }
            let hit = all.filter { $0.hitCount > 0 }
            let hours = hit.compactMap(\.secondsUntilCleared).map { Double($0) / 3600 }.sorted()
            let unused = (ledger.unusedByFault[number] ?? 0) * 100
            let fileSeconds = ledger.fileSecondsByFault[number] ?? 0
            let cells = [
                kind.name, "\(all.count)", "\(hit.count)",
                Figures.fixed(Figures.quantile(hours, 0.5), 2),
                Figures.fixed(Figures.quantile(hours, 0.95), 2),
                Figures.fixed(hours.last, 2), "\(hit.count - hours.count)",
                fileSeconds > 0 ? Figures.fixed(unused / fileSeconds, 2) + " %" : "-",
            ]
            write("| \(cells.joined(separator: " | ")) |")
        }
        write("")
    }
}
