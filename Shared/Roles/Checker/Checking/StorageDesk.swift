import FunctionRuntime
import Glibc
import ObjectStorage
import Synchronization

/// Does beside the loop what storage takes its time for, and hands back what came of it.
///
/// A bucket may take seconds for a write. Within the loop these would be seconds in which no mirror is
/// asked and no answer is read; here each task has a thread of its own, and the loop looks between two
/// turns what is done. A task gets values and returns a value: what it reads does not change under it.
/// So many run at once, the others wait in the order in which they came.
final class StorageDesk {
    /// How many tasks run at once; 0 runs each in the caller's thread, before ``start(_:then:)`` returns.
    let threadLimit: Int
    /// How long one takes, in seconds: the mean of the latest ones, in which one that was stuck does not
    /// count for all to come; 0 before the first.
    private(set) var meanSeconds = 0.0
    private let clock: any CheckClock
    private let finished = Finished()
    private var waiting: [Task] = []
    private var running: [Int: Task] = [:]
    private var taskCount = 0

    /// A task, and what the loop makes of its result.
    private struct Task {
        let number: Int
        var run: @Sendable () -> Void
        var take: () throws(StorageError) -> Void
        var startedAt = 0.0
    }

    /// The numbers of the tasks that are done.
    private final class Finished: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    /// Where a thread leaves the result.
    private final class Slot<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, StorageError>?>(nil)
    }

    init(threadLimit: Int, clock: any CheckClock) {
        self.threadLimit = threadLimit
        self.clock = clock
    }

    /// Whether a task would begin at once.
    var hasRoom: Bool { threadLimit == 0 || running.count < threadLimit && waiting.isEmpty }

    /// Whether a task runs or waits.
    var isBusy: Bool { !running.isEmpty || !waiting.isEmpty }

    /// Has `task` done, and its result taken by a later ``settle()``.
    ///
    /// Throws what `take` throws, where everything is done at once.
    func start<Value: Sendable>(
        _ task: @escaping @Sendable () throws(StorageError) -> Value,
        then take: @escaping (Result<Value, StorageError>) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard threadLimit > 0 else {
            let startedAt = clock.elapsed
            let result = Result { () throws(StorageError) in try task() }
            note(seconds: clock.elapsed - startedAt)
            return try take(result)
        }
        let slot = Slot<Value>()
        let number = taskCount
        taskCount += 1
        let finished = finished
        let whole = Task(
            number: number,
            run: {
                let result = Result { () throws(StorageError) in try task() }
                slot.result.withLock { $0 = result }
                finished.numbers.withLock { $0.append(number) }
            },
            take: { () throws(StorageError) in
                if let result = slot.result.withLock({ $0.take() }) { try take(result) }
            }
        )
        waiting.append(whole)
        startWaiting()
    }

    /// Has all that is done taken, and begins what waits; throws the first thing that a taker throws.
    func settle() throws(StorageError) {
        let numbers = finished.numbers.withLock { numbers in
            defer { numbers.removeAll(keepingCapacity: true) }
            return numbers
        }
        let tasks = numbers.compactMap { running.removeValue(forKey: $0) }
        startWaiting()
        var failure: StorageError?
        for task in tasks {
            note(seconds: clock.elapsed - task.startedAt)
            do throws(StorageError) { try task.take() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// Waits until everything is done and taken; throws the first thing that a taker throws.
    func settleAll() throws(StorageError) {
        while isBusy {
            usleep(1_000)
            try settle()
        }
    }

    private func note(seconds: Double) {
        meanSeconds += (seconds - meanSeconds) / (meanSeconds > 0 ? 8 : 1)
    }

    private func startWaiting() {
        while running.count < threadLimit, !waiting.isEmpty {
            var task = waiting.removeFirst()
            task.startedAt = clock.elapsed
            running[task.number] = task
            // Where no thread can be had, it is done here.
            guard let thread = startThread(task.run) else {
                task.run()
                continue
            }
            pthread_detach(thread)
        }
    }
}
