import HTTPTransport
package import Linux
package import Mirrors
import Synchronization

/// Looks up many hosts concurrently, within a time limit.
///
/// The system's resolver blocks and cannot be cancelled. A look-up that is late is left to end by
/// itself, and its host counts as having no address, so that it does not delay the others each
/// time.
package struct HostLookups: Sendable {
    /// The addresses of a host; nil if it has none or they are unknown.
    package typealias Resolver = @Sendable (_ host: String) -> [IPAddress]?

    /// The maximum number of concurrent look-ups.
    package static let threadLimit = 8

    private let timeLimit: Duration
    private let resolver: Resolver

    package init(
        within timeLimit: Duration = .seconds(20),
        by resolver: @escaping Resolver = Self.system
    ) {
        self.timeLimit = timeLimit
        self.resolver = resolver
    }

    /// The system's resolver.
    package static let system: Resolver = { host in
        HostLookup.addresses(of: host)?.compactMap { IPAddress($0) }
    }

    /// The outcome for each of `hosts` that was tried in time: its addresses, or nil if it has
    /// none.
    ///
    /// A host that is an IP address is not looked up. Throws if no thread can be started.
    package func addresses(of hosts: [String]) throws(SystemError) -> [String: [IPAddress]?] {
        var found: [String: [IPAddress]?] = [:]
        var names: [String] = []
        for host in hosts {
            let text = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
            if let address = IPAddress(text) {
                found[host] = .some([address])
            } else {
                names.append(host)
            }
        }
        guard !names.isEmpty else { return found }
        let board = try Board(names)
        var threadCount = 0
        while threadCount < min(Self.threadLimit, names.count) {
            do throws(SystemError) {
                try Thread { [resolver] in board.work(resolver) }.detach()
            } catch {
                if threadCount == 0 { throw error }
                break
            }
            threadCount += 1
        }
        let milliseconds = timeLimit / .milliseconds(1)
        found.merge(board.findings(until: Clock.milliseconds() + Int64(milliseconds))) { $1 }
        return found
    }

    /// The threads' pending work and their results.
    private final class Board: Sendable {
        private struct State {
            var waiting: [String]
            var begun: [String] = []
            var found: [String: [IPAddress]?] = [:]

            mutating func begin() -> String? {
                guard let host = waiting.popLast() else { return nil }
                begun.append(host)
                return host
            }
        }

        private let state: Mutex<State>
        private let hostCount: Int
        private let isDone: EventCounter

        init(_ hosts: [String]) throws(SystemError) {
            hostCount = hosts.count
            state = Mutex(State(waiting: hosts.reversed()))
            isDone = try EventCounter()
        }

        func work(_ resolver: Resolver) {
            while let host = state.withLock({ $0.begin() }) {
                let addresses = resolver(host)
                let count = state.withLock { state in
                    state.found[host] = .some(addresses.flatMap { $0.isEmpty ? nil : $0 })
                    return state.found.count
                }
                if count == hostCount { isDone.signal() }
            }
        }

        /// Waits for all of them until `time`; after that no look-up is started.
        func findings(until time: Int64) -> [String: [IPAddress]?] {
            _ = isDone.isSignalled(until: time)
            return state.withLock { state in
                state.waiting = []
                var found = state.found
                for host in state.begun where found[host] == nil { found[host] = .some(nil) }
                return found
            }
        }
    }
}
