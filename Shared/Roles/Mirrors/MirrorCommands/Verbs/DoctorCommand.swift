import JSON
import StatusFacts

/// `mirrors doctor`: one line for each part; works as a Nagios plugin.
struct DoctorCommand {
    let facts: DeploymentFacts
    let healthMaximumAge: Int64

    func run() -> CommandResult {
        let diagnosis = Diagnosis(facts, healthMaximumAge: healthMaximumAge)
        let wrong = diagnosis.findings.filter { $0.level == .warning || $0.level == .critical }
        let parts = wrong.map(\.part).joined(separator: ", ")
        var lines = [
            wrong.isEmpty
                ? "\(diagnosis.level.word): \(diagnosis.findings.count) parts were looked at"
                : "\(diagnosis.level.word): \(parts)"
        ]
        for finding in diagnosis.findings {
            let remedy = finding.remedy.isEmpty ? "" : " (\(finding.remedy))"
            lines.append(
                TextTable.oneLine("\(finding.level.word) \(finding.part): \(finding.text)\(remedy)")
            )
        }
        return CommandResult(
            lines.joined(separator: "\n"),
            [
                "level": .string(diagnosis.level.word),
                "findings": .array(
                    diagnosis.findings.map { finding in
                        [
                            "level": .string(finding.level.word), "part": .string(finding.part),
                            "text": .string(finding.text), "remedy": .string(finding.remedy),
                        ]
                    }
                ),
            ],
            status: diagnosis.level.rawValue
        )
    }
}
