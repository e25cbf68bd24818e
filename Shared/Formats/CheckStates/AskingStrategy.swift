import Mirrors
package import Time

/// The best way to ask a host for files over HTTP.
///
/// It is chosen for each host by these rules:
///
/// 1. ``Method/pipelining`` if the host proves in this run that it supports pipelining: on the
///    first connection it answers requests with known answers, in order;
/// 2. ``Method/multiplexing`` over one connection if it does not, but supports HTTP/2;
/// 3. ``Method/sequential`` otherwise: one request at a time on each of the parallel connections;
/// 4. ``Method/oneRequestPerConnection`` if connections break when they are reused;
/// 5. ``Method/ranges`` if answers to HEAD lack lengths, over any kind of connection.
///
/// A strategy that fails several times is replaced by the next in the same run.
///
/// They are ordered by speed: with nginx 100 ms away and 4 connections, the first three reach
/// 6,500, 800 and 40 HEADs a second, at 5, 63 and 85 µs of CPU each.
///
/// What worked is stored in the ``CheckState``, and the next run begins with it: at the depth
/// reached, without requests that the server would discard, and without new attempts at a host that
/// does not pipeline. Pipelining is still proven again on the first connection of each run, and the
/// first trouble discards everything remembered, so a server that changed is noticed at once. One
/// that improved is noticed when the memory expires: after ``memorySeconds``, or after
/// ``doubtfulMemorySeconds`` if pipelining failed, because a bad network may have been the reason.
package struct AskingStrategy: Hashable, Sendable {
    package enum Method: UInt8, Hashable, Sendable, CaseIterable {
        /// Requests are sent before earlier answers have come.
        case pipelining = 1
        /// Many concurrent requests on one HTTP/2 connection.
        case multiplexing = 2
        /// A request is sent after the previous one on its connection was answered.
        case sequential = 3
        /// Each request uses a new connection.
        case oneRequestPerConnection = 4
        /// The first byte of each file is requested, because `HEAD` gives no lengths.
        case ranges = 5
    }

    package var method: Method
    /// The number of requests in flight on one pipelined connection.
    package var depth: Int
    /// How many requests the server answers on one connection; nil if no limit was seen.
    package var answersPerConnection: Int?

    package init(_ method: Method, depth: Int = 1, answersPerConnection: Int? = nil) {
        self.method = method
        self.depth = depth
        self.answersPerConnection = answersPerConnection
    }

    /// A week: servers are reconfigured less often.
    package static let memorySeconds: Int64 = 7 * 86_400
    /// A day.
    package static let doubtfulMemorySeconds: Int64 = 86_400
    /// The maximum depth and number of answers that are stored.
    package static let limit = 1 << 20
}

/// A strategy, and when it was determined.
package struct RememberedStrategy: Hashable, Sendable {
    package var strategy: AskingStrategy
    package var foundAt: Timestamp

    package init(_ strategy: AskingStrategy, foundAt: Timestamp) {
        self.strategy = strategy
        self.foundAt = foundAt
    }

    func isCurrent(_ now: Timestamp) -> Bool {
        let lifetime =
            strategy.method == .pipelining
            ? AskingStrategy.memorySeconds : AskingStrategy.doubtfulMemorySeconds
        return (0..<lifetime).contains(now.seconds(since: foundAt))
    }
}

extension Agenda {
    /// The strategy to begin with; nil if it must be determined again.
    package func strategy(now: Timestamp) -> AskingStrategy? {
        rememberedStrategy.flatMap { $0.isCurrent(now) ? $0.strategy : nil }
    }
}

extension CheckState {
    /// The strategy to begin with; nil if it must be determined again.
    package func strategy(now: Timestamp) -> AskingStrategy? {
        rememberedStrategy.flatMap { $0.isCurrent(now) ? $0.strategy : nil }
    }

    /// Stores the strategy that worked; its age counts from when it was first determined.
    package mutating func note(_ strategy: AskingStrategy, now: Timestamp) {
        var foundAt = now
        if let known = rememberedStrategy, known.isCurrent(now),
            known.strategy.method == strategy.method,
            known.strategy.answersPerConnection == strategy.answersPerConnection
        {
            foundAt = known.foundAt
        }
        rememberedStrategy = RememberedStrategy(strategy, foundAt: foundAt)
    }
}
