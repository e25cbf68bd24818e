import Linux

/// Where the jobs of a ``JobExecutor`` run.
package protocol JobLauncher: AnyObject {
    /// How many may run at once.
    var limit: Int { get }

    /// Runs `body` once, now or later.
    func launch(_ body: @escaping @Sendable () -> Void)
}

/// Runs each job before ``launch(_:)`` returns: the loop waits for storage.
package final class InlineLauncher: JobLauncher {
    package let limit = 1

    package init() {}

    package func launch(_ body: @escaping @Sendable () -> Void) { body() }
}

/// Runs each job in a thread of its own.
package final class ThreadLauncher: JobLauncher {
    package let limit: Int

    /// At least one runs at once.
    package init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Where no thread can be had, the job runs in the caller's.
    package func launch(_ body: @escaping @Sendable () -> Void) {
        do throws(SystemError) {
            try Thread(body).detach()
        } catch {
            body()
        }
    }
}
