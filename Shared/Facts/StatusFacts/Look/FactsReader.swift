import Catalogs
import CheckStates
package import Events
import FunctionRuntime
import HealthFormat
import HealthStorage
import JSON
import MapHolds
import MirrorStorage
package import Mirrors
package import ObjectStorage
import RunRecords
package import Time

/// Reads the facts of a deployment from its storage; never writes.
package struct FactsReader {
    /// The mirrors whose files are examined.
    package enum Scope: Sendable {
        case none
        case some(Set<Mirror.ID>)
        case all
        /// All mirrors, but only as far as verdicts need: the files themselves need not be known.
        case verdicts

        /// Whether single files are needed.
        var wantsFiles: Bool {
            switch self {
            case .none, .verdicts: false
            case .some, .all: true
            }
        }

        var wantsAllFiles: Bool {
            if case .all = self { true } else { false }
        }

        func contains(_ id: Mirror.ID) -> Bool {
            switch self {
            case .none: false
            case .some(let ids): ids.contains(id)
            case .all, .verdicts: true
            }
        }
    }

    package let store: any BlobStore
    package let now: Timestamp
    /// How long a proof counts, in seconds, as in the builder.
    package let maximumAge: Int64

    package init(store: any BlobStore, now: Timestamp, maximumAge: Int64? = nil) {
        self.store = store
        self.now = now
        self.maximumAge = maximumAge ?? NumberSetting.maximumAge.standardSeconds
    }

    /// The facts, including the files of the mirrors in `scope`.
    ///
    /// Anything unchanged since the look in `history/facts` is not read again. A caller that needs
    /// the files of all mirrors states its `purpose`: only what was remembered for the same purpose
    /// is used, and without one everything is read. The events since `first` are included. Throws
    /// only if storage itself fails; unreadable blobs are noted and left out.
    package func facts(
        of scope: Scope = .all,
        for purpose: String? = nil,
        eventsSince first: Timestamp? = nil
    ) throws(StorageError) -> DeploymentFacts {
        var memory = RememberedFacts()
        if purpose != nil || !scope.wantsAllFiles { memory = try .read(store) }
        let blobs = try RememberedBlobs(store, copies: memory.copies)
        let reader = FactsReader(store: blobs, now: now, maximumAge: maximumAge)
        return try FactsGatherer(
            reader,
            blobs,
            remembering: memory,
            scope: scope,
            purpose: purpose ?? ""
        ).run(eventsSince: first)
    }

    /// The events since `first`, oldest first.
    package func events(since first: Timestamp) throws(StorageError) -> [Event] {
        try store.events(from: first, until: now.advanced(bySeconds: Timestamp.clockTolerance))
    }
}

// MARK: - One function a kind of blob

extension FactsReader {
    private func json(
        _ key: String,
        _ facts: inout DeploymentFacts
    ) throws(StorageError) -> JSONValue? {
        guard let blob = try store.get(BlobKey(key)) else { return nil }
        do {
            return try JSONValue(parsing: blob.bytes)
        } catch {
            facts.problems.append(.init(key: key, text: "\(error)"))
            return nil
        }
    }

    func mirrors(_ facts: inout DeploymentFacts) throws(StorageError) -> [Mirror] {
        guard let json = try json(BlobName.mirrors, &facts) else { return [] }
        let list: MirrorList
        do {
            list = try MirrorList(json: json)
        } catch {
            facts.problems.append(.init(key: BlobName.mirrors, text: "\(error)"))
            return []
        }
        if let json = try self.json(BlobName.overrides, &facts) {
            do {
                _ = try MirrorOverrides(json: json, for: list)
            } catch {
                facts.problems.append(.init(key: BlobName.overrides, text: "\(error)"))
            }
        }
        return list.mirrors
    }

    func health(_ facts: inout DeploymentFacts) throws(StorageError) -> Health {
        guard let blob = try store.get(BlobKey(Health.key)) else {
            return try HealthStore(store).read()
        }
        do {
            return try Health(decoding: blob.bytes)
        } catch {
            facts.problems.append(.init(key: Health.key, text: "\(error)"))
            return Health()
        }
    }

    func regions(_ facts: inout DeploymentFacts) throws(StorageError) -> [RegionFacts] {
        var known = Regions.continents
        if let json = try json(BlobName.regions, &facts) {
            do {
                known = try Regions(json: json)
            } catch {
                facts.problems.append(.init(key: BlobName.regions, text: "\(error)"))
            }
        }
        var refused: [Region.ID: String] = [:]
        for run in facts.runs where run.role == .builder {
            for (region, refusal) in run.refusals { refused[region] = refusal.reason }
        }
        let keys = Set(try store.list(prefix: BlobName.maps).map(\.text))
        let mapHolds = try mapHolds(&facts)
        var regions: [RegionFacts] = []
        for region in known.all {
            var found = RegionFacts(id: region.id, name: region.name)
            if keys.contains(BlobName.map(of: region.id)),
                keys.contains(BlobName.report(of: region.id)),
                let report = try json(BlobName.report(of: region.id), &facts)
            {
                found.note(report: report)
            }
            found.refused = refused[region.id]
            found.mapHold = mapHolds[region.id]
            regions.append(found)
        }
        return regions
    }

    /// For each region, the hold in force on its map, as the builder reads it.
    private func mapHolds(
        _ facts: inout DeploymentFacts
    ) throws(StorageError) -> [Region.ID: MapHold] {
        var mapHolds: [Region.ID: MapHold] = [:]
        for key in try store.list(prefix: MapHold.prefix) where key.text.hasSuffix(".json") {
            guard let json = try json(key.text, &facts) else { continue }
            do throws(JSONError) {
                let hold = try MapHold(json: json)
                let region = key.text.dropFirst(MapHold.prefix.count).dropLast(".json".count)
                if hold.isInForce(at: now) { mapHolds[String(region)] = hold }
            } catch {
                facts.problems.append(.init(key: key.text, text: "\(error)"))
            }
        }
        return mapHolds
    }

    /// The number of the newest generation; 0 if none is readable.
    func generation(_ facts: inout DeploymentFacts) throws(StorageError) -> UInt32 {
        do throws(CatalogError) {
            return try CatalogStore(store).current().generation
        } catch {
            if case .storage(let error) = error { throw error }
            facts.problems.append(.init(key: CatalogStore.pointer, text: "\(error)"))
            return 0
        }
    }

    /// The catalog of a generation; nil if it is unreadable.
    func catalog(
        _ generation: UInt32,
        _ facts: inout DeploymentFacts
    ) throws(StorageError) -> Catalog? {
        do throws(CatalogError) {
            return try CatalogStore(store).catalog(generation: generation)
        } catch {
            if case .storage(let error) = error { throw error }
            facts.problems.append(
                .init(key: CatalogStore.name(generation: generation), text: "\(error)")
            )
            return nil
        }
    }

    /// The classes of files; the defaults if they are unreadable.
    func fileClasses(_ facts: inout DeploymentFacts) -> FileClasses {
        do {
            return try store.fileClasses()
        } catch {
            facts.problems.append(.init(key: BlobName.classes, text: "\(error)"))
            return .standard
        }
    }

    /// The mutable files, one bit each.
    func mutableFiles(in tree: TreeFacts, by classes: FileClasses) -> [UInt64] {
        var files = FileBits(count: tree.catalog.count)
        let mutableFiles = classes.mutableFiles
        tree.live.forEach { number in
            let path = tree.catalog.pathBytes(of: FileID(UInt32(number)))
            if mutableFiles.matches(path) { files.insert(number) }
        }
        return files.words
    }
}
