/// How the listing of an access point ended.
package enum RsyncOutcome: Hashable, Sendable {
    /// Everything was listed: what is missing does not exist.
    case complete
    /// The server could not read everything, or files vanished during the listing (exit codes 23
    /// and 24).
    ///
    /// What was listed is true; what is missing may exist. `unread` are the places that rsync
    /// named, as it writes them.
    case partial(unread: [String])
    /// There is no listing, or only part of one.
    case failed(RsyncFailure)
}

/// Why there is no complete listing.
package struct RsyncFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// The server answered but refuses to list: no such module, access denied, too many
        /// clients.
        case refused
        /// Nothing listens there.
        case connectionRefused
        /// The name has no address.
        case noSuchHost
        /// There is no route to it.
        case noRoute
        /// No connection, for another reason.
        case notConnected
        /// It speaks another protocol.
        case malformed
        /// The connection broke in the middle.
        case interrupted
        /// No connection or no byte in time, or the listing took too long.
        case timedOut
        /// The listing was cancelled.
        case stopped
        /// The program is missing, or does not support an option.
        case unusable
    }

    package var kind: Kind
    /// A phrase, with rsync's own message.
    package var reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package var description: String { reason }

    /// The meaning of rsync's exit codes (rsync(1), EXIT VALUES).
    init(exitCode: Int32, remarks: [String]) {
        let (kind, meaning): (Kind, String) =
            switch exitCode {
            case 1, 2, 4: (.unusable, "rsync does not know what it was told; version 3.1 is needed")
            case 5 where remarks.contains { $0.contains("greeting") }:
                (.malformed, "the server does not speak rsync")
            case 3, 5, 6, 13: (.refused, "the server refuses")
            case 10: (Self.connectFailure(remarks), "no connection")
            case 35: (.timedOut, "no connection in time")
            case 12: (.interrupted, "the connection broke")
            case 30: (.timedOut, "the server went silent")
            case 20: (.interrupted, "rsync was told to stop")
            default: (.interrupted, "rsync failed")
            }
        // rsync's last line only repeats the exit code in words.
        let own = remarks.last { !$0.hasPrefix("rsync error:") }
        self.init(kind, "\(meaning): \(own ?? "exit status \(exitCode)")")
    }

    /// Why there is no connection, from rsync's messages in the C locale: its exit code is the same
    /// for all reasons.
    private static func connectFailure(_ remarks: [String]) -> Kind {
        func says(_ text: String) -> Bool { remarks.contains { $0.contains(text) } }
        if says("Connection refused") { return .connectionRefused }
        if says("getaddrinfo") { return .noSuchHost }
        if says("No route to host") || says("Network is unreachable") { return .noRoute }
        return says("timed out") ? .timedOut : .notConnected
    }
}
