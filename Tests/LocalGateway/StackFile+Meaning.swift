/// The meaning of labels, annotations and limits.
extension StackFile.Function {
    /// The program and its arguments; for an HTTP server, the program with its name.
    var command: [String] {
        guard let process else { return [name] }
        return process.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    }

    /// The schedule on which cron calls it; nil if there is none.
    var schedule: String? {
        annotations["topic"] == "cron-function" ? annotations["schedule"] : nil
    }

    /// After how many seconds the watchdog kills it; nil if never.
    var executionLimit: Int? {
        environment["exec_timeout"].flatMap(Duration.seconds(in:)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// Whether it may be stopped when idle.
    var scalesToZero: Bool { labels["com.openfaas.scale.zero"] == "true" }

    /// After how many seconds without requests it is stopped; nil leaves that to the edition.
    var idleSeconds: Int? {
        labels["com.openfaas.scale.zero-duration"].flatMap(Duration.seconds(in:))
    }

    /// The path of its readiness check.
    var readinessPath: String { annotations["com.openfaas.ready.http.path"] ?? "/_/health" }

    /// The path of its liveness check.
    var healthPath: String { annotations["com.openfaas.health.http.path"] ?? "/_/health" }

    /// Its memory limit in bytes; nil if there is no valid limit.
    ///
    /// In Kubernetes' notation: `64Mi`, `128M`, or a number of bytes.
    var memoryLimit: Int? {
        guard let text = limits["memory"] else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = [
            "": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000, "Ki": 1 << 10, "Mi": 1 << 20,
            "Gi": 1 << 30,
        ]
        guard let count = Int(digits), let unit = units[String(text.dropFirst(digits.count))] else {
            return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }
}
