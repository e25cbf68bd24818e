import Mirrors
package import Time

/// The way in which a host is best asked for files over HTTP.
///
/// The rule that picks it, for each host by itself:
///
/// 1. ``Method/pipelining`` where the host proves in this run that it pipelines: on the first
///    connection it answers requests whose answers are known, in their order;
/// 2. ``Method/multiplexing`` over one connection where it does not, but takes HTTP/2;
/// 3. ``Method/takingTurns`` everywhere else: one request at a time on each of the parallel
///    connections;
/// 4. ``Method/oneRequestPerConnection`` where connections break when they are used again;
/// 5. ``Method/ranges`` where the answers to HEAD tell nothing, over any kind of connection.
///
/// A way that fails several times is left for the next in the same run.
///
/// That is their order by speed: with nginx 100 ms away and 4 connections 6,500, 800 and 40 HEADs a
/// second, at 5, 63 and 85 µs of CPU each.
///
/// What worked is kept in the ``CheckState``, and the next run begins with it: with the depth that
/// was reached, without requests that the server would throw away, without new attempts at a host
/// that does not pipeline. Pipelining is proven again on the first connection of each run all the
/// same, and the first trouble makes all that is remembered void; so a server that changed is found
/// out at once. One that has become better is found out when the memory ends: after
/// ``memorySeconds``, and after ``doubtfulMemorySeconds`` where pipelining failed, because a bad
/// network may have been the reason.
package struct AskingStrategy: Hashable, Sendable {
    package enum Method: UInt8, Hashable, Sendable, CaseIterable {
        /// Requests go out before the answers to those before have come.
        case pipelining = 1
        /// Many requests at once over one connection of HTTP/2.
        case multiplexing = 2
        /// A request goes out when the one before on its connection was answered.
        case takingTurns = 3
        /// Each request has a connection of its own.
        case oneRequestPerConnection = 4
        /// The first byte of each file is asked for, because `HEAD` tells no lengths.
        case ranges = 5
    }

    package var method: Method
    /// How many requests were under way at once on one pipelined connection.
    package var depth: Int
    /// How many requests the server answers on one connection; nil where no end was seen.
    package var answersPerConnection: Int?

    package init(_ method: Method, depth: Int = 1, answersPerConnection: Int? = nil) {
        self.method = method
        self.depth = depth
        self.answersPerConnection = answersPerConnection
    }

    /// A week: servers are set up again less often.
    package static let memorySeconds: Int64 = 7 * 86_400
    /// A day.
    package static let doubtfulMemorySeconds: Int64 = 86_400
    /// The largest depth and the largest number of answers that are kept.
    package static let limit = 1 << 20
}

/// A way, and when it was found.
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
    /// The way to begin with; nil where it is to be found out again.
    package func strategy(now: Timestamp) -> AskingStrategy? {
        rememberedStrategy.flatMap { $0.isCurrent(now) ? $0.strategy : nil }
    }
}

extension CheckState {
    /// The way to begin with; nil where it is to be found out again.
    package func strategy(now: Timestamp) -> AskingStrategy? {
        rememberedStrategy.flatMap { $0.isCurrent(now) ? $0.strategy : nil }
    }

    /// Keeps the way that worked; its age counts from when it was first found.
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
