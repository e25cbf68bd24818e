import Linux
import Mirrors
import Redirection
import Synchronization

/// Makes pages one at a time on a separate thread.
///
/// The queue takes as many as can be made in a moment, and an eighth of that for one network;
/// further clients are told to retry, and disconnected ones are dropped. The thread starts with the
/// first page, because most servers only redirect.
final class PageQueue: PageExecutor, Sendable {
    /// The maximum number of waiting pages.
    static let capacity = 256
    /// The maximum number for one network, unless it is a trusted proxy's.
    static let capacityPerNetwork = 32

    /// A page to make, and the client that waits for it.
    private struct Order: Sendable {
        let request: PageRequest
        /// Nil for a trusted proxy.
        let network: IPAddress?
        let deliver: @Sendable ([UInt8]) -> Void
    }

    /// Identifies an order, to cancel it.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct State: Sendable {
        var orders: [Ticket: Order] = [:]
        /// Orders that were not taken yet, including cancelled ones.
        var line: [Ticket] = []
        var counts: [IPAddress: Int] = [:]
        var lastNumber: UInt64 = 0
        var isStarted = false
        var isStopped = false
    }

    private let pages: any PageRenderer
    private let trustedProxies: TrustedProxies
    private let state = Mutex(State())
    /// Wakes the thread.
    private let wake: EventCounter

    init(_ pages: any PageRenderer, trusting trustedProxies: TrustedProxies) throws(SystemError) {
        self.pages = pages
        self.trustedProxies = trustedProxies
        wake = try EventCounter()
    }

    func hasRoom(for peer: Responder.Peer) -> Bool {
        let network = network(of: peer.address)
        return state.withLock { state in
            guard !state.isStopped, state.orders.count < Self.capacity else { return false }
            guard let network else { return true }
            return state.counts[network, default: 0] < Self.capacityPerNetwork
        }
    }

    private func network(of address: IPAddress?) -> IPAddress? {
        guard let address, !trustedProxies.contains(address) else { return nil }
        return address.clientNetwork
    }

    /// Queues the page for `address`; `deliver` gets it on another thread, but never after
    /// ``stop()``.
    func make(
        _ request: PageRequest,
        for address: IPAddress?,
        deliver: @escaping @Sendable ([UInt8]) -> Void
    ) -> Ticket {
        let order = Order(request: request, network: network(of: address), deliver: deliver)
        let (ticket, isStarted) = state.withLock { state in
            state.lastNumber += 1
            let ticket = Ticket(number: state.lastNumber)
            guard !state.isStopped else { return (ticket, true) }
            state.orders[ticket] = order
            state.line.append(ticket)
            if let network = order.network { state.counts[network, default: 0] += 1 }
            defer { state.isStarted = true }
            return (ticket, state.isStarted)
        }
        if !isStarted { start() }
        wake.signal()
        return ticket
    }

    /// Cancels a page that nobody waits for any more.
    func cancel(_ ticket: Ticket) {
        state.withLock { state in
            _ = Self.take(ticket, &state)
            // A cancelled order takes a few bytes until its turn comes; clean up only if there are
            // many.
            if state.line.count > 4 * Self.capacity {
                state.line.removeAll { state.orders[$0] == nil }
            }
        }
    }

    private static func take(_ ticket: Ticket, _ state: inout State) -> Order? {
        guard let order = state.orders.removeValue(forKey: ticket) else { return nil }
        if let network = order.network, let count = state.counts[network] {
            state.counts[network] = count > 1 ? count - 1 : nil
        }
        return order
    }

    /// If no thread can be started, the orders wait, and their connections time out; the next order
    /// tries again.
    private func start() {
        do throws(SystemError) {
            try Thread { [self] in run() }.detach()
        } catch {
            state.withLock { $0.isStarted = false }
        }
    }

    private func run() {
        while true {
            wake.wait()
            while true {
                let (order, isOver) = state.withLock { state -> (Order?, Bool) in
                    guard !state.isStopped, !state.line.isEmpty else { return (nil, true) }
                    return (Self.take(state.line.removeFirst(), &state), false)
                }
                if isOver { break }
                if let order { order.deliver(pages.answer(order.request)) }
            }
            if state.withLock({ $0.isStopped }) { return }
        }
    }

    /// Drops the orders; the thread ends after its current page.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.orders = [:]
            state.line = []
            state.counts = [:]
        }
        wake.signal()
    }
}
