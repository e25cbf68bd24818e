import Foundation

/// Calls scheduled functions at their times.
///
/// For tests, a minute of the schedules may be shorter than one of the clock. A call is made even
/// if the previous one is still running: whether a function may run twice at the same time is
/// decided by its watchdog (`max_inflight`).
final class CronConnector: Sendable {
    private let gateway: Gateway
    private let launcher: Launcher
    private let minuteSeconds: Double

    init(_ gateway: Gateway, launcher: Launcher, minuteSeconds: Double) {
        self.gateway = gateway
        self.launcher = launcher
        self.minuteSeconds = minuteSeconds
    }

    /// Calls `function` at the times of `schedule` from now on.
    func start(_ function: String, _ schedule: CronSchedule) {
        Thread.detachNewThread { [self] in
            let start = Date()
            let pace = minuteSeconds / 60
            var last = start
            while let next = schedule.next(after: last) {
                last = next
                Thread.sleep(until: start.addingTimeInterval(next.timeIntervalSince(start) * pace))
                guard !launcher.isStopping else { return }
                call(function)
            }
        }
    }

    private func call(_ function: String) {
        Thread.detachNewThread { [gateway] in
            let outcome = gateway.callByCron(function)
            // The next call makes up for one that the function's limit refused.
            guard outcome.status != 200, outcome.status != 429 else { return }
            let status = outcome.status.map { "status \($0)" } ?? "no answer"
            Console.print("local-gateway: cron's call of \(function): \(status)")
        }
    }
}
