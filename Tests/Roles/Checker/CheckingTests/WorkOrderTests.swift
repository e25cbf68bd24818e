import Catalogs
import CheckStates
import Checking
import Mirrors
import TestSupport
import Testing
import Time

@Suite struct WorkOrderTests {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    static func observation(
        _ outcome: Observation.Outcome,
        askedSecondsAgo: Int64,
        failures: UInt8 = 0,
        generation: UInt32 = 3,
        isConfirmed: Bool = true
    ) -> Observation {
        let time = now.advanced(bySeconds: -askedSecondsAgo)
        return Observation(
            outcome: outcome,
            isConfirmed: isConfirmed,
            observedAt: time,
            askedAt: time,
            generation: generation,
            failures: failures
        )
    }

    static func order(_ catalog: Catalog) -> WorkOrder {
        WorkOrder(catalog: catalog, settings: CheckSettings())
    }

    @Test func freshFilesComeNewestFirst() {
        let catalog = Catalog.make(
            files: [("old", 1, 10), ("new", 3, 5), ("newest", 3, 6), ("middle", 2, 99)]
        )
        let queue = Self.order(catalog).queue(.fresh, for: .make(), now: Self.now)
        #expect(
            queue.map { catalog.path(of: $0).description } == ["newest", "new", "middle", "old"]
        )
    }

    @Test func aChangedFileIsFreshAgain() {
        let catalog = Catalog.make(files: [("a", 4, 1)])
        var state = CheckState.make()
        state[FileID(0)] = Self.observation(.present, askedSecondsAgo: 10)
        let order = Self.order(catalog)
        #expect(order.queue(.fresh, for: state, now: Self.now) == [FileID(0)])
        state[FileID(0)].generation = 4
        #expect(order.queue(.fresh, for: state, now: Self.now) == [])
    }

    /// The rest after so many failures, by default: 60 s, doubling up to a day.
    @Test(arguments: [
        (failures: UInt8(1), seconds: Int64(60)), (2, 120), (5, 960), (11, 61_440), (12, 86_400),
        (255, 86_400),
    ])
    func badFilesRestLongerEachTime(failures: UInt8, seconds: Int64) {
        let order = Self.order(Catalog.make(files: [("a", 1, 1)]))
        #expect(order.backOffSeconds(afterFailures: failures) == seconds)
        var state = CheckState.make()
        state[FileID(0)] = Self.observation(
            .absent,
            askedSecondsAgo: seconds - 1,
            failures: failures
        )
        #expect(order.queue(.recheck, for: state, now: Self.now) == [])
        state[FileID(0)].askedAt.secondsSinceEpoch -= 1
        #expect(order.queue(.recheck, for: state, now: Self.now) == [FileID(0)])
    }

    @Test func oldProofsAreRenewedOldestFirst() {
        let catalog = Catalog.make(files: [("a", 1, 1), ("b", 1, 1), ("c", 1, 1)])
        var state = CheckState.make()
        for (index, days) in [8, 6, 9].enumerated() {
            state[FileID(UInt32(index))] = Self.observation(
                .present,
                askedSecondsAgo: Int64(days * 86_400)
            )
        }
        let queue = Self.order(catalog).queue(.revalidate, for: state, now: Self.now)
        #expect(queue == [FileID(2), FileID(0)])
    }

    @Test func removedFilesAreAskedForUntilTheyAreGone() {
        let removed = Self.now.advanced(bySeconds: -3600)
        let catalog = Catalog.make(files: [("a", 1, 1)], removed: removed)
        let order = Self.order(catalog)
        var state = CheckState.make()
        // Last seen before it was removed.
        state[FileID(0)] = Self.observation(.present, askedSecondsAgo: 7200)
        #expect(order.queue(.removed, for: state, now: Self.now) == [FileID(0)])
        // Still there: no fault, and asked for again after a week.
        state[FileID(0)] = Self.observation(.present, askedSecondsAgo: 60)
        #expect(order.queue(.removed, for: state, now: Self.now) == [])
        // Gone, to be confirmed, and confirmed.
        state[FileID(0)] = Self.observation(
            .absent,
            askedSecondsAgo: 60,
            failures: 1,
            isConfirmed: false
        )
        #expect(order.queue(.removed, for: state, now: Self.now) == [FileID(0)])
        state[FileID(0)].isConfirmed = true
        state[FileID(0)].failures = 2
        let muchLater = Self.now.advanced(bySeconds: 100 * 86_400)
        #expect(order.queue(.removed, for: state, now: muchLater) == [])
    }

    @Test func whatTheRunIsDoneWithIsNotDue() {
        let catalog = Catalog.make(files: [("a", 1, 1), ("b", 1, 1)])
        var state = CheckState.make()
        for id in catalog.ids {
            state[id] = Self.observation(.absent, askedSecondsAgo: 90_000, failures: 20)
        }
        var settled = FileSet()
        settled.insert(FileID(1))
        let queue = Self.order(catalog)
            .queue(.recheck, for: state, settled: settled, now: Self.now)
        #expect(queue == [FileID(0)])
    }

    /// Every file is due in one phase at most, and the survey counts what the queues hold.
    @Test(arguments: 0..<20)
    func queuesAndSurveyAgree(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var catalog = Catalog(generation: 5, publishedAt: Self.now)
        var state = CheckState.make()
        for index in 0..<300 {
            let id = catalog.append(
                .make(
                    "f\(index)",
                    changedIn: .random(in: 1...5, using: &random),
                    removed: Int.random(in: 0..<10, using: &random) == 0
                        ? Self.now.advanced(bySeconds: -.random(in: 0..<900_000, using: &random))
                        : nil
                )
            )
            guard Bool.random(using: &random) else { continue }
            let outcome = Observation.Outcome.allCases.randomElement(using: &random) ?? .unknown
            state[id] = Self.observation(
                outcome,
                askedSecondsAgo: .random(in: 0..<1_000_000, using: &random),
                failures: outcome == .present ? 0 : .random(in: 1...14, using: &random),
                generation: .random(in: 1...5, using: &random),
                isConfirmed: outcome == .present || Bool.random(using: &random)
            )
        }
        let order = Self.order(catalog)
        let survey = order.survey(state, now: Self.now)
        var seen: Set<FileID> = []
        for phase in WorkOrder.Phase.allCases {
            let queue = order.queue(phase, for: state, now: Self.now)
            #expect(queue.count == survey.due[phase.rawValue])
            for id in queue { #expect(seen.insert(id).inserted) }
        }
        #expect(survey.left == seen.count)
        #expect(survey.liveCount == catalog.ids.count { catalog.isLive($0) })
    }
}
