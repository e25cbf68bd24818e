import Foundation
import Synchronization

/// Runs `body` for all elements, each in its own thread and at most `limit` at the same time, and
/// returns the results in the order of the elements.
///
/// For work that blocks for a long time, which must not run in tasks of Swift's thread pool.
package func inThreads<Element: Sendable, Result: Sendable>(
    _ elements: [Element],
    atMost limit: Int = .max,
    _ body: @escaping @Sendable (Element) -> Result
) -> [Result] {
    let results = SharedResults<Result>()
    let group = DispatchGroup()
    let free = DispatchSemaphore(value: min(limit, elements.count))
    for (index, element) in elements.enumerated() {
        free.wait()
        group.enter()
        let thread = Thread {
            results.add(body(element), at: index)
            free.signal()
            group.leave()
        }
        thread.start()
    }
    group.wait()
    return results.inOrder
}

private final class SharedResults<Result: Sendable>: Sendable {
    private let results = Mutex<[Int: Result]>([:])

    func add(_ result: Result, at index: Int) {
        results.withLock { $0[index] = result }
    }

    var inOrder: [Result] {
        results.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    }
}
