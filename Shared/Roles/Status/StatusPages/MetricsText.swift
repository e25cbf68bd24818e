import RunRecords
import StatusFacts
import Time

/// `metrics.prom`: metrics for Prometheus (text format 0.0.4).
struct MetricsText {
    let facts: DeploymentFacts

    var bytes: [UInt8] {
        var text = PrometheusText()
        text.family("redirector_status_timestamp_seconds", "When the facts were gathered.") {
            $0.sample([], facts.now.secondsSinceEpoch)
        }
        functions(&text)
        regions(&text)
        mirrors(&text)
        return Array(text.text.utf8)
    }

    private func functions(_ text: inout PrometheusText) {
        func labels(_ run: RunRecord) -> [(String, String)] {
            [("function", run.role.rawValue), ("region", run.region ?? "")]
        }
        text.family(
            "redirector_run_success_timestamp_seconds",
            "When a run of the function last succeeded; 0 where none did."
        ) { family in
            for run in facts.runs {
                family.sample(labels(run), run.lastSuccessAt?.secondsSinceEpoch ?? 0)
            }
        }
        text.family("redirector_run_interval_seconds", "How often the function is to run.") {
            family in
            for run in facts.runs { family.sample(labels(run), run.interval) }
        }
        text.family("redirector_run_exit_status", "How the latest run of the function ended.") {
            family in
            for run in facts.runs { family.sample(labels(run), Int64(run.exit)) }
        }
    }

    private func regions(_ text: inout PrometheusText) {
        text.family(
            "redirector_map_refused",
            "Whether a guard rail keeps a newer map from being published."
        ) { family in
            for region in facts.regions where region.builtAt != nil {
                family.sample([("region", region.id)], region.refused == nil ? 0 : 1)
            }
        }
        text.family("redirector_map_held", "Whether an operator keeps the map as it is.") {
            family in
            for region in facts.regions where region.builtAt != nil {
                family.sample([("region", region.id)], region.mapHold == nil ? 0 : 1)
            }
        }
        text.family("redirector_map_built_timestamp_seconds", "When the map last changed.") {
            family in
            for region in facts.regions {
                guard let builtAt = region.builtAt else { continue }
                family.sample([("region", region.id)], builtAt.secondsSinceEpoch)
            }
        }
        guard let pathCount = facts.pathCount else { return }
        text.family("redirector_catalog_paths", "Paths of the tree.") {
            $0.sample([], Int64(pathCount))
        }
        text.family("redirector_catalog_generation", "The generation of the tree.") {
            $0.sample([], Int64(facts.generation))
        }
        text.family("redirector_region_paths", "Paths of the tree, by region.") { family in
            for region in facts.regions where region.builtAt != nil {
                family.sample([("region", region.id)], Int64(pathCount))
            }
        }
        text.family(
            "redirector_paths_held",
            "Paths by the number of mirrors of the region that hold them."
        ) { family in
            for region in facts.regions where region.builtAt != nil {
                for (holders, count) in region.pathsByHolders.enumerated() {
                    family.sample(
                        [("region", region.id), ("holders", holders == 3 ? "3+" : "\(holders)")],
                        Int64(count)
                    )
                }
            }
        }
    }

    private func mirrors(_ text: inout PrometheusText) {
        let listed = facts.mirrors.filter { $0.verdict.word != .notListed }
        let enabled = facts.enabled
        func each(
            _ name: String,
            _ help: String,
            of mirrors: [MirrorFacts],
            _ value: (MirrorFacts) -> String?
        ) {
            text.family(name, help) { family in
                for mirror in mirrors {
                    guard let value = value(mirror) else { continue }
                    family.sample([("mirror", mirror.id)], text: value)
                }
            }
        }
        each(
            "redirector_mirror_up",
            "Whether any http or https URL of the mirror is up: it answers, does not refuse us, "
                + "and is itself.",
            of: enabled
        ) {
            $0.webPoints.contains { $0.isUp } ? "1" : "0"
        }
        text.family(
            "redirector_mirror_state",
            "1 for the mirror's current state; other states have no sample."
        ) { family in
            for mirror in listed {
                family.sample(
                    [("mirror", mirror.id), ("state", mirror.verdict.word.rawValue)],
                    1
                )
            }
        }
        each(
            "redirector_mirror_complete_ratio",
            "The share of its promised files that the mirror has.",
            of: enabled
        ) { $0.completeness.map { "\(MirrorJSON.rounded($0))" } }
        each(
            "redirector_mirror_behind_seconds",
            "The age of the oldest file that the mirror lacks for being too new.",
            of: enabled
        ) { "\($0.behindSeconds(now: facts.now) ?? 0)" }
        each(
            "redirector_mirror_unproven_paths",
            "Promised files without a proof that is recent enough.",
            of: enabled
        ) { $0.promisedCount > 0 ? "\($0.tally.unasked)" : nil }
        each(
            "redirector_mirror_certificate_end_timestamp_seconds",
            "When the first certificate of the mirror's https URLs ends.",
            of: enabled
        ) { $0.certificateEnd.map { "\($0.secondsSinceEpoch)" } }
        each("redirector_mirror_partial", "Whether the mirror carries a part only.", of: enabled) {
            $0.isPartial ? "1" : "0"
        }
    }
}

/// Families of gauges in Prometheus's text format.
private struct PrometheusText {
    private(set) var text = ""

    struct Family {
        fileprivate let name: String
        fileprivate var lines = ""

        mutating func sample(_ labels: [(String, String)], _ value: Int64) {
            sample(labels, text: "\(value)")
        }

        mutating func sample(_ labels: [(String, String)], text value: String) {
            lines += name
            if !labels.isEmpty {
                let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
                lines += "{\(pairs.joined(separator: ","))}"
            }
            lines += " \(value)\n"
        }

        private static func escaped(_ value: String) -> String {
            var text = ""
            for character in value.unicodeScalars {
                switch character {
                case "\\": text += "\\\\"
                case "\"": text += "\\\""
                case "\n": text += "\\n"
                default: text.unicodeScalars.append(character)
                }
            }
            return text
        }
    }

    /// Appends a family, unless it has no samples.
    mutating func family(_ name: String, _ help: String, _ fill: (inout Family) -> Void) {
        var family = Family(name: name)
        fill(&family)
        guard !family.lines.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(family.lines)"
    }
}
