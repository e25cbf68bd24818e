import FunctionRuntime
import Mirrors
import RunRecords
import Time

/// The condition of a deployment, with one finding for each part.
package struct Diagnosis: Equatable, Sendable {
    /// The severity of a finding: the exit status of a Nagios plugin.
    package enum Level: Int32, Comparable, Sendable, CaseIterable {
        case ok = 0
        case warning = 1
        case critical = 2
        /// The condition is unknown.
        case unknown = 3

        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .unknown: 1
            case .warning: 2
            case .critical: 3
            }
        }

        /// Nagios's word for it.
        package var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    package struct Finding: Equatable, Sendable {
        package var level: Level
        /// Its subject, such as `builder` or `maps`.
        package var part: String
        package var text: String
        /// What to do; empty only if nothing is necessary.
        package var remedy: String

        package init(_ level: Level, _ part: String, _ text: String, remedy: String) {
            self.level = level
            self.part = part
            self.text = text
            self.remedy = remedy
        }

        /// A part with nothing to do.
        static func fine(_ part: String, _ text: String) -> Finding {
            Finding(.ok, part, text, remedy: "")
        }
    }

    package private(set) var findings: [Finding] = []
    /// The age in seconds at which redirectors ignore probes.
    private let healthMaximumAge: Int64

    /// The worst level of the findings; unknown counts no worse than good.
    package var level: Level {
        findings.map(\.level).filter { $0 != .unknown }.max() ?? .unknown
    }

    /// Judges `facts`; `healthMaximumAge` is what redirectors have as `HEALTH_MAX_AGE_SECONDS`.
    package init(_ facts: DeploymentFacts, healthMaximumAge: Int64? = nil) {
        self.healthMaximumAge = healthMaximumAge ?? NumberSetting.healthMaxAge.standardSeconds
        storage(facts)
        publication(facts)
        for role in RunRecord.Role.allCases { runs(of: role, facts) }
        maps(facts)
        health(facts)
        guardRails(facts)
        mirrors(facts)
        certificates(facts)
        configuration(facts)
    }

    private mutating func storage(_ facts: DeploymentFacts) {
        let damaged = facts.problems.filter { !Self.operators.contains($0.key) }
        guard let text = Self.text(of: damaged) else {
            findings.append(.fine("storage", "all blobs that were read are intact"))
            return
        }
        findings.append(.init(.critical, "storage", text, remedy: "storage verify"))
    }

    /// The first of several problems with blobs, and how many more there are; nil if there are
    /// none.
    private static func text(of problems: [DeploymentFacts.Problem]) -> String? {
        guard let first = problems.first else { return nil }
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        return "\(first.key): \(first.text)\(more)"
    }

    /// The blobs that operators write.
    private static let operators: Set = [BlobName.overrides, BlobName.regions, BlobName.classes]

    private mutating func publication(_ facts: DeploymentFacts) {
        guard !facts.mirrors.isEmpty else {
            findings.append(
                .init(.critical, "catalog", "no mirror list was imported", remedy: "run leader")
            )
            return
        }
        guard let publishedAt = facts.publishedAt else {
            if facts.pathCount == nil, facts.generation == 0 {
                findings.append(
                    .init(.critical, "catalog", "no tree was published", remedy: "run leader")
                )
            }
            return
        }
        findings.append(
            .fine("catalog", "generation \(facts.generation) of \(publishedAt.dateText)")
        )
    }

    private mutating func runs(of role: RunRecord.Role, _ facts: DeploymentFacts) {
        let runs = facts.runs.filter { $0.role == role }
        guard !runs.isEmpty else {
            if let finding = heartbeat(of: role, facts) { findings.append(finding) }
            return
        }
        for run in runs {
            if run.exit == Self.refusedStatus {
                findings.append(
                    .init(
                        .warning,
                        run.name,
                        "refused: \(run.error ?? "too much is gone")",
                        remedy: "if that is right, run it once with {\"allowShrink\":true} and its "
                            + "source"
                    )
                )
                continue
            }
            let last =
                run.lastSuccessAt.map { "last success \($0.dateText)" } ?? "it never succeeded"
            let error = run.error.map { "; \($0)" } ?? ""
            if run.isOverdue(at: facts.now) {
                findings.append(
                    .init(
                        .warning,
                        run.name,
                        "late: \(last), every \(run.interval.durationText)\(error)",
                        remedy: Self.lookAtSchedule
                    )
                )
            } else if !run.succeeded, run.exit != Self.guardedStatus {
                findings.append(
                    .init(
                        .warning,
                        run.name,
                        "the latest run ended with \(run.exit)\(error)",
                        remedy: "read its log, correct the cause and run it again"
                    )
                )
            } else if !run.warnings.isEmpty {
                findings.append(
                    .init(
                        .warning,
                        run.name,
                        run.warnings.joined(separator: "; "),
                        remedy: "do what the warning says; its log says since when"
                    )
                )
            } else {
                findings.append(.fine(run.name, "in time, \(last)"))
            }
        }
    }

    /// Of a leader that did not publish because too much was gone.
    private static let refusedStatus = Int(FunctionError.refused("").exitStatus)
    /// Of a builder with a refused map, which the guard rails' finding names.
    private static let guardedStatus = Int(FunctionError.guarded("").exitStatus)
    private static let lookAtSchedule = "look at its schedule and its log"

    /// The condition of a function without a record of a run, from other blobs; nil for status,
    /// which is optional.
    private func heartbeat(of role: RunRecord.Role, _ facts: DeploymentFacts) -> Finding? {
        let last: Timestamp?
        switch role {
        case .probe: last = facts.probedAt
        case .checker: last = facts.checkedAt
        case .builder: last = facts.regions.compactMap(\.builtAt).max()
        case .leader: last = facts.publishedAt
        case .cleaning: last = nil
        case .status: return nil
        }
        guard let last else {
            return .init(
                .unknown,
                role.rawValue,
                "no run of it was recorded",
                remedy: Self.lookAtSchedule
            )
        }
        let age = facts.now.seconds(since: last)
        guard role == .probe, age > lateProbeAge else {
            return .init(
                .unknown,
                role.rawValue,
                "no run of it was recorded; it last wrote \(last.dateText)",
                remedy: Self.lookAtSchedule
            )
        }
        return .init(
            .warning,
            role.rawValue,
            "late: it last wrote \(last.dateText)",
            remedy: Self.lookAtSchedule
        )
    }

    private mutating func maps(_ facts: DeploymentFacts) {
        let missing = facts.regions.filter { $0.builtAt == nil }.map(\.id)
        guard missing.isEmpty else {
            findings.append(
                .init(
                    missing.count == facts.regions.count ? .critical : .warning,
                    "maps",
                    "there is none of \(missing.joined(separator: ", "))",
                    remedy: "run builder"
                )
            )
            return
        }
        let newest = facts.regions.compactMap(\.builtAt).max().map {
            ", the newest of \($0.dateText)"
        }
        let kept = facts.regions.filter { $0.mapHold != nil }.map(\.id)
        findings.append(
            .init(
                kept.isEmpty ? .ok : .warning,
                "maps",
                kept.isEmpty
                    ? "\(facts.regions.count) regions\(newest ?? "")"
                    : "kept as they are: \(kept.joined(separator: ", "))",
                remedy: kept.first.map { "mirrors release \($0)" } ?? ""
            )
        )
    }

    /// The age at which a probe is late.
    ///
    /// Two more may fail until redirectors ignore it.
    private var lateProbeAge: Int64 { healthMaximumAge / 3 }

    private mutating func health(_ facts: DeploymentFacts) {
        guard let probedAt = facts.probedAt else {
            findings.append(
                .init(
                    .warning,
                    "health",
                    "no probe was stored",
                    remedy: "run checker in mode probe"
                )
            )
            return
        }
        let age = facts.now.seconds(since: probedAt)
        findings.append(
            .init(
                age > healthMaximumAge ? .critical : age > lateProbeAge ? .warning : .ok,
                "health",
                "probed \(probedAt.dateText), \(age.durationText) ago"
                    + (age > healthMaximumAge ? "; redirectors treat every mirror as up" : ""),
                remedy: age > lateProbeAge
                    ? "look at the schedule and the log of checker's probes" : ""
            )
        )
    }

    private mutating func guardRails(_ facts: DeploymentFacts) {
        let refused = facts.regions.filter { $0.refused != nil }
        guard let first = refused.first else {
            findings.append(.fine("guard rails", "no map is refused"))
            return
        }
        let reason = first.refused.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        findings.append(
            .init(
                .warning,
                "guard rails",
                "refused: \(refused.map(\.id).joined(separator: ", "))\(reason)",
                remedy: "builder with {\"dryRun\":true} shows what would change"
            )
        )
    }

    private mutating func mirrors(_ facts: DeploymentFacts) {
        let enabled = facts.enabled.count
        guard enabled > 0 else {
            if !facts.mirrors.isEmpty {
                findings.append(
                    .init(
                        .critical,
                        "mirrors",
                        "none of them is enabled",
                        remedy: "mirrors list --disabled, then mirrors enable ID"
                    )
                )
            }
            return
        }
        let down = enabled - facts.up.count
        let problems = facts.problemMirrors.count
        findings.append(
            .init(
                down == enabled ? .critical : down * 5 > enabled ? .warning : .ok,
                "mirrors",
                "\(facts.up.count) of \(enabled) are up"
                    + (facts.pathCount == nil ? "" : ", \(problems) with a problem"),
                remedy: down * 5 > enabled
                    ? "mirrors --down lists them; if all fail alike, check your own network"
                    : ""
            )
        )
    }

    /// Certificates are the mirrors' own business, so this is not a warning: one that has ended
    /// takes its URL down, which is counted there.
    private mutating func certificates(_ facts: DeploymentFacts) {
        let limit = facts.now.advanced(bySeconds: Self.certificateLimit)
        let ends = facts.enabled.compactMap { mirror in
            mirror.certificateEnd.map { (end: $0, id: mirror.id) }
        }.sorted { ($0.end, $0.id) < ($1.end, $1.id) }
        guard let first = ends.first else { return }
        let soon = ends.prefix { $0.end < limit }
        guard !soon.isEmpty else {
            findings.append(
                .fine("certificates", "the first ends \(first.end.dateText), of \(first.id)")
            )
            return
        }
        let named = soon.prefix(5).map { "\($0.id) \($0.end.dateText)" }
        findings.append(
            .init(
                .ok,
                "certificates",
                "\(soon.count) \(soon.count == 1 ? "ends" : "end") within 7 days: "
                    + named.joined(separator: ", ") + (soon.count > named.count ? ", …" : ""),
                remedy: "their administrators renew them; mirrors show ID names the URL"
            )
        )
    }

    /// How long before its end a certificate is reported, as by the alert MirrorCertificateEnds.
    private static let certificateLimit: Int64 = 7 * 86_400

    private mutating func configuration(_ facts: DeploymentFacts) {
        let wrong = facts.problems.filter { Self.operators.contains($0.key) }
        guard let first = wrong.first, let text = Self.text(of: wrong) else {
            findings.append(.fine("configuration", "overrides, regions and classes are right"))
            return
        }
        findings.append(
            .init(
                .warning,
                "configuration",
                text,
                remedy: "mirrors check \(first.key)"
            )
        )
    }
}
