import CLinux
import Glibc
import Synchronization

/// SIGTERM and SIGINT: what asks a process to end; and SIGUSR2, which asks it to let a new one take
/// over.
///
/// A program does one of two things with them, at its start. It holds them back and has a thread
/// wait for them: ``holdBack()``. Or it has them raise a flag that its loop looks at:
/// ``raiseFlag()``.
package enum StopSignals {
    package enum Signal: Sendable {
        /// An orchestrator wants the process to end, in good order.
        case terminate
        /// A person pressed Ctrl-C and waits.
        case interrupt
        /// A new process of this program is to take over.
        case takeOver
    }

    // MARK: - To be waited for

    /// Keeps the signals back, so that ``wait()`` gets them; and takes SIGPIPE for what it is, an
    /// error of a write.
    ///
    /// Threads inherit this from the one that starts them: call it before there are any.
    package static func holdBack() {
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

    /// Waits for one of them at most this many seconds; nil when none came.
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

    /// Whether one of them has come since ``raiseFlag()``.
    package static var isFlagRaised: Bool { flag.load(ordering: .relaxed) }

    /// Makes the two signals raise the flag instead of ending the process.
    ///
    /// The handler does no more than a store; a wait in the kernel ends early by the signal itself.
    package static func raiseFlag() {
        // Reading the flag for the first time initializes it, which a handler must not do.
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
