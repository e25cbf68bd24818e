import JSON
package import MirrorListImport
import MirrorStorage
package import Mirrors
package import ObjectStorage

/// The mirrors that operators add themselves: the blob `own-mirrors.json`.
///
///     {"mirrors": [{"name": "Example", "country": "DE",
///                   "urls": ["https://mirror.example.org/gentoo/"]}]}
///
/// It has the form of any mirror list (`MirrorListFormat`). Every import joins it with the list in
/// `MIRRORS`, so that an operator's additions survive all imports; `mirrors.json` has the result.
/// If there is no other list, set `MIRRORS=storage:own-mirrors.json`.
package struct OwnMirrors {
    private let store: any BlobStore

    package init(in store: any BlobStore) {
        self.store = store
    }

    /// The outcome of a change or a dry run.
    package struct Change: Equatable, Sendable {
        /// The ids of the added mirrors.
        package var added: [Mirror.ID] = []
        /// The ids of the removed mirrors.
        package var removed: [Mirror.ID] = []
        /// What was rejected, and why.
        package var leftOut: [MirrorListUpdate.LeftOut] = []
        /// What is already listed.
        package var known: [MirrorListUpdate.LeftOut] = []
        /// False if there was nothing to change, or it was a dry run.
        package var isWritten = false
        /// The changes to `mirrors.json`.
        package var changes = MirrorListChanges(from: MirrorList(), to: MirrorList())
    }

    /// The mirrors in the blob; none if there is no blob.
    package func listed() throws(PublishingError) -> [ListedMirror] {
        try stored().elements.compactMap(\.mirror)
    }

    /// Adds mirrors to the list and to `mirrors.json`, as the next import would.
    ///
    /// What an import would leave out, and what is already listed, is not added; if the change
    /// `isStrict`, either of these cancels all of it. Throws, with storage unchanged, if a blob
    /// cannot be read or somebody else wrote in between.
    package func add(
        _ mirrors: [ListedMirror],
        isStrict: Bool,
        isDryRun: Bool
    ) throws(PublishingError) -> Change {
        let stored = try stored()
        let list = try mirrorList()
        var change = Change()
        var urls = Self.urls(of: list.mirrors.filter(\.isListed))
        for mirror in stored.elements.compactMap(\.mirror) {
            for url in Self.urls(of: mirror) where urls[url] == nil { urls[url] = mirror.name }
        }
        var taken: [ListedMirror] = []
        for mirror in mirrors {
            let judged = MirrorListUpdate(of: MirrorList(), with: [mirror])
            change.leftOut += judged.leftOut
            guard !judged.list.mirrors.isEmpty else { continue }
            let own = Self.urls(of: mirror)
            if let url = own.first(where: { urls[$0] != nil }), let holder = urls[url] {
                change.known.append(.init(subject: mirror.name, reason: "\(holder) has \(url)"))
                continue
            }
            for url in own { urls[url] = mirror.name }
            taken.append(mirror)
        }
        let isRefused = isStrict && !(change.leftOut.isEmpty && change.known.isEmpty)
        guard !isRefused, !taken.isEmpty else { return change }
        let listed = list.listed + taken
        change.added = MirrorListUpdate(of: list, with: listed).added
        guard !isDryRun else { return change }
        try write(stored.elements.map(\.json) + taken.map(\.json), over: stored.blob)
        change.changes = try publish { $0.listed + taken }
        change.isWritten = true
        return change
    }

    /// Removes a mirror from the list.
    ///
    /// `mirrors.json` keeps its id and marks it as not listed.
    ///
    /// Throws ``PublishingError/notOwn(_:)`` if another list has it, and
    /// ``PublishingError/noMirrors(leftOutCount:reasons:)`` if none would be left.
    package func remove(_ id: Mirror.ID, isDryRun: Bool) throws(PublishingError) -> Change {
        let stored = try stored()
        let list = try mirrorList()
        guard let mirror = list.mirrors.first(where: { $0.id == id }) else { throw .notOwn(id) }
        let places = Set(mirror.accessPoints.map(\.baseURL))
        let kept = stored.elements.filter { element in
            guard let listed = element.mirror,
                CountryCode(listed.country) == mirror.country
            else { return true }
            return places.isDisjoint(with: Self.urls(of: listed))
        }
        guard kept.count < stored.elements.count else { throw .notOwn(id) }
        guard list.mirrors.contains(where: { $0.isListed && $0.id != id }) else {
            throw .noMirrors(leftOutCount: 0, reasons: [])
        }
        var change = Change(removed: [id])
        guard !isDryRun else { return change }
        try write(kept.map(\.json), over: stored.blob)
        change.changes = try publish { list in
            MirrorList(mirrors: list.mirrors.filter { $0.id != id }).listed
        }
        change.isWritten = true
        return change
    }
}

