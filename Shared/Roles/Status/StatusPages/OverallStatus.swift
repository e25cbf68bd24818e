import StatusFacts
import Time

/// The overall status in one sentence: whether downloads work.
struct OverallStatus {
    let grade: Verdict.Grade
    let headline: String
    let details: String

    init(_ facts: DeploymentFacts) {
        let enabled = facts.enabled.count
        let up = facts.up.count
        let problems = facts.problemMirrors.count
        let hasMaps = facts.regions.contains { $0.builtAt != nil }
        let late = facts.runs.filter { $0.isOverdue(at: facts.now) }.map(\.name)
        let refused = facts.regions.filter { $0.refused != nil }.map(\.name)
        if !hasMaps || up == 0 {
            grade = .bad
            headline = "Downloads come from the fallback host."
        } else if up * 2 < enabled {
            grade = .bad
            headline = "Downloads work, from few mirrors."
        } else {
            grade = problems > 0 || !late.isEmpty || !refused.isEmpty ? .warn : .ok
            headline = "Downloads work."
        }
        var words = ["\(problems) of \(enabled) mirrors have a problem"]
        if problems == 0 { words = ["None of \(enabled) mirrors has a problem"] }
        if problems == 1 { words = ["1 of \(enabled) mirrors has a problem"] }
        if !late.isEmpty { words.append("late: \(late.joined(separator: ", "))") }
        if !refused.isEmpty { words.append("a map is refused: \(refused.joined(separator: ", "))") }
        details = words.joined(separator: "; ") + "."
    }

    var markup: String {
        "<div class=\"verdict \(grade.rawValue)\"><p><strong>\(headline)</strong> "
            + "\(HTML.escaped(details))</p></div>\n"
    }
}
