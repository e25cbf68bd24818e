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

    package init(
        _ accessPoints: [AccessPoint],
        callCount: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        var hosts: [String: [AccessPoint.ID]] = [:]
        for accessPoint in accessPoints {
            hosts[Self.host(of: accessPoint), default: []].append(accessPoint.id)
        }
        // Sort by name first: the order of a dictionary does not come from the generator.
        var groups = hosts.sorted { $0.key < $1.key }.map(\.value)
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

    private static func host(of accessPoint: AccessPoint) -> String {
        // An invalid URL counts as a host of its own.
        (try? BaseURL(accessPoint.baseURL).host) ?? accessPoint.baseURL
    }
}
