/// Which access points serve the same tree, so that findings at one apply to others.
///
/// Several mirrors may list the same base URL, as with anycast names; it is asked once, under one
/// id, the *canonical* one, and the result counts for all. In addition, http and https of one host
/// and path usually serve the same tree; such *twins* share the work of renewing proofs, as long as
/// they agree.
package struct AccessPointGroups: Equatable, Sendable {
    private var canonicalIDs: [AccessPoint.ID: AccessPoint.ID] = [:]
    private var aliases: [AccessPoint.ID: [AccessPoint.ID]] = [:]
    private var twins: [AccessPoint.ID: AccessPoint.ID] = [:]

    /// No groups: every access point is its own.
    package init() {}

    /// Groups the access points of enabled mirrors; others are not grouped.
    package init(_ mirrors: [Mirror]) {
        var byURL: [String: [AccessPoint]] = [:]
        for mirror in mirrors where mirror.isEnabled {
            for point in mirror.accessPoints { byURL[point.baseURL, default: []].append(point) }
        }
        // By the URL without its scheme: the canonical http and https access points.
        var pairs: [Substring: (http: AccessPoint.ID?, https: AccessPoint.ID?)] = [:]
        for (url, points) in byURL {
            let ids = points.map { $0.id }.sorted()
            guard let canonical = ids.first else { continue }
            for id in ids { canonicalIDs[id] = canonical }
            if ids.count > 1 { aliases[canonical] = Array(ids.dropFirst()) }
            switch points.first?.scheme {
            case .http: pairs[Self.address(url), default: (nil, nil)].http = canonical
            case .https: pairs[Self.address(url), default: (nil, nil)].https = canonical
            default: break
            }
        }
        for pair in pairs.values {
            guard let http = pair.http, let https = pair.https else { continue }
            twins[http] = https
            twins[https] = http
        }
    }

    /// The id under which the access point's base URL is asked, probed and stored: its own, unless
    /// another access point lists the same URL.
    package func canonical(of id: AccessPoint.ID) -> AccessPoint.ID { canonicalIDs[id] ?? id }

    /// The other ids that list the base URL of a canonical one, in order.
    package func aliases(of canonical: AccessPoint.ID) -> [AccessPoint.ID] {
        aliases[canonical] ?? []
    }

    /// The canonical id of the same host and path with the other of http and https; nil if there is
    /// none.
    package func twin(of canonical: AccessPoint.ID) -> AccessPoint.ID? { twins[canonical] }

    /// The URL without its scheme: host, port and path.
    private static func address(_ url: String) -> Substring {
        guard let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")) else { return url[...] }
        return url[url.utf8.index(after: colon)...]
    }
}
