import CheckPlanning
import FunctionRuntime
import Mirrors

/// The access points that a call covers.
///
/// A base URL that several mirrors list is asked once, and the result counts for all of them.
struct CheckScope {
    /// In the order of the transport's numbers.
    var accessPoints: [AccessPoint]
    let groups: AccessPointGroups
    /// Access points of the request that are asked under the id of another one.
    private let aliases: [AccessPoint.ID]
    /// All access points of enabled mirrors.
    private let known: [AccessPoint.ID: AccessPoint]
    /// The rsync access points whose listings may renew the proofs of others of their mirror.
    private let listings: [AccessPoint.ID: AccessPoint]
    /// All ids in the list, including disabled ones.
    let existing: Set<AccessPoint.ID>
    private let accessPointIDs: [Mirror.ID: [AccessPoint.ID]]

    /// Throws ``FunctionError/badRequest(_:)`` if the request names something that is not in the
    /// list.
    init(
        _ request: CheckRequest,
        mirrors: [Mirror],
        own: [Mirror]
    ) throws(FunctionError) {
        groups = AccessPointGroups(mirrors)
        let named: [AccessPoint]
        do throws(CheckingError) {
            named = try request.scope(in: own)
        } catch {
            throw .badRequest("\(error)")
        }
        let enabled = mirrors.filter(\.isEnabled).flatMap(\.accessPoints)
        known = Dictionary(enabled.map { ($0.id, $0) }) { first, _ in first }
        existing = Set(mirrors.flatMap(\.accessPoints).map(\.id))
        listings = Self.listings(in: mirrors)
        accessPointIDs = Dictionary(
            mirrors.map { ($0.id, $0.accessPoints.map(\.id)) }
        ) { first, _ in first }
        var ids: Set<AccessPoint.ID> = []
        var accessPoints: [AccessPoint] = []
        for accessPoint in named {
            let canonical = groups.canonical(of: accessPoint.id)
            // If several checkers share the list, the one with the canonical access point asks.
            guard request.share == nil || canonical == accessPoint.id else { continue }
            guard let known = known[canonical], ids.insert(canonical).inserted else { continue }
            accessPoints.append(known)
        }
        self.accessPoints = accessPoints
        aliases = named.map(\.id).filter { !ids.contains($0) }
    }

    /// The access points that the transport can ask, with their numbers.
    func spoken(_ transport: any Transport) -> [(AccessPointNumber, AccessPoint)] {
        accessPoints.enumerated().filter { transport.speaks($0.element.scheme) }
            .map { (AccessPointNumber(index: $0.offset), $0.element) }
    }

    /// The access points that are not asked, with the reason.
    func omissions(_ transport: any Transport) -> [CheckReport.Omission] {
        accessPoints.filter { !transport.speaks($0.scheme) }.map {
            CheckReport.Omission(id: $0.id, reason: transport.reasonNotToSpeak($0.scheme))
        }
            + aliases.map {
                CheckReport.Omission(id: $0, reason: "the same URL as \(groups.canonical(of: $0))")
            }
    }

    /// What the policy must know of an access point.
    func profile(of accessPoint: AccessPoint) -> AccessPointProfile {
        guard groups.twin(of: accessPoint.id) != nil else { return AccessPointProfile(accessPoint) }
        let part = accessPoint.scheme == .http ? 0 : 1
        return AccessPointProfile(
            accessPoint,
            share: AccessPointProfile.Share(part: part, of: 2),
            tree: String(accessPoint.baseURL.drop { $0 != ":" })
        )
    }

    /// The canonical access points of these mirrors; access points not in the list are left out.
    func suspects(among mirrors: [Mirror.ID]) -> Set<AccessPoint.ID> {
        Set(mirrors.flatMap { accessPointIDs[$0] ?? [] }.map { groups.canonical(of: $0) })
    }

    /// Whether the URL of a canonical access point, possibly as that of another mirror, is metered.
    func isMetered(_ canonical: AccessPoint.ID) -> Bool {
        ([canonical] + groups.aliases(of: canonical)).contains { known[$0]?.isMetered == true }
    }

    /// The access points whose proofs may renew those of this one.
    func relatives(of accessPoint: AccessPoint) -> [CheckRun.Relative] {
        let twin = groups.twin(of: accessPoint.id).flatMap { known[$0] }
        return [
            twin.map { CheckRun.Relative($0, .twin) },
            listings[accessPoint.id].map { CheckRun.Relative($0, .listing) },
        ].compactMap { $0 }
    }

    private static func listings(in mirrors: [Mirror]) -> [AccessPoint.ID: AccessPoint] {
        var listings: [AccessPoint.ID: AccessPoint] = [:]
        for mirror in mirrors where mirror.checkBy == .shared {
            let listing = mirror.accessPoints.first { $0.scheme == .rsync }
            for accessPoint in mirror.accessPoints
            where accessPoint.scheme == .http || accessPoint.scheme == .https {
                listings[accessPoint.id] = listing
            }
        }
        return listings
    }
}
