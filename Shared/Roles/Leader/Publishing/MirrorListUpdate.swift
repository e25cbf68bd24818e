package import MirrorListImport
package import Mirrors

/// The mirrors of an earlier import brought up to date with a list.
package struct MirrorListUpdate: Sendable {
    package private(set) var list: MirrorList
    /// The ids of mirrors that no import brought before.
    package private(set) var added: [Mirror.ID] = []
    /// The ids of mirrors that the list does not have any more.
    package private(set) var gone: [Mirror.ID] = []
    /// Mirrors that are there as before, by other URLs.
    package private(set) var moved: [Move] = []
    /// Entries that were taken for a part of another mirror, and why.
    package private(set) var merged: [LeftOut] = []
    /// Hosts that several mirrors have: what is wrong with one is most likely wrong with all.
    package private(set) var sharedHosts: [SharedHost] = []
    /// What was left out of the list, and why.
    package private(set) var leftOut: [LeftOut] = []

    package struct LeftOut: Equatable, Sendable, CustomStringConvertible {
        /// The URL, or the name of the mirror.
        package let subject: String
        package let reason: String

        package var description: String { "\(subject): \(reason)" }
    }

    /// Brings `previous` up to date with `listed`.
    ///
    /// A mirror is known again by any of its URLs (of several with that URL, by name and country),
    /// or else by name and country alone, and keeps its id; an access point is known again by its
    /// URL. The order is that of `previous`, with new mirrors after it. A mirror that the list does
    /// not have any more is kept and marked; so its id, by which overrides and check states name
    /// it, is never given to another.
    package init(of previous: MirrorList, with listed: [ListedMirror]) {
        list = MirrorList()
        let candidates = merge(listed.compactMap { candidate($0) })
        let positions = Self.match(candidates, with: previous)
        var names = MirrorNames(previous)

        var updated = previous.mirrors.map { mirror in
            Mirror(
                id: mirror.id,
                name: mirror.name,
                country: mirror.country,
                region: mirror.region,
                isEnabled: false,
                isListed: false,
                accessPoints: mirror.accessPoints
            )
        }
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

    /// Makes one mirror of those that have a place in common, in one country.
    ///
    /// A list gets such a pair when somebody adds https to a mirror that is there with http. The
    /// same place in several countries is an anycast mirror, which has a site in each.
    private mutating func merge(_ candidates: [MirrorCandidate]) -> [MirrorCandidate] {
        var result: [MirrorCandidate] = []
        var positions: [String: Int] = [:]
        for candidate in candidates {
            let places = candidate.bases.map { "\(candidate.country) \($0.place)" }
            if let position = places.lazy.compactMap({ positions[$0] }).first {
                merged.append(
                    LeftOut(
                        subject: candidate.name,
                        reason: "it is where \(result[position].name) is"
                    )
                )
                result[position] = result[position].joined(with: candidate)
                for place in places where positions[place] == nil { positions[place] = position }
            } else {
                for place in places { positions[place] = result.count }
                result.append(candidate)
            }
        }
        return result
    }

    /// Applies what the operator says; only after an update, which undoes earlier overrides.
    package mutating func apply(_ overrides: MirrorOverrides) {
        list.mirrors = list.mirrors.map { mirror in
            guard let override = overrides.byMirror[mirror.id] else { return mirror }
            return Mirror(
                id: mirror.id,
                name: mirror.name,
                country: mirror.country,
                region: mirror.region,
                locations: override.locations.isEmpty ? mirror.locations : override.locations,
                hasListedLocations: override.locations.isEmpty && mirror.hasListedLocations,
                weight: override.weight ?? mirror.weight,
                rules: override.rules,
                checkBy: override.checkBy ?? mirror.checkBy,
                isEnabled: mirror.isListed && override.isEnabled ?? true,
                isListed: mirror.isListed,
                accessPoints: mirror.accessPoints
            )
        }
    }

    /// Notes of each access point of the list where its host stands.
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

    /// For each candidate, the position of the same mirror in `previous`, or nil.
    ///
    /// The best evidence first, over all candidates: in Gentoo's list the sites of an anycast
    /// mirror share their URLs, so that a URL alone says less than it seems.
    private static func match(
        _ candidates: [MirrorCandidate],
        with previous: MirrorList
    ) -> [Int?] {
        let urls = previous.mirrors.map { Set($0.accessPoints.map(\.baseURL)) }
        // Only mirrors with a URL or the name in common are compared: of thousands each with few.
        var byURL: [String: [Int]] = [:]
        var byName: [String: [Int]] = [:]
        for position in previous.mirrors.indices {
            for url in urls[position] { byURL[url, default: []].append(position) }
            let mirror = previous.mirrors[position]
            byName["\(mirror.country) \(mirror.name)", default: []].append(position)
        }
        var matches: [Int?] = candidates.map { _ in nil }
        var isTaken = previous.mirrors.map { _ in false }
        for evidence in Evidence.allCases {
            for (index, candidate) in candidates.enumerated() where matches[index] == nil {
                let name = "\(candidate.country) \(candidate.name)"
                if evidence == .nameAndCountry {
                    // The first that is free: what is taken never becomes free again.
                    byName[name]?.removeAll { isTaken[$0] }
                    matches[index] = byName[name]?.first
                } else {
                    matches[index] = candidate.bases.flatMap { byURL[$0.text] ?? [] }
                        .filter {
                            !isTaken[$0]
                                && evidence.holds(candidate, previous.mirrors[$0], urls[$0])
                        }
                        .min()
                }
                if let position = matches[index] { isTaken[position] = true }
            }
        }
        return matches
    }

    /// What shows that a mirror of the list is a known one, the best first.
    private enum Evidence: CaseIterable {
        case allURLsNameAndCountry
        case urlNameAndCountry
        case urlAndCountry
        case url
        case nameAndCountry

        func holds(_ candidate: MirrorCandidate, _ mirror: Mirror, _ urls: Set<String>) -> Bool {
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
