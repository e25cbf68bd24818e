/// The load of each host, as a readable table.
package struct LoadReport {
    private let outcome: Outcome
    private let names: [String]

    /// `names` are the names of the hosts, in order.
    package init(_ outcome: Outcome, names: [String]) {
        self.outcome = outcome
        self.names = names
    }

    package func print(_ write: (String) -> Void = { Swift.print($0) }) {
        let days = outcome.settings.seconds / SimulatedTime.day
        let steady = 24..<max(25, days * 24)
        write(
            "| host, http and https | first day | a day after | probes | listings | young files | "
                + "files | worst hour over mean, without young |"
        )
        write("|---|---|---|---|---|---|---|---|")
        for (name, host) in zip(names, outcome.hosts) {
            let counts = host.requests
            func daily(_ kind: RequestCounts.Kind) -> String {
                let sum = steady.reduce(0) { $0 + counts.count(kind, hour: $1) }
                return Figures.fixed(Double(sum) * 24 / Double(steady.count), 0)
            }
            let mean =
                Double(counts.total(hours: steady, except: .young)) / Double(steady.count)
            let worst = Double(counts.worstHour(steady, except: .young))
            let cells = [
                name, Figures.grouped(counts.total(hours: 0..<24)),
                Figures.fixed(Double(counts.total(hours: steady)) * 24 / Double(steady.count), 0),
                daily(.probe), daily(.listing), daily(.young), daily(.file),
                mean > 0 ? Figures.fixed(worst / mean, 1) : "-",
            ]
            write("| \(cells.joined(separator: " | ")) |")
        }
        write("")
    }
}
