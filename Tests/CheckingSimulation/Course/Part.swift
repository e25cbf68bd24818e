import Dispatch
import Linux
import Synchronization

/// A thread that does runs one after the other, each up to a given moment.
///
/// The simulation gives work and a horizon to all parts, and waits until each has finished or
/// reached the horizon. Runs of a round share nothing but storage, where each writes only its own
/// blobs; so the result does not depend on which thread is faster.
final class Part: @unchecked Sendable {
    private let resume = DispatchSemaphore(value: 0)
    private let standing = DispatchSemaphore(value: 0)
    private var work: (() -> Void)?
    private var horizon = 0.0
    private var isEnding = false
    private(set) var isBusy = false
    private var thread: Thread?

    init() {
        thread = try? Thread { [self] in
            while true {
                resume.wait()
                if isEnding { break }
                work?()
                work = nil
                isBusy = false
                standing.signal()
            }
        }
    }

    /// Hands out work, which begins at the next ``proceed(to:)``.
    func take(_ work: @escaping () -> Void) {
        self.work = work
        isBusy = true
    }

    /// Lets the work continue until the moment `horizon`; returns immediately.
    func proceed(to horizon: Double) {
        self.horizon = horizon
        resume.signal()
    }

    /// Waits until the work is done or has stopped at the horizon.
    func waitUntilStanding() { standing.wait() }

    /// Called by the work at its horizon; returns the next horizon.
    func park() -> Double {
        standing.signal()
        resume.wait()
        return horizon
    }

    /// Ends the thread, which must have nothing to do.
    func end() {
        isEnding = true
        resume.signal()
        thread?.join()
    }
}
