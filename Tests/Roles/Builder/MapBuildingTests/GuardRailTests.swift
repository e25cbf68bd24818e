import Catalogs
import CheckStates
import JSON
import MapBuilding
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// Changes that a new map must not make to the published one; loss of paths is in
/// ``MapPublicationTests``.
@Suite struct GuardRailTests {
    let deployment: BuilderDeployment

    init() throws {
        deployment = try BuilderDeployment()
        try deployment.deploy(mirrorCount: 10)
        _ = try deployment.build()
    }

    /// Deploys a change in which new mirrors make up for the lost ones in number.
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

    /// Two of ten are the fifth that is allowed to go.
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

    // MARK: Changes that are no loss

    /// Publishes the tree of the deployment with some files changed and others removed, before any
    /// mirror was asked for the new ones.
    private func publish(
        replacing replaced: Range<Int> = 0..<0,
        removing removed: Range<Int> = 0..<0,
        adding addedCount: Int = 0
    ) throws {
        let store = deployment.store
        var catalog = try CatalogStore(store).newest()
        catalog.generation += 1
        for id in catalog.ids {
            var file = catalog[id]
            let number = Int(id.rawValue)
            if replaced.contains(number) { file.changedIn = catalog.generation }
            if removed.contains(number) { file.removed = .now }
            catalog.update(id, to: file)
        }
        for number in 0..<addedCount {
            catalog.append(.make("new\(number)", changedIn: catalog.generation))
        }
        let catalogs = CatalogStore(store)
        try catalogs.publish(catalog, replacing: catalogs.current())
    }

    /// createrepo_c: ten of eighteen files are replaced by others with new names.
    @Test func whatWasReplacedByNewFilesIsNoLoss() throws {
        try deployment.deploy(pathCount: 18)
        _ = try deployment.build(allowsShrink: true)
        try publish(removing: 0..<10, adding: 10)
        // Removed files are served for a while; the end of that time is no loss either.
        #expect(try deployment.build()["paths"] == 28)
        let figures = try deployment.build(age: Removals.proofSeconds + 1)
        #expect(figures["published"] == true)
        #expect(figures["held"] == 8)
        #expect(figures["paths"] == 18)
    }

    @Test func whatChangedUnderItsNameIsNoLoss() throws {
        try publish(replacing: 0..<9)
        let figures = try deployment.build()
        #expect(figures["published"] == true)
        #expect(figures["held"] == 1)
    }

    @Test func whatTheLeaderRemovedIsNoLoss() throws {
        try publish(removing: 0..<9)
        #expect(try deployment.build()["published"] == true)
    }

    /// Three of ten files were lost by all mirrors, while others were replaced.
    @Test func routineHidesNoLoss() throws {
        try deployment.deploy(pathCount: 20, mirrorCount: 10)
        _ = try deployment.build()
        try deployment.deploy(pathCount: 20, heldCount: 7, mirrorCount: 10)
        try publish(replacing: 10..<20)
        #expect(
            throws: MapBuildingError.shrunk(
                region: "europe",
                what: "paths that a mirror holds",
                from: 10,
                to: 7,
                limitPercent: 20
            )
        ) { try deployment.build() }
    }

    // MARK: A single mirror

    /// Deploys mirrors that hold these ranges of ten files.
    private func deploy(holding ranges: [Range<Int>]) throws {
        try deployment.deploy(mirrorCount: ranges.count)
        for (mirror, range) in ranges.enumerated() {
            let id = "m\(mirror)-http"
            var state = CheckState(accessPointID: id, baseURL: "http://m\(mirror)/")
            for number in range { state[FileID(UInt32(number))] = .make() }
            try deployment.store.publish(state)
        }
    }

    private func held() throws -> JSONValue? {
        let figures = try deployment.build()
        #expect(figures["published"] == true)
        return figures["held"]
    }

    /// No other mirror had its files, and clients are sent to the fallback host instead, which has
    /// them.
    @Test(
        arguments: [
            ([0..<10], [0..<0], 0), ([0..<10], [0..<1], 1), ([0..<10, 0..<2], [0..<0, 0..<2], 2),
            ([0..<10, 0..<0, 5..<7], [0..<1, 0..<0, 5..<7], 3),
        ] as [(before: [Range<Int>], after: [Range<Int>], held: Int64)]
    )
    func whatOneMirrorAloneHadIsNeverTooMuch(
        before: [Range<Int>],
        after: [Range<Int>],
        held: Int64
    ) throws {
        try deploy(holding: before)
        _ = try deployment.build(allowsShrink: true)
        try deploy(holding: after)
        #expect(try self.held() == .integer(held))
    }

    /// Files that several mirrors had are lost at once only if several are at fault, or if we are.
    @Test(
        arguments: [
            ([0..<10, 0..<10], [0..<1, 0..<1], 1), ([0..<10, 3..<10], [0..<1, 3..<4], 2),
            ([0..<5, 5..<10, 5..<10], [0..<1, 5..<8, 5..<8], 4),
            ([0..<5, 5..<10], [0..<1, 5..<6], 2),
        ] as [(before: [Range<Int>], after: [Range<Int>], held: Int)]
    )
    func whatSeveralMirrorsLostAtOnceIsTooMuch(
        before: [Range<Int>],
        after: [Range<Int>],
        held: Int
    ) throws {
        try deploy(holding: before)
        _ = try deployment.build(allowsShrink: true)
        try deploy(holding: after)
        #expect(
            throws: MapBuildingError.shrunk(
                region: "europe",
                what: "paths that a mirror holds",
                from: 10,
                to: held,
                limitPercent: 20
            )
        ) { try deployment.build() }
    }

    /// Of three mirrors with one access point each, one is a third of the access points.
    @Test func theAccessPointsOfOneMirrorAreNeverTooMany() throws {
        try deploy(holding: [0..<10, 0..<10, 0..<10])
        _ = try deployment.build(allowsShrink: true)
        try deploy(holding: [0..<0, 0..<10, 0..<10])
        #expect(try deployment.build()["accessPoints"] == 2)
    }
}
