import Glibc

/// SIGTERM and SIGINT, waited for instead of handled.
package enum TerminationSignals {
    package enum Signal: Sendable {
        /// An orchestrator wants the process to end, in good order.
        case terminate
        /// A person pressed Ctrl-C and waits.
        case interrupt
    }

    /// Keeps the signals back, so that ``wait()`` gets them; and takes SIGPIPE for what it is, an
    /// error of a write.
    ///
    /// Threads inherit this from the one that starts them: call it before there are any.
    package static func block() {
        var signals = set
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for one of them.
    package static func wait() -> Signal {
        var signals = set
        var number: Int32 = 0
        while unsafe sigwait(&signals, &number) != 0 {}
        return number == SIGINT ? .interrupt : .terminate
    }

    /// Waits for one of them for so many seconds at most.
    package static func wait(seconds: Int) {
        var signals = set
        var limit = timespec(tv_sec: seconds, tv_nsec: 0)
        unsafe sigtimedwait(&signals, nil, &limit)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGTERM)
        unsafe sigaddset(&set, SIGINT)
        return set
    }
}
