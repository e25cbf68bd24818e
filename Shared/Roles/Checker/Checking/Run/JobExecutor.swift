import Glibc
import Synchronization

/// Runs jobs that wait for storage outside the loop, and hands their results to it.
///
/// A write to a bucket may take seconds. In the loop, these would be seconds in which no mirror is
/// asked and no answer is read. A job gets values and returns a value, so its input does not
/// change. The launcher limits how many run at once; the others wait in order of submission.
package final class JobExecutor<Output: Sendable> {
    package typealias Job = @Sendable () -> Output

    /// The duration of a job in seconds: the mean of the latest ones, so that a stuck one does not
    /// count forever; 0 before the first.
    package private(set) var meanSeconds = 0.0
    private let launcher: any JobLauncher
    private let clock: any CheckClock
    /// Called in a job's thread when its result is available.
    private let wake: (@Sendable () -> Void)?
    private let finished = Finished()
    private var queue: [(number: Int, job: Job)] = []
    /// The start times of running jobs, in seconds of the run, by number.
    private var startTimes: [Int: Double] = [:]
    private var jobCount = 0

    /// Where jobs leave their results.
    private final class Finished: Sendable {
        /// Numbers and outputs of the same jobs, apart, because an output is large to copy.
        let results = Mutex<(numbers: [Int], outputs: [Output])>(([], []))
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

    /// The maximum number of concurrent jobs.
    package var limit: Int { launcher.limit }

    /// Whether a job would start at once.
    package var hasRoom: Bool { startTimes.count < limit && queue.isEmpty }

    /// Whether a job is running or waiting, or has an untaken result.
    package var isBusy: Bool { !startTimes.isEmpty || !queue.isEmpty }

    /// Submits `job`; ``takeFinished()`` returns its result.
    package func submit(_ job: @escaping Job) {
        queue.append((jobCount, job))
        jobCount += 1
        launchQueued()
    }

    /// The results since the last call, in the order of completion; starts queued jobs.
    package func takeFinished() -> [Output] {
        // Mostly there is none.
        guard !startTimes.isEmpty else { return [] }
        let (numbers, outputs) = finished.results.withLock { results in
            defer { results = ([], []) }
            return results
        }
        for number in numbers {
            guard let startedAt = startTimes.removeValue(forKey: number) else { continue }
            let seconds = clock.elapsed - startedAt
            meanSeconds += (seconds - meanSeconds) / (meanSeconds > 0 ? 8 : 1)
        }
        launchQueued()
        return outputs
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
                finished.results.withLock { results in
                    results.numbers.append(number)
                    results.outputs.append(output)
                }
                wake?()
            }
        }
    }
}
