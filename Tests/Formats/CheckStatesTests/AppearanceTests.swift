import Catalogs
import CheckStates
import Mirrors
import Testing
import Time

/// The times that new files take to appear.
@Suite struct AppearanceTests {
    static let now = CheckStateTests.now
    private var catalog = Catalog(generation: 3)
    private var state = CheckState(accessPointID: "a", baseURL: "http://a/")

    /// An old file, and a batch of ten from ten minutes ago.
    init() {
        catalog.append(.make("old", firstSeenSecondsAgo: 90_000))
        for index in 0..<10 { catalog.append(.make("new\(index)", firstSeenSecondsAgo: 600)) }
        state.beganAt = Self.now.advanced(bySeconds: -50_000)
    }

    /// Lets files appear in the order of their numbers.
    private mutating func see(_ count: Int, at seconds: Int64) {
        let time = Self.now.advanced(bySeconds: -600 + seconds)
        for index in 1...count where state[FileID(UInt32(index))].outcome != .present {
            state[FileID(UInt32(index))] = CheckStateTests.observation(.present, observedAt: time)
        }
        state.noteAppearances(in: catalog, now: time)
    }

    @Test mutating func eachShareHasItsTime() throws {
        see(4, at: 60)
        var batch = try #require(state.appearances.first)
        #expect(state.appearances.count == 1)
        #expect(batch.fileCount == 10)
        #expect(batch.halfSeconds == nil)
        see(5, at: 120)
        see(8, at: 180)
        see(9, at: 240)
        batch = try #require(state.appearances.first)
        #expect(batch.halfSeconds == 120)
        #expect(batch.ninetySeconds == 240)
        #expect(batch.allSeconds == nil)
        see(10, at: 300)
        // Renewing a proof changes nothing.
        for id in catalog.ids {
            state[id] = CheckStateTests.observation(.present, observedAt: Self.now)
        }
        state.noteAppearances(in: catalog, now: Self.now)
        batch = try #require(state.appearances.first)
        #expect(batch.halfSeconds == 120)
        #expect(batch.ninetySeconds == 240)
        #expect(batch.allSeconds == 300)
        #expect(
            state.freshness(now: Self.now)
                == Freshness(batchCount: 1, halfSeconds: 120, ninetySeconds: 240, allSeconds: 300)
        )
    }

    @Test mutating func whatHasNotAppearedCountsWithItsAge() {
        see(5, at: 120)
        #expect(
            state.freshness(now: Self.now)
                == Freshness(batchCount: 1, halfSeconds: 120, ninetySeconds: 600, allSeconds: 600)
        )
    }

    @Test mutating func aBatchFromBeforeTheFirstLookTellsNothing() {
        state.beganAt = Self.now.advanced(bySeconds: -599)
        see(10, at: 599)
        #expect(state.appearances.isEmpty)
        #expect(state.freshness(now: Self.now) == nil)
    }

    @Test mutating func filesThatAreRemovedNeedNotAppear() {
        for index in 6...10 {
            var file = catalog[FileID(UInt32(index))]
            file.removed = Self.now
            catalog.update(FileID(UInt32(index)), to: file)
        }
        see(5, at: 60)
        #expect(state.appearances.first?.fileCount == 5)
        #expect(state.appearances.first?.allSeconds == 60)
    }

    @Test mutating func oldBatchesAreForgotten() {
        for batch in 0..<40 {
            catalog.append(.make("later\(batch)", firstSeenSecondsAgo: Int64(500 - batch)))
        }
        state.noteAppearances(in: catalog, now: Self.now)
        #expect(state.appearances.count == CheckState.appearanceLimit)
        #expect(state.appearances.first?.firstSeen == Self.now.advanced(bySeconds: -461))
        let later = Self.now.advanced(bySeconds: CheckState.appearanceSeconds - 470)
        state.noteAppearances(in: catalog, now: later)
        #expect(state.appearances.count == 10)
    }
}
