import ObjectStorage
import Synchronization
import TestSupport
import Testing

@testable import Checking

@Suite struct StorageDeskTests {
    /// Tasks that wait until they are let go, and count how many of them do at once.
    final class Gate: Sendable {
        private let counts = Mutex((inside: 0, most: 0, isOpen: false))

        var inside: Int { counts.withLock { $0.inside } }
        var most: Int { counts.withLock { $0.most } }

        func open() { counts.withLock { $0.isOpen = true } }

        func pass() -> Bool {
            counts.withLock {
                $0.inside += 1
                $0.most = max($0.most, $0.inside)
            }
            defer { counts.withLock { $0.inside -= 1 } }
            return eventually(within: 60, every: 0.001) { counts.withLock { $0.isOpen } }
        }
    }

    @Test func runsAsManyAtOnceAsItMayAndTheOthersAfterwards() throws {
        let desk = StorageDesk(threadLimit: 3, clock: SystemCheckClock())
        let gate = Gate()
        var taken: [Int] = []
        for number in 0..<20 {
            #expect(desk.hasRoom == (number < 3))
            try desk.start { () throws(StorageError) -> Int in
                gate.pass() ? number : -1
            } then: { result throws(StorageError) in
                taken.append(try result.get())
            }
        }
        #expect(eventually(within: 60, every: 0.001) { gate.inside == 3 })
        try desk.settle()
        #expect(taken == [])
        #expect(desk.isBusy)
        gate.open()
        try desk.settleAll()
        #expect(taken.sorted() == Array(0..<20))
        #expect(gate.most == 3)
        #expect(!desk.isBusy)
        #expect(desk.meanSeconds > 0)
    }

    @Test(arguments: [0, 2])
    func oneFailureTakesNothingFromTheOthers(threadLimit: Int) throws {
        let desk = StorageDesk(threadLimit: threadLimit, clock: SystemCheckClock())
        var taken: [Int] = []
        var failures: [StorageError] = []
        func start(_ number: Int) throws(StorageError) {
            try desk.start { () throws(StorageError) -> Int in
                if number == 4 { throw .conditionFailed(key: "4") }
                return number
            } then: { result throws(StorageError) in
                taken.append(try result.get())
            }
        }
        for number in 0..<10 {
            do { try start(number) } catch { failures.append(error) }
        }
        while desk.isBusy {
            do { try desk.settleAll() } catch { failures.append(error) }
        }
        #expect(failures == [.conditionFailed(key: "4")])
        #expect(taken.sorted() == [0, 1, 2, 3, 5, 6, 7, 8, 9])
    }
}
