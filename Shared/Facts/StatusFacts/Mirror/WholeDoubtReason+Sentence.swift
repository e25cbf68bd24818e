import CheckStates

extension WholeDoubtReason {
    /// A short description.
    var sentence: String {
        switch self {
        case .lost: "much of what it had is gone"
        case .notItself: "it answers for names that no tree holds"
        case .returned: "it came back from an outage with an older tree"
        case .contradictory: "its servers contradict each other"
        }
    }
}
