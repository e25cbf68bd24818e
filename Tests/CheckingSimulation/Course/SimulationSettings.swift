package import CheckPlanning
package import Checking
import MirrorListImport
package import Mirrors
import Publishing
import TestSupport

/// What is simulated.
package struct SimulationSettings: Sendable {
    package var seed: UInt64
    /// The approximate number of paths in the tree.
    package var pathCount = 5000
    /// How long is counted, in seconds.
    package var seconds: Int
    /// How long everything runs before that: the first pass.
    package var warmUpSeconds = 86_400
    package var mirrors: [Mirror]
    package var mix: FaultMix
    /// What the first mirrors are, whatever chance would have made of them.
    package var assignments: [MirrorAssignment] = []
    /// What befalls us beside what the mix has: the kind, from when, until when.
    package var ownTroubles: [(kind: FaultMix.OwnTrouble, start: Int, end: Int)] = []
    /// The number of runs that share a round of checks: `CHECK_FAN_OUT`, which is 1 in the
    /// template.
    package var partCount = 1
    /// Whether the calls of a round are at work at once, or one after the other from a queue of
    /// one.
    package var isParallel = true
    /// Whether hosts are asked by pipelining.
    package var isPipelining = true
    /// How much of a tree a question stands for.
    package var questionWeight = 1.0
    package var checkSettings = CheckSettings()
    package var policySettings = PolicySettings()
    /// Whether the end of the first pass is noted, which costs time.
    package var watchesFirstPass = false

    /// Told how the wrong offers of each fault go.
    package var trace: (@Sendable (String) -> Void)?

    package init(seed: UInt64, days: Int, mirrors: [Mirror], mix: FaultMix) {
        self.seed = seed
        seconds = days * 86_400
        self.mirrors = mirrors
        self.mix = mix
        // The template's.
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
