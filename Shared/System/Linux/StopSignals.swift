import CLinux
import Glibc
import Synchronization

/// SIGTERM and SIGINT, which ask a process to end, and SIGUSR2, which asks it to let a new one take
/// over.
///
/// A program handles them in one of two ways, chosen at its start. It blocks them and waits for
/// them in a thread: ``block()``. Or they raise a flag that its loop checks: ``raiseFlag()``.
package enum StopSignals {
    package enum Signal: Sendable {
        /// A supervisor wants the process to end in an orderly way.
        case terminate
        /// A person pressed Ctrl-C and waits.
        case interrupt
        /// A new process of this program should take over.
        case takeOver
    }

    // MARK: - To be waited for

    /// Blocks the signals for ``wait()``, and ignores SIGPIPE, which a failed write reports anyway.
    ///
    /// Threads inherit this from their creator: call it before starting any.
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
        return kind(of: number)
    }

    private static func kind(of number: Int32) -> Signal {
        switch number {
        case SIGINT: .interrupt
        case SIGUSR2: .takeOver
        default: .terminate
        }
    }

    /// Waits for one of them at most this many seconds; nil if none came.
    @discardableResult
    package static func wait(seconds: Int) -> Signal? {
        var signals = set
        var limit = timespec(tv_sec: seconds, tv_nsec: 0)
        let number = unsafe sigtimedwait(&signals, nil, &limit)
        return number > 0 ? kind(of: number) : nil
    }

    private static var set: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers + [SIGUSR2] { unsafe sigaddset(&set, number) }
        return set
    }

    private static let numbers = [SIGTERM, SIGINT]

    // MARK: - To be looked for

    private static let flag = Atomic<Bool>(false)

    /// Whether one of them came since ``raiseFlag()``.
    package static var isFlagRaised: Bool { flag.load(ordering: .relaxed) }

    /// Makes the two signals raise the flag instead of ending the process.
    ///
    /// The handler only stores a value; a wait in the kernel is interrupted by the signal itself.
    package static func raiseFlag() {
        // The first access initialises the flag, which a handler must not do.
        _ = isFlagRaised
        for number in numbers {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { _ in
                StopSignals.flag.store(true, ordering: .relaxed)
            }
            _ = unsafe sigaction(number, &action, nil)
        }
    }
}
