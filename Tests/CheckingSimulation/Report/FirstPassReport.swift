/// The duration of the first pass over all mirrors, as text.
package struct FirstPassReport {
    private let outcome: Outcome

    package init(_ outcome: Outcome) {
        self.outcome = outcome
    }

    package func print(_ write: (String) -> Void = { Swift.print($0) }) {
        var slowest: [String: Int?] = [:]
        for (seconds, point) in zip(outcome.firstPass, outcome.points) {
            if let known = slowest[point.host] {
                guard let known, let seconds else {
                    slowest[point.host] = .some(nil)
                    continue
                }
                slowest[point.host] = max(known, seconds)
            } else {
                slowest[point.host] = seconds
            }
        }
        let done = slowest.compactMap { host in host.value.map { (name: host.key, seconds: $0) } }
            .sorted { ($0.seconds, $0.name) < ($1.seconds, $1.name) }
        let hours = done.map { Double($0.seconds) / 3600 }
        write(
            "first pass over \(slowest.count) hosts, in hours: median "
                + "\(Figures.fixed(Figures.quantile(hours, 0.5), 2)), 95 % "
                + "\(Figures.fixed(Figures.quantile(hours, 0.95), 2)), last "
                + "\(Figures.fixed(hours.last, 2)); not done: \(slowest.count - done.count)"
        )
        for host in done.suffix(5).reversed() {
            write("- \(host.name): \(Figures.fixed(Double(host.seconds) / 3600, 2))")
        }
        for host in slowest.filter({ $0.value == nil }).keys.sorted() {
            write("- \(host): not done")
        }
        write("")
    }
}
