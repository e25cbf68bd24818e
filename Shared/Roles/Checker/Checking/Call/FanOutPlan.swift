package import Mirrors

/// A check cut into calls that can run at once: the access points of each.
///
/// All access points of one host are in one call, since the manners of a run (requests per second,
/// connections) are kept per host, and two runs know nothing of each other. Hosts are dealt out
/// largest first to the call that has least, in an order that differs from run to run, so that no
/// host always waits in the last call of a queue that is too slow.
package struct FanOutPlan: Equatable, Sendable {
    /// At least one, none of them empty, unless there are no access points.
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
        // By name first: a dictionary's order is not the generator's.
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
        // What is no URL is a host of its own.
        (try? BaseURL(accessPoint.baseURL).host) ?? accessPoint.baseURL
    }
}
