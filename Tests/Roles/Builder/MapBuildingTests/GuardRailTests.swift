import JSON
import MapBuilding
import Mirrors
import ObjectStorage
import TestSupport
import Testing

/// What a new map must not do to the one that is published; loss of paths is in
/// ``MapPublicationTests``.
@Suite struct GuardRailTests {
    let deployment: Deployment

    init() throws {
        deployment = try Deployment()
        try deployment.deploy(mirrorCount: 10)
        _ = try deployment.build()
    }

    /// Deploys the change, which new mirrors make good for in number.
    private func expectRefusal(_ reason: MapExclusion, _ deploy: () throws -> Void) throws {
        let before = try #require(deployment.store.get(deployment.key)).bytes
        let report = deployment.store.get(try BlobKey("maps/europe.report.json"))?.bytes
        try deploy()
        #expect(
            throws: MapBuildingError.excluded(
                region: "europe",
                reason: reason,
                count: 3,
                of: 10,
                limitPercent: 20
            )
        ) { try deployment.build() }
        #expect(deployment.store.get(deployment.key)?.bytes == before)
        #expect(deployment.store.get(try BlobKey("maps/europe.report.json"))?.bytes == report)
        #expect(try deployment.build(allowsShrink: true)["published"] == true)
    }

    @Test func refusesThatARuleTakesManyMirrorsOut() throws {
        var rules = MirrorRules()
        rules.prefixes = MirrorRule([TreePath("elsewhere/")])
        try expectRefusal(.rules) {
            try deployment.deploy(mirrorCount: 13, rules: { $0 < 3 ? rules : .none })
        }
    }

    @Test func refusesThatManyMirrorsAreSwitchedOff() throws {
        try expectRefusal(.disabled) {
            try deployment.deploy(mirrorCount: 13, isEnabled: { $0 >= 3 })
        }
    }

    @Test func refusesThatManyMirrorsLoseTheirWeight() throws {
        try expectRefusal(.weight) {
            try deployment.deploy(mirrorCount: 13, weight: { $0 < 3 ? 0 : 100 })
        }
    }

    @Test func refusesThatManyMirrorsAreFoundEmpty() throws {
        try expectRefusal(.neverChecked) {
            try deployment.deploy(mirrorCount: 13)
            for index in 0..<3 {
                try deployment.store.put(BlobKey("checks/m\(index)-http.state"), [])
            }
        }
    }

    /// Two of ten are the fifth that is allowed.
    @Test func letsAFifthOfTheMirrorsGo() throws {
        try deployment.deploy(mirrorCount: 13, isEnabled: { $0 >= 2 })
        #expect(try deployment.build()["published"] == true)
    }

    @Test func aRuleOnTrialTakesNobodyOut() throws {
        var rules = MirrorRules()
        rules.prefixes = MirrorRule([TreePath("elsewhere/")], isReportOnly: true)
        rules.httpsOnly = MirrorRule(true, isReportOnly: true)
        try deployment.deploy(mirrorCount: 10, rules: { _ in rules })
        let figures = try deployment.build()
        #expect(figures["accessPoints"] == 10)
    }
}
