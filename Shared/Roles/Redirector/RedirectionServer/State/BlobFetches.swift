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
        let keys: [BlobKey]
        let beganAt = Clock.milliseconds()
        let end: EventCounter

        init(_ keys: [BlobKey]) throws(SystemError) {
            self.keys = keys
            end = try EventCounter()
        }
    }

    private let blobs: LocalBlobs
    /// A few at most, each of other keys.
    private let flights = Mutex<[Flight]>([])

    init(_ blobs: LocalBlobs) {
        self.blobs = blobs
    }

    /// Whether the copies of `keys` were updated within this many milliseconds; otherwise the fetch
    /// continues in the background.
    ///
    /// The time counts from the beginning of the fetch, so that a caller who joins a slow one does
    /// not wait all over again.
    func fetch(_ keys: [BlobKey], within patience: Int64) -> Bool {
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
        let flight = try Flight(keys)
        let known = flights.withLock { flights -> Flight? in
            if let known = flights.first(where: { $0.keys == keys }) { return known }
            flights.append(flight)
            return nil
        }
        if let known { return known }
        do throws(SystemError) {
            try Thread { [self] in
                blobs.fetch(keys)
                flights.withLock { $0.removeAll { $0 === flight } }
                flight.end.signal()
            }.detach()
        } catch {
            flights.withLock { $0.removeAll { $0 === flight } }
            throw error
        }
        return flight
    }

    /// Waits for all fetches to end.
    func finish() {
        for flight in flights.withLock({ $0 }) {
            _ = flight.end.isSignalled()
        }
    }
}
