import Catalogs
import CheckPlanning
import CheckStates
import HealthFormat
import Mirrors
import TestSupport
import Testing
import Time

/// What a mirror is asked over hours and days on which nothing happens.
@Suite struct VisitTests {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static func catalog() -> Catalog {
        Catalog.tree(folders: 32, at: start.advanced(bySeconds: -86_400))
    }

    static func rehearsal(
        _ catalog: Catalog = catalog(),
        _ seed: UInt64 = 1,
        _ change: (inout ModelMirror) -> Void = { _ in }
    ) -> Rehearsal {
        var mirror = ModelMirror(catalog)
        change(&mirror)
        return Rehearsal(catalog, mirror, seed: seed)
    }

    @Test func aFirstPassAsksForEachFileOnce() {
        var rehearsal = Self.rehearsal()
        rehearsal.check()
        let count = rehearsal.policy.catalog.count
        #expect(rehearsal.requests.files == count)
        #expect(rehearsal.requests.names == 1)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
        #expect(rehearsal.agenda?.counts.present == count)
    }

    @Test func everyFileIsAskedForWithinTheCycle() throws {
        let catalog = Self.catalog()
        var settings = PolicySettings()
        settings.cycleSeconds = 12 * 3_600
        var rehearsal = Rehearsal(catalog, ModelMirror(catalog), settings: settings)
        rehearsal.check()
        rehearsal.pass(hours: 18)
        #expect(try rehearsal.longestUnasked() < 13 * 3_600 + 1_800)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func whereFoldersAreListedListingsRenew() throws {
        var rehearsal = Self.rehearsal { $0.lists = true }
        rehearsal.check()
        rehearsal.pass(hours: 48)
        let folders = 33
        let requests = rehearsal.requests(inHours: 24)
        #expect((folders - 5...folders + 5).contains(requests.folders))
        let ages = rehearsal.policy.catalog.ids.map { file in
            rehearsal.now.seconds(since: rehearsal.state[file].observedAt)
        }
        #expect(try #require(ages.max()) < 86_400 + 7_200 + 900)
    }

    /// With neighbourhoods, the files of the large folder would be asked for once in 30 hours.
    @Test func inASmallTreeTheFilesOfALargeFolderAreAskedForAsOften() throws {
        var catalog = Catalog(generation: 1)
        let paths = (0..<60).map { "single/\($0)/file" } + (0..<120).map { "large/\($0)" }
        for (number, path) in paths.enumerated() {
            catalog.append(
                ExpectedFile(
                    path: TreePath(path),
                    kind: .file,
                    byteCount: UInt64(10_000 + number),
                    modified: Self.start.advanced(bySeconds: -86_400),
                    firstSeen: Self.start.advanced(bySeconds: -86_400),
                    changedIn: 1
                )
            )
        }
        var rehearsal = Self.rehearsal(catalog) { $0.lists = true }
        rehearsal.check()
        rehearsal.pass(hours: 12)
        #expect(try rehearsal.longestUnasked() < 4 * 3_600)
        #expect(rehearsal.requests(inHours: 24).files < 16 * 288)
    }

    /// Among folders of equal size none is large; nginx without autoindex refuses the folders
    /// themselves.
    @Test(arguments: [100, 256])
    func equalFoldersOfASmallTreeHaveOneQuestionASampling(folderCount: Int) {
        var catalog = Catalog(generation: 1)
        for folder in 0..<folderCount {
            for number in 0..<20 {
                catalog.append(
                    ExpectedFile(
                        path: TreePath("\(folder)/\(number)"),
                        kind: .file,
                        byteCount: UInt64(10_000 + number),
                        modified: Self.start.advanced(bySeconds: -86_400),
                        firstSeen: Self.start.advanced(bySeconds: -86_400),
                        changedIn: 1
                    )
                )
            }
        }
        var rehearsal = Self.rehearsal(catalog)
        rehearsal.check()
        rehearsal.pass(hours: 12)
        let requests = rehearsal.requests(inHours: 24).files
        #expect((2_401..<8_000).contains(requests))
    }

    @Test func aDayIsAskedEvenly() throws {
        var rehearsal = Self.rehearsal()
        rehearsal.check()
        rehearsal.pass(hours: 12)
        let hours = (0..<48).map { _ in rehearsal.requests(inHours: 1).total }
        let mean = Double(hours.reduce(0, +)) / 48
        let most = try #require(hours.max())
        #expect(Double(most) <= 2 * mean, "\(hours)")
    }

    /// Checks every minute ask no more than checks every five minutes.
    @Test func moreRunsAskNoMore() {
        var seldom = Self.rehearsal()
        seldom.check()
        var often = seldom
        let expected = seldom.requests(inHours: 24).total
        let before = often.requests.total
        for _ in 0..<24 * 60 {
            often.now = often.now.advanced(bySeconds: 60)
            often.check()
        }
        #expect(abs(often.requests.total - before - expected) <= expected / 20)
    }

    /// An idle visit does not need the state.
    @Test func theStateIsOpenedEveryTwoHours() {
        var rehearsal = Self.rehearsal()
        rehearsal.check()
        rehearsal.pass(hours: 6)
        let before = rehearsal.openCount
        rehearsal.pass(hours: 24)
        #expect((11...14).contains(rehearsal.openCount - before))
    }
}
