import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import Testing
import Time

/// Checks continue with the states that 0.1.0 left.
@Suite struct UpgradeTests {
    static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    /// A state as read from version 1: most files proven three days ago, some missing and resting.
    static func state(_ catalog: Catalog) -> CheckState {
        var state = CheckState(accessPointID: "m-https", baseURL: "https://m.example/")
        state.beganAt = now.advanced(bySeconds: -30 * 86_400)
        for id in catalog.ids {
            let isMissing = id.rawValue % 10 == 3
            let age: Int64 = isMissing ? 3_600 : 3 * 86_400
            state[id] = Observation(
                outcome: isMissing ? .absent : .present,
                isConfirmed: true,
                observedAt: now.advanced(bySeconds: isMissing ? -age - 2 * 86_400 : -age),
                askedAt: now.advanced(bySeconds: -age),
                generation: 1,
                failures: isMissing ? 12 : 0
            )
        }
        return state
    }

    static func rehearsal(_ catalog: Catalog) -> Rehearsal {
        var mirror = ModelMirror(catalog)
        mirror.present = mirror.present.filter { $0.rawValue % 10 != 3 }
        var rehearsal = Rehearsal(catalog, mirror)
        rehearsal.state = state(catalog)
        rehearsal.state = rehearsal.state.relabelled(rehearsal.profile.accessPoint.id)
        rehearsal.now = now
        return rehearsal
    }

    @Test func nothingIsAskedThatWasNotDue() {
        let catalog = Catalog.tree(folders: 32, at: Self.now.advanced(bySeconds: -40 * 86_400))
        var rehearsal = Self.rehearsal(catalog)
        rehearsal.check()
        #expect(rehearsal.requests.files == 0)
        #expect(rehearsal.requests.names == 0)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func theFirstDayIsAsAnyOther() {
        let catalog = Catalog.tree(folders: 32, at: Self.now.advanced(bySeconds: -40 * 86_400))
        var rehearsal = Self.rehearsal(catalog)
        let first = rehearsal.requests(inHours: 24).total
        let second = rehearsal.requests(inHours: 24).total
        #expect(first < second * 11 / 10 + 60)
        #expect(rehearsal.unusedCount == 0)
    }
}
