import Linux

/// Runs the jobs of a ``JobExecutor``.
package protocol JobLauncher: AnyObject {
    /// The maximum number of concurrent jobs.
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

/// Runs each job in its own thread.
package final class ThreadLauncher: JobLauncher {
    package let limit: Int

    /// A limit below 1 counts as 1.
    package init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// If no thread can be started, the job runs in the caller's.
    package func launch(_ body: @escaping @Sendable () -> Void) {
        do throws(SystemError) {
            try Thread(body).detach()
        } catch {
            body()
        }
    }
}
