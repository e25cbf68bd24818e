import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import Testing

@Suite struct VisitTests {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static func catalog() -> Catalog { Catalog.tree(at: start.advanced(bySeconds: -86_400)) }

    @Test func aFirstPassAsksForEachFileOnce() {
        let catalog = Self.catalog()
        var rehearsal = Rehearsal(catalog, ModelMirror(catalog))
        rehearsal.check()
        #expect(rehearsal.requests.files == catalog.count)
        #expect(rehearsal.requests.names == 1)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
        #expect(rehearsal.agenda?.counts.present == catalog.count)
    }
}
