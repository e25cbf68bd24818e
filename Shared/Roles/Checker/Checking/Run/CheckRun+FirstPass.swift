import CheckPlanning
import CheckStates
import Mirrors

// Whose turn is next among those in their first pass.
extension CheckRun {
    /// Most mirrors are in use soonest if those that are done soonest come first, and if two access
    /// points of a host, which share its rate, don't have two turns while another host has none.
    ///
    /// What is not known yet comes before both: whether it is there, and how fast it answers.
    struct FirstPassOrder: Comparable {
        /// Whether it already had a turn.
        var isTried: Bool
        /// The number of turns that other access points of its host have.
        var turnCount: Int
        /// How long the first passes at its host take yet, in seconds.
        var seconds: Double

        static func < (left: Self, right: Self) -> Bool {
            if left.isTried != right.isTried { return !left.isTried }
            return (left.turnCount, left.seconds) < (right.turnCount, right.seconds)
        }
    }

    /// Counts what the first passes at each host have left; ``firstPassOrder(of:)`` goes by that.
    ///
    /// Once for each choice of whose turn is next: a look at every access point.
    func countFirstPasses() {
        for index in hosts.indices { hosts[index].fileCount = 0 }
        for check in checks { hosts[check.host].fileCount += check.firstPassLeft(policy) }
        hostsCountedAt = clock.elapsed
        usualRate = HostCourse.usualRate(of: hosts, now: hostsCountedAt)
    }

    /// The order as of the latest ``countFirstPasses()``.
    func firstPassOrder(of check: AccessPointCheck) -> FirstPassOrder {
        let host = hosts[check.host]
        return FirstPassOrder(
            isTried: !check.isUntried,
            turnCount: host.turnCount - (check.stage.countsAsTurn ? 1 : 0),
            seconds: Double(host.fileCount) / (host.rate(now: hostsCountedAt) ?? usualRate)
        )
    }

    /// Whether a turn goes on although `next` waits for a turn.
    ///
    /// The state of an access point in its first pass need not be stored and read again in between,
    /// so the other one has to be done in less than half of the time to take its turn. New files
    /// and doubts come before all first passes, and take turns. `next` was chosen just now, so that
    /// the first passes are counted.
    func goesOn(
        _ check: AccessPointCheck,
        _ turn: Turn,
        before next: (check: AccessPointCheck, urgency: Urgency)
    ) -> Bool {
        guard next.urgency == .firstPass, check.firstPassLeft(policy) > 0,
            let urgency = turn.urgency(now: clock.now), urgency > .doubt
        else { return false }
        var own = firstPassOrder(of: check)
        own.seconds /= 2
        return own <= firstPassOrder(of: next.check)
    }
}
