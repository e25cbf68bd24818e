import Catalogs
import CheckPlanning
import Mirrors
import TestSupport
import Testing
import Time

@Suite struct CheckPolicyTests {
    @Test func theOrderIsByGenerationThenByTimeThenByNumber() {
        var random = SeededGenerator.forTest()
        var catalog = Catalog(generation: 300)
        for number in 0..<5_000 {
            let seconds = Int64.random(in: 0..<2_000, using: &random) * 86_413
            catalog.append(
                ExpectedFile(
                    path: TreePath("file-\(number)"),
                    kind: .file,
                    byteCount: 8,
                    modified: Timestamp(secondsSinceEpoch: seconds),
                    target: nil,
                    firstSeen: Timestamp(secondsSinceEpoch: 0),
                    removed: number % 7 == 0 ? Timestamp(secondsSinceEpoch: 1) : nil,
                    changedIn: UInt32.random(in: 1...300, using: &random)
                )
            )
        }
        let policy = CheckPolicy(
            catalog: catalog,
            classes: .standard,
            settings: PolicySettings()
        )
        let expected = catalog.ids.filter(catalog.isLive).sorted { left, right in
            let (earlier, later) = (catalog[left], catalog[right])
            guard earlier.changedIn == later.changedIn else {
                return earlier.changedIn > later.changedIn
            }
            return earlier.modified == later.modified
                ? left < right : earlier.modified > later.modified
        }
        let isInOrder = policy.newestFirst == expected
        #expect(isInOrder)
    }
}
