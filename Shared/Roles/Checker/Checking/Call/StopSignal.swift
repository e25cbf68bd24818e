import Glibc
import Synchronization

/// Tells whether the process was asked to stop, by SIGTERM or SIGINT.
///
/// The handler does no more than a store; a wait in the kernel ends early by the signal itself.
package enum StopSignal {
    private static let isRaised = Atomic<Bool>(false)

    package static var wasRaised: Bool { isRaised.load(ordering: .relaxed) }

    /// Makes the two signals raise the flag instead of ending the process.
    package static func install() {
        // Reading the flag for the first time initializes it, which a handler must not do.
        _ = wasRaised
        for number in [SIGTERM, SIGINT] {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { _ in
                StopSignal.isRaised.store(true, ordering: .relaxed)
            }
            _ = unsafe sigaction(number, &action, nil)
        }
    }
}
