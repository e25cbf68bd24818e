package import CheckPlanning
package import Checking
import MirrorListImport
package import Mirrors
import Publishing
import TestSupport

/// The settings of a simulation.
package struct SimulationSettings: Sendable {
    package var seed: UInt64
    /// The approximate number of paths in the tree.
    package var pathCount = 5000
    /// The duration that is counted, in seconds.
    package var seconds: Int
    /// The duration of the warm-up before that: the first pass.
    package var warmUpSeconds = 86_400
    package var mirrors: [Mirror]
    package var mix: FaultMix
    /// The properties of the first mirrors, instead of random ones.
    package var assignments: [MirrorAssignment] = []
    /// Our own troubles in addition to the mix: the kind, the start, and the end.
    package var ownTroubles: [(kind: FaultMix.OwnTrouble, start: Int, end: Int)] = []
    /// The number of runs that share a round of checks: `CHECK_FAN_OUT`, which is 1 in the
    /// template.
    package var partCount = 1
    /// Whether the calls of a round work at the same time, or one after the other from a queue of
    /// one.
    package var isParallel = true
    /// Whether hosts are asked with pipelining.
    package var isPipelining = true
    /// The number of a tree's questions that one question stands for.
    package var questionWeight = 1.0
    package var checkSettings = CheckSettings()
    package var policySettings = PolicySettings()
    /// Whether the end of the first pass is noted, which takes time.
    package var watchesFirstPass = false

    /// Receives the course of the wrong offers of each fault.
    package var trace: (@Sendable (String) -> Void)?

    package init(seed: UInt64, days: Int, mirrors: [Mirror], mix: FaultMix) {
        self.seed = seed
        seconds = days * 86_400
        self.mirrors = mirrors
        self.mix = mix
        // The template's value.
        checkSettings.budgetSeconds = 270
    }

    /// Gentoo's real list.
    package static func gentooMirrors() throws -> [Mirror] {
        let listed = try GentooMirrorList.mirrors(in: Fixture.gentooMirrorList())
        return MirrorListUpdate(of: MirrorList(), with: listed).list.mirrors.filter(\.isEnabled)
    }

    /// This number of mirrors in the countries of a few regions, each with https and http.
    package static func madeMirrors(_ count: Int) -> [Mirror] {
        let countries = ["DE", "FR", "US", "JP", "BR", "AU", "ZA", "TR", "SE", "IT"]
            .compactMap { CountryCode($0) }
        return (0..<count).map { number in
            let country = countries[number % countries.count]
            let host = "m\(number).example"
            return Mirror(
                id: host,
                name: host,
                country: country,
                region: Countries.region(of: country) ?? "europe",
                accessPoints: [
                    AccessPoint(
                        id: "\(host)-https",
                        scheme: .https,
                        baseURL: "https://\(host)/gentoo/"
                    ),
                    AccessPoint(
                        id: "\(host)-http",
                        scheme: .http,
                        baseURL: "http://\(host)/gentoo/"
                    ),
                ]
            )
        }
    }
}
