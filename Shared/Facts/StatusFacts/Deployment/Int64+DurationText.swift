extension Int64 {
    /// A duration in words: `5 min`, `2 h`, `3 d 4 h`.
    package var durationText: String {
        let seconds = Swift.max(0, self)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default:
            let hours = seconds % 86_400 / 3600
            return "\(seconds / 86_400) d" + (hours > 0 ? " \(hours) h" : "")
        }
    }
}
