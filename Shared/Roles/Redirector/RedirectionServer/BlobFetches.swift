import FunctionRuntime
import Linux
import ObjectStorage
import Synchronization

/// Updates copies on separate threads, for callers that wait only for a limited time.
///
/// If storage is a folder, there is nothing to fetch.
final class BlobFetches: Sendable {
    /// A fetch in progress.
    private final class Flight: Sendable {
        let beganAt = Clock.milliseconds()
        let end: EventCounter

        init() throws(SystemError) {
            end = try EventCounter()
        }
    }

    private let blobs: LocalBlobs
    private let flights = Mutex<[[BlobKey]: Flight]>([:])

    init(_ blobs: LocalBlobs) {
        self.blobs = blobs
    }

    /// Whether the copies of `keys` were updated within this many milliseconds; otherwise the fetch
    /// continues in the background.
    ///
    /// The time counts from the beginning of the fetch, so that a caller who joins a slow one does
    /// not wait all over again.
    func bring(_ keys: [BlobKey], within patience: Int64) -> Bool {
        guard blobs.cache != nil else { return true }
        do throws(SystemError) {
            let flight = try flight(for: keys)
            return flight.end.isSignalled(until: flight.beganAt + patience)
        } catch {
            Log.error("storage unavailable", ["reason": error])
            return false
        }
    }

    private func flight(for keys: [BlobKey]) throws(SystemError) -> Flight {
        let flight = try Flight()
        let known = flights.withLock { flights -> Flight? in
            if let known = flights[keys] { return known }
            flights[keys] = flight
            return nil
        }
        if let known { return known }
        do throws(SystemError) {
            try Thread { [self] in
                blobs.fetch(keys)
                flights.withLock { $0[keys] = nil }
                flight.end.signal()
            }.detach()
        } catch {
            flights.withLock { $0[keys] = nil }
            throw error
        }
        return flight
    }

    /// Waits for all fetches to end.
    func finish() {
        for flight in flights.withLock({ Array($0.values) }) {
            _ = flight.end.isSignalled()
        }
    }
}
