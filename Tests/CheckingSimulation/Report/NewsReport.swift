/// The delays of new files, as text.
package struct NewsReport {
    private let outcome: Outcome

    package init(_ outcome: Outcome) {
        self.outcome = outcome
    }

    package func print(_ write: (String) -> Void = { Swift.print($0) }) {
        let arrivals = outcome.arrivals
        func line(_ name: String, _ seconds: [Int]) {
            guard !seconds.isEmpty else { return }
            let sorted = seconds.sorted().map(Double.init)
            write(
                "\(name), \(sorted.count) times: mean \(Figures.fixed(Figures.mean(sorted), 0)) s, "
                    + "half \(Figures.fixed(Figures.quantile(sorted, 0.5), 0)) s, 95 % "
                    + "\(Figures.fixed(Figures.quantile(sorted, 0.95), 0)) s, "
                    + "last \(Figures.fixed(sorted.last, 0)) s"
            )
        }
        line("new files, until the first redirect", arrivals.first)
        line("new files, on each mirror", arrivals.each)
        write("later than 15 min and a tenth of the file's age: \(arrivals.lateCount)\n")
    }
}
