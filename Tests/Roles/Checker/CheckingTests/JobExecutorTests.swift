import Synchronization
import TestSupport
import Testing

@testable import Checking

@Suite struct JobExecutorTests {
    /// Jobs that wait until they are released, and count how many of them wait at once.
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

    @Test func runsAsManyAtOnceAsItMayAndTheOthersAfterwards() {
        let executor = JobExecutor<Int>(
            launcher: ThreadLauncher(limit: 3),
            clock: SystemCheckClock()
        )
        let gate = Gate()
        for number in 0..<20 {
            #expect(executor.hasRoom == (number < 3))
            executor.submit { gate.pass() ? number : -1 }
        }
        #expect(eventually(within: 60, every: 0.001) { gate.inside == 3 })
        #expect(executor.takeFinished() == [])
        #expect(executor.isBusy)
        gate.open()
        #expect(executor.takeAll().sorted() == Array(0..<20))
        #expect(gate.most == 3)
        #expect(!executor.isBusy)
        #expect(executor.meanSeconds > 0)
    }

    @Test func aJobInTheCallersThreadIsDoneAtOnce() {
        let clock = ManualClock()
        let executor = JobExecutor<Int>(launcher: InlineLauncher(), clock: clock)
        let order = Mutex<[Int]>([])
        for number in 0..<3 {
            executor.submit {
                order.withLock { $0.append(number) }
                return number
            }
        }
        // The others wait until the result of the first is taken.
        #expect(order.withLock { $0 } == [0])
        #expect(!executor.hasRoom)
        #expect(executor.takeAll() == [0, 1, 2])
        #expect(executor.hasRoom)
    }

    /// A job that was stuck does not distort the mean forever.
    @Test func theMeanFollowsTheLatestJobs() {
        let clock = ManualClock()
        let executor = JobExecutor<Int>(launcher: InlineLauncher(), clock: clock)
        func run(seconds: Double) {
            executor.submit { 0 }
            clock.elapsed += seconds
            _ = executor.takeFinished()
        }
        run(seconds: 100)
        #expect(executor.meanSeconds == 100)
        for _ in 0..<50 { run(seconds: 1) }
        #expect(executor.meanSeconds < 2)
    }
}
