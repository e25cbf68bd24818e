package import Mirrors
package import Time

/// What the policy must know of an access point besides its state.
package struct AccessPointProfile: Hashable, Sendable {
    /// The access point's part of the samplings and listings, if others do the rest.
    package struct Share: Hashable, Sendable {
        package var part: Int64
        package var count: Int64

        /// Part `part` of `count`; the whole if the two are inconsistent.
        package init(part: Int, of count: Int) {
            self.count = Int64(max(1, count))
            self.part = (0..<self.count).contains(Int64(part)) ? Int64(part) : 0
        }

        package static let all = Share(part: 0, of: 1)
    }

    package var accessPoint: AccessPoint
    package var share: Share
    /// Spreads questions over time; equal for access points that share them.
    package let salt: UInt64
    /// The host that answers, with the protocol: http and https are one, because their rate is.
    package let host: String

    /// `tree` identifies what access points with shared questions have in common.
    package init(_ accessPoint: AccessPoint, share: Share = .all, tree: String? = nil) {
        self.accessPoint = accessPoint
        self.share = share
        salt = StableHash.hash((tree ?? accessPoint.baseURL).utf8)
        let name = (try? BaseURL(accessPoint.baseURL).host) ?? accessPoint.baseURL
        host =
            switch accessPoint.scheme {
            case .http, .https: name
            case .ftp, .rsync: "\(accessPoint.scheme)://\(name)"
            }
    }

    /// Whether each file takes a request of its own, at a cost to the server.
    var isWeb: Bool {
        switch accessPoint.scheme {
        case .http, .https: true
        case .ftp, .rsync: false
        }
    }

    /// The next time after `time` for something that happens every `period` seconds, at an offset
    /// given by its key.
    package func slot(of key: UInt64, every period: Int64, after time: Timestamp) -> Timestamp {
        let period = max(1, period) * share.count
        let phase =
            StableHash.number(StableHash.mix(key ^ salt), below: period)
            + share.part * (period / share.count)
        let next = time.secondsSinceEpoch + 1
        let rest = (phase - next) % period
        return Timestamp(secondsSinceEpoch: next + (rest < 0 ? rest + period : rest))
    }

    /// The first end of a bundle of questions at or after `time`.
    package func bundleEnd(_ time: Timestamp) -> Timestamp {
        slot(
            of: StableHash.hash(accessPoint.id.utf8),
            every: PolicySettings.bundleSeconds / share.count,
            after: time.advanced(bySeconds: -1)
        )
    }
}
