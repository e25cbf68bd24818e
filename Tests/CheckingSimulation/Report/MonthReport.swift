import Mirrors

/// The results of a month of mirrors, as readable tables.
package struct MonthReport {
    private let outcome: Outcome

    package init(_ outcome: Outcome) {
        self.outcome = outcome
    }

    package func print(_ write: (String) -> Void = { Swift.print($0) }) {
        let settings = outcome.settings
        write(
            "seed \(settings.seed): \(settings.seconds / 86_400) days, \(settings.mirrors.count) "
                + "mirrors, \(settings.pathCount) paths\n"
        )
        printFailures(write)
        FaultTable(outcome).print(write)
        printUnused(write)
        printLoad(write)
        NewsReport(outcome).print(write)
    }

    // MARK: - Redirects

    private func printFailures(_ write: (String) -> Void) {
        let ledger = outcome.ledger
        write("| redirects that fail | random files, 1 in | newest 1 %, 1 in |")
        write("|---|---|---|")
        var causes = Set(ledger.failed.keys).union(ledger.newestFailed.keys)
            .filter { !isApart($0) }
        func line(_ name: String, _ causes: some Sequence<Flaw.Cause>) {
            let random = causes.reduce(0.0) { $0 + (ledger.failed[$1] ?? 0) } / ledger.seconds
            let newest = causes.reduce(0.0) { $0 + (ledger.newestFailed[$1] ?? 0) } / ledger.seconds
            write("| \(name) | \(Figures.oneIn(random)) | \(Figures.oneIn(newest)) |")
        }
        line("**because the file is not there**", causes)
        while let worst = causes.max(by: { sum($0) < sum($1) }) {
            line("- \(name(of: worst))", [worst])
            causes.remove(worst)
        }
        let downs = outcome.kinds.indices.filter { isDown(outcome.kinds[$0]) }
            .map { Flaw.Cause.fault($0) }
        line("the host is down", downs)
        line("the master removed it", [.removed])
        line("the content before the last change", [.outdated])
        write("")
    }

    private func sum(_ cause: Flaw.Cause) -> Double {
        (outcome.ledger.failed[cause] ?? 0) + (outcome.ledger.newestFailed[cause] ?? 0) / 10
    }

    /// Whether the cause has a column of its own.
    private func isApart(_ cause: Flaw.Cause) -> Bool {
        switch cause {
        case .removed, .outdated: true
        case .fault(let kind): isDown(outcome.kinds[kind])
        case .backends, .lacking: false
        }
    }

    private func isDown(_ kind: Fault.Kind) -> Bool {
        if case .down = kind.effect { true } else { false }
    }

    private func name(of cause: Flaw.Cause) -> String {
        switch cause {
        case .fault(let kind): outcome.kinds[kind].name
        case .backends: "two backends that differ"
        case .removed: "removed at the master"
        case .outdated: "older content"
        case .lacking: "not there yet, or never"
        }
    }

    // MARK: - Use

    private func printUnused(_ write: (String) -> Void) {
        let ledger = outcome.ledger
        func percent(_ part: Double) -> String {
            ledger.fileSeconds > 0 ? Figures.fixed(part * 100 / ledger.fileSeconds, 3) + " %" : "-"
        }
        write(
            "good files not used, of mirror-hours: host counts as down "
                + "\(percent(ledger.unusedDown)), "
                + "doubted \(percent(ledger.unusedDoubted)), not proven "
                + "\(percent(ledger.unusedUnproven))"
        )
        for (number, kind) in outcome.kinds.enumerated() {
            guard let all = ledger.fileSecondsByFault[number], all > 0 else { continue }
            let unused = ledger.unusedByFault[number] ?? 0
            write(
                "- while \(kind.name): \(Figures.fixed(unused * 100 / all, 1)) % of that mirror, "
                    + "\(Figures.fixed(unused * 100 / ledger.fileSeconds, 4)) % of all mirror-hours"
            )
        }
        if ledger.backendOffers > 0 {
            // Every second request goes to the second backend.
            let share = ledger.backendFlaws / ledger.backendOffers / 2
            write(
                "redirects to mirrors with two backends that fail, after their first day: "
                    + "\(Figures.fixed(share * 100, 4)) %"
            )
        }
        write("maps that a guard rail kept back: \(outcome.refusedMapCount)\n")
    }

    // MARK: - Load

    private func printLoad(_ write: (String) -> Void) {
        let days = outcome.settings.seconds / 86_400
        let hours = 0..<days * 24
        let steady = 24..<max(25, days * 24)
        write(
            "| requests | a day, mean | median host | 95 % of hosts | most | worst hour over mean |"
        )
        write("|---|---|---|---|---|---|")
        func line(_ name: String, _ count: (RequestCounts) -> Double) {
            let values = outcome.hosts.map { count($0.requests) }.sorted()
            let mean = values.reduce(0, +) / Double(max(1, values.count))
            write(
                "| \(name) | \(Figures.fixed(mean, 0)) | "
                    + "\(Figures.fixed(Figures.quantile(values, 0.5), 0)) "
                    + "| \(Figures.fixed(Figures.quantile(values, 0.95), 0)) | "
                    + "\(Figures.fixed(values.last, 0)) | |"
            )
        }
        line("all") { Double($0.total(hours: hours)) / Double(days) }
        for kind in RequestCounts.Kind.allCases {
            line("- \(kind)") { counts in
                Double(hours.reduce(0) { $0 + counts.count(kind, hour: $1) }) / Double(days)
            }
        }
        let ratios = outcome.hosts.map { host in
            let mean =
                Double(host.requests.total(hours: steady, except: .young)) / Double(steady.count)
            return mean > 0
                ? Double(host.requests.worstHour(steady, except: .young)) / mean : 0
        }.sorted()
        write(
            "worst hour over the mean, files younger than a day aside: median host "
                + "\(Figures.fixed(Figures.quantile(ratios, 0.5), 1)), 95 % "
                + "\(Figures.fixed(Figures.quantile(ratios, 0.95), 1)), "
                + "most \(Figures.fixed(ratios.last, 1))\n"
        )
    }
}
