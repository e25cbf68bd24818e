import Foundation
import TestSupport
import Testing

/// The contents of `Deployment/monitoring`, with a real Prometheus that scrapes a real deployment.
@Suite struct MonitoringTests {
    private static let folder = "\(Repository.root)/Deployment/monitoring"

    /// Debian's Prometheus, with the jobs of docs/operating.md and the rules.
    private final class Prometheus: Sendable {
        let port: Int
        private let child: ChildProcess
        private let streams: FunctionStreams

        init(scraping redirector: Int, in folder: TemporaryFolder) throws {
            port = try freePort()
            try folder.write(
                """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                scrape_configs:
                  - job_name: redirector
                    static_configs: [{targets: ["127.0.0.1:\(redirector)"]}]
                  - job_name: redirector-status
                    metrics_path: /_/status/metrics.prom
                    static_configs: [{targets: ["127.0.0.1:\(redirector)"]}]
                rule_files: ["\(MonitoringTests.folder)/redirector.rules.yml"]

                """,
                to: "prometheus.yml"
            )
            streams = try FunctionStreams()
            child = try FunctionBinary(
                "/usr/bin/prometheus",
                environment: ["PATH": "/usr/bin:/bin"]
            )
            .start(
                arguments: [
                    "--config.file=\(folder.appending("prometheus.yml"))",
                    "--storage.tsdb.path=\(folder.appending("series"))",
                    "--web.listen-address=127.0.0.1:\(port)",
                ],
                streams: streams
            )
        }

        deinit {
            child.signal(SIGKILL)
            _ = child.wait()
        }

        var log: String { (try? streams.log) ?? "" }

        /// The answer of its API, below `data`; nil while there is none.
        func data(of path: String, _ arguments: [String] = []) throws -> [String: Any]? {
            let curl = FunctionBinary("/usr/bin/curl", environment: ["PATH": "/usr/bin:/bin"])
            let answer = try curl.run(
                arguments: ["-sS", "-G", "http://127.0.0.1:\(port)/api/v1/\(path)"] + arguments
            )
            let bytes = Data(answer.output.utf8)
            guard let json = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any],
                json["status"] as? String == "success"
            else { return nil }
            return json["data"] as? [String: Any]
        }

        /// The number of series that an expression gives; nil if it is not valid.
        func seriesCount(_ expression: String) throws -> Int? {
            let data = try data(of: "query", ["--data-urlencode", "query=\(expression)"])
            return (data?["result"] as? [Any])?.count
        }
    }

    private struct Dashboard: Decodable {
        struct Panel: Decodable {
            struct Target: Decodable {
                let expr: String
            }
            let title: String
            let targets: [Target]?
        }
        let panels: [Panel]
    }

    /// Every expression of the dashboard yields series and every rule can be evaluated, and no
    /// alert fires if nothing is wrong.
    @Test func theDashboardAndTheRulesWorkOnARealDeployment() throws {
        let stages = try StagedStorage(on: .folder)
        defer { stages.stop() }
        let environment = stages.environment(of: StagedStorage.Stage.built.rawValue)
        let made = try Product.function("status", environment: environment).run(seconds: 60)
        #expect(made.isSuccess, "\(made)")
        let redirector = try Redirector(
            storageURL: environment["STORAGE_URL"] ?? "",
            region: "europe"
        )
        let folder = try TemporaryFolder("prometheus")
        let prometheus = try Prometheus(scraping: redirector.port, in: folder)
        // Downloads, and a path that leads to the fallback: the rates need two scrapes of each.
        let isScraped = try eventually(within: 120, every: 0.5) {
            _ = redirector.status(of: "/distfiles/layout.conf")
            _ = redirector.status(of: "/distfiles/not-there")
            return try prometheus.seriesCount("rate(redirector_requests_total[5m]) > 0") ?? 0 > 0
                && prometheus.seriesCount("rate(redirector_redirects_total[5m]) > 0") ?? 0 > 0
                && prometheus.seriesCount("rate(redirector_fallbacks_total[5m]) > 0") ?? 0 > 0
                && prometheus.seriesCount("redirector_mirror_up") ?? 0 > 0
        }
        #expect(isScraped, "\(prometheus.log)")

        let bytes = try Data(
            contentsOf: URL(fileURLWithPath: "\(Self.folder)/grafana-dashboard.json")
        )
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: bytes)
        var count = 0
        for panel in dashboard.panels {
            for target in panel.targets ?? [] {
                let expression = target.expr.replacingOccurrences(of: "$job", with: "redirector")
                let series = try prometheus.seriesCount(expression)
                #expect(series ?? 0 > 0, "\(panel.title): \(expression)")
                count += 1
            }
        }
        #expect(count >= 10)
        try expectHealthyRules(prometheus)
        try expectKnownMetrics(prometheus)
    }

    private func expectHealthyRules(_ prometheus: Prometheus) throws {
        var rules: [[String: Any]] = []
        let isEvaluated = try eventually(within: 60, every: 0.5) {
            let groups = try prometheus.data(of: "rules")?["groups"] as? [[String: Any]] ?? []
            rules = groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
            return !rules.isEmpty && rules.allSatisfy { $0["health"] as? String != "unknown" }
        }
        #expect(isEvaluated, "\(prometheus.log)")
        #expect(rules.count >= 18)
        for rule in rules {
            let name = rule["name"] as? String ?? "?"
            #expect(rule["health"] as? String == "ok", "\(name): \(rule["lastError"] ?? "")")
            #expect(rule["state"] as? String != "firing", "\(name)")
        }
    }

    /// The mirrors of the deployment have no https URL; a test of the status pages has one.
    private static let metricsOfCertificates: Set = [
        "redirector_mirror_certificate_end_timestamp_seconds"
    ]

    /// A rule that names a metric which is not exported never fires.
    private func expectKnownMetrics(_ prometheus: Prometheus) throws {
        let text = try String(
            contentsOfFile: "\(Self.folder)/redirector.rules.yml",
            encoding: .utf8
        )
        let pattern = try Regex("redirector_[a-z_]+")
        let names = Set(
            text.split(separator: "\n").filter { !$0.contains("record:") && !$0.contains("alert:") }
                .flatMap { $0.matches(of: pattern) }.map { String($0.output[0].substring ?? "") }
        )
        #expect(names.count > 10)
        #expect(names.isSuperset(of: Self.metricsOfCertificates))
        for name in names.subtracting(Self.metricsOfCertificates).sorted() {
            #expect(try prometheus.seriesCount(name) ?? 0 > 0, "\(name) is exported by nobody")
        }
    }
}
