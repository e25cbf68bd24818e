import FunctionRuntime
import Glibc
import JSON
import Linux
import ObjectStorage
import Synchronization

/// Fetches blobs into files, several at a time, for the redirector.
struct Fetching: Sendable {
    private let store: any BlobStore

    /// The maximum number of concurrent fetches.
    private static let limit = 8

    init(_ store: any BlobStore) {
        self.store = store
    }

    /// Prints a JSON line for each of `orders` as soon as it is done.
    ///
    /// Returns whether all succeeded.
    func run(_ orders: [FetchOrder]) -> Bool {
        let progress = Progress()
        // This thread does its share: a single blob needs no second thread.
        let threads = (1..<max(1, min(orders.count, Self.limit))).compactMap { _ in
            try? Thread { work(on: orders, progress) }
        }
        work(on: orders, progress)
        for thread in threads { thread.join() }
        return !progress.hasFailures
    }

    private func work(on orders: [FetchOrder], _ progress: Progress) {
        while let order = progress.next(of: orders) {
            let result = result(of: order)
            progress.report(result.json, failed: result.isFailure)
        }
    }

    private func result(of order: FetchOrder) -> (json: JSONValue, isFailure: Bool) {
        var line: JSONObject = ["key": .string(order.key.text)]
        do {
            switch try find(order) {
            case .unchanged: line["outcome"] = "unchanged"
            case .absent: line["outcome"] = "absent"
            case .changed(let blob):
                try LocalFile.replace(order.file, with: blob.bytes)
                line["outcome"] = "changed"
                line["tag"] = .string(blob.tag.text)
            }
            return (.object(line), false)
        } catch {
            line["error"] = .string("\(error)")
            return (.object(line), true)
        }
    }

    private func find(_ order: FetchOrder) throws -> ChangedBlob {
        if let tag = order.tag { return try store.get(order.key, ifChangedFrom: tag) }
        return try store.get(order.key).map { .changed($0) } ?? .absent
    }

    /// The state that the threads share.
    private final class Progress: Sendable {
        private struct State {
            var started = 0
            var hasFailures = false
        }

        private let state = Mutex(State())

        var hasFailures: Bool { state.withLock { $0.hasFailures } }

        func next(of orders: [FetchOrder]) -> FetchOrder? {
            state.withLock { state in
                guard state.started < orders.count else { return nil }
                defer { state.started += 1 }
                return orders[state.started]
            }
        }

        /// One line at a time and unbuffered: the reader waits for each.
        func report(_ line: JSONValue, failed: Bool) {
            state.withLock { state in
                if failed { state.hasFailures = true }
                // If nobody reads the output, there is nothing to report.
                try? LocalFile.writeToOutput(Array("\(line)\n".utf8))
            }
        }
    }
}
