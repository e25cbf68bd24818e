import Glibc
import Synchronization

/// Runs jobs that wait for storage beside the loop, and hands their results to it.
///
/// A bucket may take seconds for a write. Within the loop these would be seconds in which no mirror
/// is asked and no answer is read. A job gets values and returns a value: what it reads does not
/// change under it. So many run at once as the launcher allows, the others wait in the order of
/// submission.
package final class JobExecutor<Output: Sendable> {
    package typealias Job = @Sendable () -> Output

    /// How long a job takes, in seconds: the mean of the latest ones, so that one that was stuck
    /// does not count forever; 0 before the first.
    package private(set) var meanSeconds = 0.0
    private let launcher: any JobLauncher
    private let clock: any CheckClock
    /// Called in a job's thread when its result is there.
    private let wake: (@Sendable () -> Void)?
    private let finished = Finished()
    private var queue: [(number: Int, job: Job)] = []
    /// When the running jobs began, in seconds of the run, by their numbers.
    private var startTimes: [Int: Double] = [:]
    private var jobCount = 0

    /// Where jobs leave their results.
    private final class Finished: Sendable {
        let results = Mutex<[(number: Int, output: Output)]>([])
    }

    package init(
        launcher: any JobLauncher,
        clock: any CheckClock,
        wake: (@Sendable () -> Void)? = nil
    ) {
        self.launcher = launcher
        self.clock = clock
        self.wake = wake
    }

    /// How many jobs run at once.
    package var limit: Int { launcher.limit }

    /// Whether a job would begin at once.
    package var hasRoom: Bool { startTimes.count < limit && queue.isEmpty }

    /// Whether a job runs, waits or has a result that was not taken.
    package var isBusy: Bool { !startTimes.isEmpty || !queue.isEmpty }

    /// Has `job` run; ``takeFinished()`` returns its result.
    package func submit(_ job: @escaping Job) {
        queue.append((jobCount, job))
        jobCount += 1
        launchQueued()
    }

    /// The results since the last call, in the order in which the jobs ended; launches queued jobs.
    package func takeFinished() -> [Output] {
        let results = finished.results.withLock { results in
            defer { results.removeAll(keepingCapacity: true) }
            return results
        }
        for (number, _) in results {
            guard let startedAt = startTimes.removeValue(forKey: number) else { continue }
            let seconds = clock.elapsed - startedAt
            meanSeconds += (seconds - meanSeconds) / (meanSeconds > 0 ? 8 : 1)
        }
        launchQueued()
        return results.map(\.output)
    }

    /// Waits for all jobs and returns their results.
    package func takeAll() -> [Output] {
        var outputs = takeFinished()
        while isBusy {
            usleep(1_000)
            outputs += takeFinished()
        }
        return outputs
    }

    private func launchQueued() {
        while startTimes.count < limit, !queue.isEmpty {
            let (number, job) = queue.removeFirst()
            startTimes[number] = clock.elapsed
            let (finished, wake) = (finished, wake)
            launcher.launch {
                let output = job()
                finished.results.withLock { $0.append((number, output)) }
                wake?()
            }
        }
    }
}
