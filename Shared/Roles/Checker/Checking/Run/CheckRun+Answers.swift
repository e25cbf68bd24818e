import Catalogs
import CheckPlanning
import FunctionRuntime
import HealthFormat
import Mirrors
import RunRecords

// Tallies of answers for operators. Access points that refuse everything are skipped.
extension CheckRun {
    /// After this many answers, all refusals, a run skips the access point.
    static let refusalLeast = 500
    /// How many files to ask for if the previous run met only refusals.
    static let trialQuestions = 50

    /// Counts an answer about a file, and returns whether it is one of the usual ones.
    func tally(_ reply: Reply, _ question: PlannedQuestion, of check: AccessPointCheck) -> Bool {
        guard case .file(let file) = question.subject else { return false }
        if case .answered(200, _) = reply, check.answers.addSuccess() {
            check.isOnTrial = false
            return true
        }
        let byteCount: UInt64? =
            if case .answered(_, let byteCount) = reply { byteCount } else { nil }
        guard let name = reply.name else { return false }
        check.answers.add(
            name,
            // Successes need no example.
            path: name == "200"
                ? nil : String(decoding: policy.catalog.pathBytes(of: file), as: UTF8.self),
            byteCount: byteCount
        )
        if !reply.isRefusal { check.isOnTrial = false }
        return false
    }

    /// Skips an access point that refuses everything: there is nothing new behind it, and asking
    /// 150,000 times helps nobody.
    func leaveWhereRefused(_ check: AccessPointCheck) {
        let least = check.isOnTrial ? Self.trialQuestions : Self.refusalLeast
        guard check.answers.total >= least, let status = check.answers.refusedStatus
        else { return }
        send(.end(.resting(reason: "refuses us: \(status)")), to: check)
    }

    /// How many more questions to ask of an access point that refused everything in the previous
    /// run.
    func trialRoom(_ check: AccessPointCheck) -> Int {
        guard check.isOnTrial else { return .max }
        return max(0, Self.trialQuestions - check.answers.total - check.underWayCount)
    }
}

extension Reply {
    /// The name in a tally: the status, or the class of the failure; nil if there is no answer.
    fileprivate var name: String? {
        switch self {
        case .notAsked, .listed: nil
        case .answered(let status, _): "\(status)"
        case .unusable(_, let outage), .failed(_, let outage): outage.name
        }
    }

    fileprivate var isRefusal: Bool {
        if case .answered(let status, _) = self { Outage.isRefusal(status) } else { false }
    }
}
