import Dispatch

/// What `make` returns for each number below `count`, made in as many threads as there are cores.
///
/// The calls share nothing that changes, so the result does not depend on which is faster.
func inThreads<Element>(_ count: Int, _ make: @escaping (Int) -> Element) -> [Element] {
    let shares = (0..<count).map { number in Share { make(number) } }
    DispatchQueue.concurrentPerform(iterations: count) { shares[$0].work() }
    return shares.compactMap(\.result)
}

/// The part of one thread, which nobody else touches until it is done.
private final class Share<Result>: @unchecked Sendable {
    private let make: () -> Result
    private(set) var result: Result?

    init(_ make: @escaping () -> Result) {
        self.make = make
    }

    func work() { result = make() }
}
