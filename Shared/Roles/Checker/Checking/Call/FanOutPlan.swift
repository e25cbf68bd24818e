package import Mirrors

/// A check divided into concurrent calls: the access points of each.
///
/// All access points of one host are in the same call, because limits (requests per second,
/// connections) apply per host, and runs don't coordinate. Hosts are assigned, largest first, to
/// the call with the least work, in an order that differs between runs, so that no host is always
/// in the last call of a slow queue.
package struct FanOutPlan: Equatable, Sendable {
    /// At least one call, and none empty, unless there are no access points.
    package private(set) var calls: [[AccessPoint.ID]]

    /// The access points of each host, for several plans.
    package struct Hosts: Sendable {
        /// In the order of the hosts' names, because that of a dictionary is not repeatable.
        fileprivate let groups: [[AccessPoint.ID]]

        package init(of accessPoints: [AccessPoint]) {
            var hosts: [String: [AccessPoint.ID]] = [:]
            for accessPoint in accessPoints {
                hosts[FanOutPlan.host(of: accessPoint), default: []].append(accessPoint.id)
            }
            groups = hosts.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    package init(
        _ accessPoints: [AccessPoint],
        callCount: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        self.init(Hosts(of: accessPoints), callCount: callCount, using: &generator)
    }

    package init(
        _ hosts: Hosts,
        callCount: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        var groups = hosts.groups
        groups.shuffle(using: &generator)
        groups.sort { $0.count > $1.count }
        calls = Array(repeating: [], count: min(max(callCount, 1), groups.count))
        for group in groups {
            guard let least = calls.indices.min(by: { calls[$0].count < calls[$1].count }) else {
                break
            }
            calls[least] += group
        }
        calls.shuffle(using: &generator)
    }

    fileprivate static func host(of accessPoint: AccessPoint) -> String {
        // An invalid URL counts as a host of its own.
        (try? BaseURL(accessPoint.baseURL).host) ?? accessPoint.baseURL
    }
}
