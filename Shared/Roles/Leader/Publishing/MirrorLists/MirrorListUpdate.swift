package import MirrorListImport
package import Mirrors

/// The mirrors of earlier imports, updated from a new list.
package struct MirrorListUpdate: Sendable {
    package private(set) var list: MirrorList
    /// The ids of mirrors that no earlier import had.
    package private(set) var added: [Mirror.ID] = []
    /// The ids of mirrors that the list no longer has.
    package private(set) var gone: [Mirror.ID] = []
    /// Known mirrors with new URLs.
    package private(set) var moved: [Move] = []
    /// Entries that were merged into another mirror, with the reason.
    package private(set) var merged: [LeftOut] = []
    /// Hosts that several mirrors share: a fault in one most likely affects all.
    package private(set) var sharedHosts: [SharedHost] = []
    /// Entries that were left out, with the reason.
    package private(set) var leftOut: [LeftOut] = []

    package struct LeftOut: Equatable, Sendable, CustomStringConvertible {
        /// The URL, or the name of the mirror.
        package let subject: String
        package let reason: String

        package var description: String { "\(subject): \(reason)" }
    }

    /// Updates `previous` from `listed`.
    ///
    /// A mirror is recognised by any of its URLs (if several share that URL, by name and country),
    /// or else by name and country alone, and keeps its id. An access point is recognised by its
    /// URL. The order is that of `previous`, followed by new mirrors. A mirror that left the list
    /// is kept and marked, so that its id, which overrides and check states use, is never reused.
    package init(of previous: MirrorList, with listed: [ListedMirror]) {
        list = MirrorList()
        let candidates = merge(listed.compactMap { candidate($0) })
        let positions = Self.match(candidates, with: previous)
        var names = MirrorNames(previous)

        var updated = previous.mirrors.map(\.withoutListing)
        for (candidate, position) in zip(candidates, positions) {
            if let position {
                let known = previous.mirrors[position]
                updated[position] = candidate.mirror(id: known.id, known.accessPoints, &names)
                let move = Move(from: known, to: updated[position])
                if known.isListed, !move.isNone { moved.append(move) }
            } else {
                let id = names.newMirrorID(for: candidate.bases)
                updated.append(candidate.mirror(id: id, [], &names))
                added.append(id)
            }
        }
        list.mirrors = updated
        gone = zip(previous.mirrors, updated)
            .filter { $0.isListed && !$1.isListed }
            .map(\.0.id)
        sharedHosts = SharedHost.all(of: list)
    }

    /// Merges mirrors that share a place in one country.
    ///
    /// Such a pair appears in a list when somebody adds https to a mirror that is there with http.
    /// The same place in several countries is an anycast mirror with a site in each.
    private mutating func merge(_ candidates: [MirrorCandidate]) -> [MirrorCandidate] {
        var result: [MirrorCandidate] = []
        var positions: [String: Int] = [:]
        for candidate in candidates {
            let keys = candidate.bases.map { "\(candidate.country) \($0.address)" }
            if let position = keys.lazy.compactMap({ positions[$0] }).first {
                merged.append(
                    LeftOut(
                        subject: candidate.name,
                        reason: "it is where \(result[position].name) is"
                    )
                )
                result[position] = result[position].joined(with: candidate)
                for key in keys where positions[key] == nil { positions[key] = position }
            } else {
                for key in keys { positions[key] = result.count }
                result.append(candidate)
            }
        }
        return result
    }

    /// Applies the operator's settings.
    ///
    /// Call it only after an update, which undoes earlier overrides.
    package mutating func apply(_ overrides: MirrorOverrides) {
        list.mirrors = list.mirrors.map { mirror in
            overrides.byMirror[mirror.id].map(mirror.applying) ?? mirror
        }
    }

    /// Sets the location of each listed access point from that of its host.
    package mutating func place(by places: HostPlaces) {
        for mirror in list.mirrors.indices where list.mirrors[mirror].isListed {
            for index in list.mirrors[mirror].accessPoints.indices {
                let url = list.mirrors[mirror].accessPoints[index].baseURL
                let place = (try? BaseURL(url)).flatMap { places.byHost[$0.host]?.place }
                list.mirrors[mirror].accessPoints[index].place =
                    place == AddressPlace() ? nil : place
            }
        }
    }

    private mutating func candidate(_ mirror: ListedMirror) -> MirrorCandidate? {
        var bases: [BaseURL] = []
        var locations: [ListedMirror.Location] = []
        for location in mirror.locations.prefix(ListedMirror.locationLimit) {
            do throws(BaseURL.Problem) {
                let base = try BaseURL(location.url)
                guard !bases.contains(base) else { continue }
                bases.append(base)
                locations.append(location)
            } catch {
                leftOut.append(LeftOut(subject: location.url, reason: "\(error)"))
            }
        }
        guard let country = CountryCode(mirror.country),
            let region = mirror.region.isEmpty
                ? Countries.region(of: country) : Region.slug(of: mirror.region),
            !bases.isEmpty
        else {
            let reason =
                bases.isEmpty
                ? "it has no usable URL"
                : "its country \"\(mirror.country)\" or region \"\(mirror.region)\" is not "
                    + "understood"
            leftOut.append(LeftOut(subject: mirror.name, reason: reason))
            return nil
        }
        return MirrorCandidate(
            name: mirror.name,
            country: country,
            region: region,
            bases: bases,
            locations: locations,
            places: mirror.places
        )
    }

    /// For each candidate, the index of the same mirror in `previous`, or nil.
    ///
    /// Considers the best match first, over all candidates: in Gentoo's list, the sites of an
    /// anycast mirror share their URLs, so a URL alone proves less than it seems to.
    private static func match(
        _ candidates: [MirrorCandidate],
        with previous: MirrorList
    ) -> [Int?] {
        let urls = previous.mirrors.map { Set($0.accessPoints.map(\.baseURL)) }
        // Compares only mirrors that share a URL or the name, so few of thousands.
        var byURL: [String: [Int]] = [:]
        var byName: [String: [Int]] = [:]
        for position in previous.mirrors.indices {
            for url in urls[position] { byURL[url, default: []].append(position) }
            let mirror = previous.mirrors[position]
            byName["\(mirror.country) \(mirror.name)", default: []].append(position)
        }
        var matches: [Int?] = candidates.map { _ in nil }
        var isTaken = previous.mirrors.map { _ in false }
        for match in Match.allCases {
            for (index, candidate) in candidates.enumerated() where matches[index] == nil {
                let name = "\(candidate.country) \(candidate.name)"
                if match == .nameAndCountry {
                    // The first free one. A match is never undone, so taken ones are dropped.
                    byName[name]?.removeAll { isTaken[$0] }
                    matches[index] = byName[name]?.first
                } else {
                    matches[index] = candidate.bases.flatMap { byURL[$0.text] ?? [] }
                        .filter {
                            !isTaken[$0]
                                && match.applies(candidate, previous.mirrors[$0], urls[$0])
                        }
                        .min()
                }
                if let position = matches[index] { isTaken[position] = true }
            }
        }
        return matches
    }

    /// The evidence that a listed mirror is a known one, best first.
    private enum Match: CaseIterable {
        case allURLsNameAndCountry
        case urlNameAndCountry
        case urlAndCountry
        case url
        case nameAndCountry

        func applies(_ candidate: MirrorCandidate, _ mirror: Mirror, _ urls: Set<String>) -> Bool {
            let hasName = candidate.name == mirror.name
            let hasCountry = candidate.country == mirror.country
            let hasURL = candidate.bases.contains { urls.contains($0.text) }
            return switch self {
            case .allURLsNameAndCountry:
                hasName && hasCountry && urls == Set(candidate.bases.map(\.text))
            case .urlNameAndCountry: hasURL && hasName && hasCountry
            case .urlAndCountry: hasURL && hasCountry
            case .url: hasURL
            case .nameAndCountry: hasName && hasCountry
            }
        }
    }
}
