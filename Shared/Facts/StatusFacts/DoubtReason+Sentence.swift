import CheckStates

extension DoubtReason {
    /// A short description.
    var sentence: String {
        switch self {
        case .losses: "much of what it had is gone"
        case .catchAll: "it answers for names that no tree holds"
        case .returned: "it came back from an outage with an older tree"
        case .inconsistent: "its servers contradict each other"
        }
    }
}
