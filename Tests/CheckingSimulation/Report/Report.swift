import Mirrors

/// What a simulation came to, as a table for people.
package struct Report {
    private let outcome: Outcome

    package init(_ outcome: Outcome) {
        self.outcome = outcome
    }

    package func print(_ write: (String) -> Void = { Swift.print($0) }) {
        let settings = outcome.settings
        write(
            "seed \(settings.seed): \(settings.seconds / 86_400) days, \(settings.mirrors.count) mirrors, "
                + "\(settings.pathCount) paths\n"
        )
        printFailures(write)
        printFaults(write)
        printUnused(write)
        printLoad(write)
        printArrivals(write)
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
            write("| \(name) | \(oneIn(random)) | \(oneIn(newest)) |")
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

    // MARK: - Faults

    private func printFaults(_ write: (String) -> Void) {
        write(
            "| fault | times | hit | hours until nothing wrong is offered: half | 95 % | worst | never |"
        )
        write("|---|---|---|---|---|---|---|")
        for (number, kind) in outcome.kinds.enumerated() {
            let records = outcome.ledger.records.filter { $0.kind == number && $0.hitCount > 0 }
            let all = outcome.ledger.records.count { $0.kind == number }
            guard all > 0 else { continue }
            let hours = records.compactMap(\.secondsUntilCleared).map { Double($0) / 3600 }.sorted()
            let never = records.count - hours.count
            write(
                "| \(kind.name) | \(all) | \(records.count) | \(fixed(quantile(hours, 0.5), 2)) "
                    + "| \(fixed(quantile(hours, 0.95), 2)) | \(fixed(hours.last, 2)) | \(never) |"
            )
        }
        write("")
    }

    // MARK: - Use

    private func printUnused(_ write: (String) -> Void) {
        let ledger = outcome.ledger
        func percent(_ part: Double) -> String {
            ledger.fileSeconds > 0 ? fixed(part * 100 / ledger.fileSeconds, 3) + " %" : "-"
        }
        write(
            "good files not used, of mirror-hours: host counts as down \(percent(ledger.unusedDown)), "
                + "doubted \(percent(ledger.unusedDoubted)), not proven \(percent(ledger.unusedUnproven))"
        )
        for (number, kind) in outcome.kinds.enumerated() {
            guard let all = ledger.fileSecondsByFault[number], all > 0 else { continue }
            let unused = ledger.unusedByFault[number] ?? 0
            write(
                "- while \(kind.name): \(fixed(unused * 100 / all, 1)) % of that mirror, "
                    + "\(fixed(unused * 100 / ledger.fileSeconds, 4)) % of all mirror-hours"
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
                "| \(name) | \(fixed(mean, 0)) | \(fixed(quantile(values, 0.5), 0)) "
                    + "| \(fixed(quantile(values, 0.95), 0)) | \(fixed(values.last, 0)) | |"
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
                + "\(fixed(quantile(ratios, 0.5), 1)), 95 % \(fixed(quantile(ratios, 0.95), 1)), "
                + "most \(fixed(ratios.last, 1))\n"
        )
    }

    private func printArrivals(_ write: (String) -> Void) {
        let arrivals = outcome.arrivals
        func line(_ name: String, _ seconds: [Int]) {
            guard !seconds.isEmpty else { return }
            let sorted = seconds.sorted().map(Double.init)
            let mean = sorted.reduce(0, +) / Double(sorted.count)
            write(
                "\(name), \(sorted.count) times: mean \(fixed(mean, 0)) s, half "
                    + "\(fixed(quantile(sorted, 0.5), 0)) s, 95 % \(fixed(quantile(sorted, 0.95), 0)) s, "
                    + "last \(fixed(sorted.last, 0)) s"
            )
        }
        line("new files, until the first redirect", arrivals.first)
        line("new files, on each mirror", arrivals.each)
        write("later than 15 min and a tenth of the file's age: \(arrivals.lateCount)\n")
    }

    // MARK: - Text

    private func quantile(_ sorted: [Double], _ share: Double) -> Double? {
        sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private func oneIn(_ share: Double) -> String {
        guard share > 0 else { return "never" }
        return share > 1e-12 ? grouped(Int((1 / share).rounded())) : "> 10^12"
    }

    private func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    private func fixed(_ value: Double?, _ digits: Int) -> String {
        guard let value, value.isFinite else { return "-" }
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = Int((value * scale).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(abs(scaled) % Int(scale))
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(scaled / Int(scale)).\(zeros)\(fraction)"
    }
}
