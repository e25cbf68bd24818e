import Catalogs
import CheckPlanning
import FunctionRuntime
import HealthFormat
import Mirrors
import RunRecords

// Tallies of answers for operators; access points that refuse everything are left alone.
extension CheckRun {
    /// How many answers that were all refusals make a run leave an access point alone.
    static let refusalLeast = 500
    /// How many files are asked for where the run before met nothing but refusals.
    static let trialQuestions = 50

    /// Counts what an answer about a file was.
    func tally(_ reply: Reply, _ question: Asking, of check: AccessPointCheck) {
        guard case .file(let file) = question.subject else { return }
        let byteCount: UInt64? =
            if case .answered(_, let byteCount) = reply { byteCount } else { nil }
        guard let name = reply.name else { return }
        check.answers.add(
            name,
            // What was right needs no example.
            path: name == "200"
                ? nil : String(decoding: policy.catalog.pathBytes(of: file), as: UTF8.self),
            byteCount: byteCount
        )
        if !reply.isRefusal { check.isOnTrial = false }
    }

    /// Leaves an access point alone that refuses everything: what lies behind is no news, and
    /// asking 150,000 times is no help to anybody.
    func leaveWhereRefused(_ check: AccessPointCheck) {
        let answers = check.answers
        let least = check.isOnTrial ? Self.trialQuestions : Self.refusalLeast
        guard answers.total >= least, let status = answers.refusedStatus else { return }
        send(.end(.resting(reason: "refuses us: \(status)")), to: check)
    }

    /// How many more questions an access point may be asked that refused everything in the run
    /// before.
    func trialRoom(_ check: AccessPointCheck) -> Int {
        guard check.isOnTrial else { return .max }
        return max(0, Self.trialQuestions - check.answers.total - check.underWayCount)
    }
}

extension Reply {
    /// How a tally calls it: the status, or the class of a failure; nil for what is no answer.
    fileprivate var name: String? {
        switch self {
        case .notAsked, .listed: nil
        case .answered(let status, _): "\(status)"
        case .unusable(_, let outage), .failed(_, let outage): outage.name
        }
    }

    fileprivate var isRefusal: Bool {
        if case .answered(let status, _) = self { AnswerTally.isRefusal(status) } else { false }
    }
}