extension OwnMirrors {
    /// An entry of the list as written, with its mirror.
    private struct Element {
        let json: JSONValue
        /// Nil if an import would skip the entry.
        let mirror: ListedMirror?
    }

    /// Reads the whole blob before changing it, so that fields it does not understand survive.
    private func stored() throws(PublishingError) -> (elements: [Element], blob: Blob?) {
        let blob: Blob?
        do {
            blob = try store.get(BlobKey(BlobName.ownMirrors))
        } catch {
            throw .storage(error)
        }
        guard let blob else { return ([], nil) }
        do {
            _ = try MirrorListFormat.mirrors(in: blob.bytes)
            var members: [JSONValue] = []
            switch try JSONValue(parsing: blob.bytes) {
            case .array(let array): members = array
            case .object(let object):
                if case .array(let array)? = object["mirrors"] { members = array }
            default: break
            }
            let elements = try members.map { member in
                Element(
                    json: member,
                    mirror: try MirrorListFormat.mirrors(in: [member] as JSONValue).first
                )
            }
            return (elements, blob)
        } catch {
            throw .badOwnMirrors("\(error)")
        }
    }

    private func mirrorList() throws(PublishingError) -> MirrorList {
        do {
            return try store.mirrorList()?.list ?? MirrorList()
        } catch {
            throw .state(error)
        }
    }

    private func write(_ members: [JSONValue], over blob: Blob?) throws(PublishingError) {
        let json: JSONValue = ["mirrors": .array(members)]
        do {
            try store.put(
                BlobKey(BlobName.ownMirrors),
                json.prettySerialized(),
                if: blob.map { .unchanged($0.tag) } ?? .absent
            )
        } catch {
            throw .storage(error)
        }
    }

    /// Does now what the next import would do.
    ///
    /// If another import intervenes, it reads that one's result and tries again.
    private func publish(
        _ listed: (MirrorList) -> [ListedMirror]
    ) throws(PublishingError) -> MirrorListChanges {
        var attempt = 1
        while true {
            do throws(PublishingError) {
                return try MirrorPublication(
                    of: listed(mirrorList()),
                    in: store,
                    allowingShrink: true
                ).changes
            } catch {
                guard case .storage(.conditionFailed) = error, attempt < Self.attemptLimit else {
                    throw error
                }
                attempt += 1
            }
        }
    }

    private static let attemptLimit = 5

    /// The normalised URLs of a mirror.
    private static func urls(of mirror: ListedMirror) -> [String] {
        mirror.locations.compactMap { try? BaseURL($0.url).text }
    }

    /// For each URL, the id of the mirror that has it.
    private static func urls(of mirrors: [Mirror]) -> [String: String] {
        var urls: [String: String] = [:]
        for mirror in mirrors {
            for point in mirror.accessPoints where urls[point.baseURL] == nil {
                urls[point.baseURL] = mirror.id
            }
        }
        return urls
    }
}

extension MirrorList {
    /// The list that an import would need to leave this one unchanged.
    fileprivate var listed: [ListedMirror] {
        mirrors.filter(\.isListed).map { mirror in
            ListedMirror(
                name: mirror.name,
                country: mirror.country.letters,
                region: mirror.region,
                locations: mirror.accessPoints.map { point in
                    .init(
                        url: point.baseURL,
                        hasIPv4: point.hasIPv4,
                        hasIPv6: point.hasIPv6,
                        isPartial: point.isPartial
                    )
                },
                places: mirror.hasListedLocations ? mirror.locations : []
            )
        }
    }
}

extension ListedMirror {
    /// As a member of a list in the simple form.
    fileprivate var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "country": .string(country)]
        if !region.isEmpty { object["region"] = .string(region) }
        object["location"] = places.json
        object["urls"] = .array(locations.map(\.json))
        return .object(object)
    }
}

extension ListedMirror.Location {
    fileprivate var json: JSONValue {
        guard self != ListedMirror.Location(url: url) else { return .string(url) }
        return [
            "url": .string(url), "ipv4": .bool(hasIPv4), "ipv6": .bool(hasIPv6),
            "partial": .bool(isPartial),
        ]
    }
}
