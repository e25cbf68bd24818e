import Catalogs
import CheckStates
package import Events
import HealthFormat
import HealthStorage
import JSON
import MirrorStorage
package import Mirrors
package import ObjectStorage
import RunRecords
package import Time

/// Reads the facts of a deployment out of its storage; never writes.
package struct FactsReader {
    /// Of which mirrors the files are looked at.
    package enum Scope: Sendable {
        case none
        case some(Set<Mirror.ID>)
        case all

        var looksAtFiles: Bool {
            if case .none = self { false } else { true }
        }

        func contains(_ id: Mirror.ID) -> Bool {
            switch self {
            case .none: false
            case .some(let ids): ids.contains(id)
            case .all: true
            }
        }
    }

    package let store: any BlobStore
    package let now: Timestamp
    /// How long a proof counts, in seconds; as the builder's.
    package let maximumAge: Int64

    package init(store: any BlobStore, now: Timestamp, maximumAge: Int64 = 14 * 86_400) {
        self.store = store
        self.now = now
        self.maximumAge = maximumAge
    }

    /// What is known, with the files of the mirrors in `scope`.
    ///
    /// Throws only where storage itself fails; what cannot be read is noted and left out.
    package func facts(of scope: Scope = .all) throws(StorageError) -> DeploymentFacts {
        var facts = DeploymentFacts(now: now)
        let mirrors = try self.mirrors(&facts)
        let groups = AccessPointGroups(mirrors)
        let health = try self.health(&facts)
        facts.probedAt = health.probedAt
        facts.runs = try store.runRecords()
        let lines = CheckLines(try store.checkRecords())
        facts.regions = try regions(&facts)
        try readCatalog(&facts, withFiles: scope.looksAtFiles)
        let classes = facts.tree == nil ? nil : mutableFiles(in: facts.tree, &facts)
        let states = CheckStateStore(store, groups: groups)
        let stored = facts.tree == nil ? [] : Set(try store.list(prefix: "checks/").map(\.text))
        for mirror in mirrors {
            let points = mirror.accessPoints.map { point in
                let id = groups.canonical(of: point.id)
                var facts = AccessPointFacts(point)
                facts.status = health.statuses[id]
                facts.doubt = health.doubts[id]
                facts.closure = health.closures[point.id] ?? health.closures[id]
                facts.line = lines[id] ?? lines[point.id]
                return facts
            }
            var found = MirrorFacts(mirror, points: points)
            found.places = facts.regions.compactMap { $0.place(of: mirror) }
            if let tree = facts.tree, let classes, scope.contains(mirror.id) {
                facts.files[mirror.id] = try files(
                    of: &found,
                    states,
                    stored,
                    groups,
                    tree,
                    classes
                )
            }
            found.verdict = found.judged(now: now)
            facts.checkedAt = [facts.checkedAt, found.points.compactMap(\.askedAt).max()]
                .compactMap { $0 }.max()
            facts.mirrors.append(found)
        }
        Coverage.note(&facts)
        return facts
    }

    /// The events since `first`, the oldest first.
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

    private func mirrors(_ facts: inout DeploymentFacts) throws(StorageError) -> [Mirror] {
        guard let json = try json("mirrors.json", &facts) else { return [] }
        let list: MirrorList
        do {
            list = try MirrorList(json: json)
        } catch {
            facts.problems.append(.init(key: "mirrors.json", text: "\(error)"))
            return []
        }
        if let json = try self.json("overrides.json", &facts) {
            do {
                _ = try MirrorOverrides(json: json, for: list)
            } catch {
                facts.problems.append(.init(key: "overrides.json", text: "\(error)"))
            }
        }
        return list.mirrors
    }

    private func health(_ facts: inout DeploymentFacts) throws(StorageError) -> Health {
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

    private func regions(_ facts: inout DeploymentFacts) throws(StorageError) -> [RegionFacts] {
        var known = Regions.continents
        if let json = try json("regions.json", &facts) {
            do {
                known = try Regions(json: json)
            } catch {
                facts.problems.append(.init(key: "regions.json", text: "\(error)"))
            }
        }
        var refused: [Region.ID: String] = [:]
        for run in facts.runs where run.role == .builder {
            for (region, refusal) in run.refusals { refused[region] = refusal.reason }
        }
        let keys = Set(try store.list(prefix: "maps/").map(\.text))
        let holds = try self.holds(&facts)
        var regions: [RegionFacts] = []
        for region in known.all {
            var found = RegionFacts(id: region.id, name: region.name)
            if keys.contains("maps/\(region.id).map"),
                keys.contains("maps/\(region.id).report.json"),
                let report = try json("maps/\(region.id).report.json", &facts)
            {
                found.note(report: report)
            }
            found.refused = refused[region.id]
            found.hold = holds[region.id]
            regions.append(found)
        }
        return regions
    }

    /// By region the hold that keeps its map, where it is in force.
    private func holds(
        _ facts: inout DeploymentFacts
    ) throws(StorageError) -> [Region.ID: RegionFacts.Hold] {
        var holds: [Region.ID: RegionFacts.Hold] = [:]
        for key in try store.list(prefix: "holds/") where key.text.hasSuffix(".json") {
            guard case .object(let object)? = try json(key.text, &facts) else { continue }
            let until = Timestamp(json: object["until"])
            if let until, until <= now { continue }
            var reason = ""
            if case .string(let text)? = object["reason"] { reason = text }
            let region = String(key.text.dropFirst("holds/".count).dropLast(5))
            holds[region] = .init(until: until, reason: reason)
        }
        return holds
    }

    private func readCatalog(
        _ facts: inout DeploymentFacts,
        withFiles: Bool
    ) throws(StorageError) {
        do throws(CatalogError) {
            let catalog = try CatalogStore(store).newest()
            guard catalog.generation > 0 else { return }
            facts.generation = catalog.generation
            facts.publishedAt = catalog.publishedAt
            if withFiles { facts.tree = TreeFacts(catalog) }
        } catch {
            if case .storage(let error) = error { throw error }
            facts.problems.append(.init(key: "catalog/current", text: "\(error)"))
        }
    }

    /// The files that may change under their names, a bit each.
    private func mutableFiles(
        in tree: TreeFacts?,
        _ facts: inout DeploymentFacts
    ) -> [UInt64]? {
        guard let tree else { return nil }
        var classes = FileClasses.standard
        do {
            classes = try store.fileClasses()
        } catch {
            facts.problems.append(.init(key: "classes.json", text: "\(error)"))
        }
        var files = FileBits(count: tree.catalog.count)
        tree.live.forEach { number in
            let path = tree.catalog.pathBytes(of: FileID(UInt32(number)))
            if classes.isMutable(path) { files.insert(number) }
        }
        return files.words
    }

    private func files(
        of mirror: inout MirrorFacts,
        _ states: CheckStateStore,
        _ stored: Set<String>,
        _ groups: AccessPointGroups,
        _ tree: TreeFacts,
        _ classes: [UInt64]
    ) throws(StorageError) -> MirrorFiles {
        let promised = tree.promised(by: mirror.mirror.rules)
        var files: [(point: AccessPoint, files: AccessPointFiles)] = []
        for index in mirror.points.indices {
            let point = mirror.points[index].accessPoint
            let canonical = groups.canonical(of: point.id)
            let ids = [canonical] + groups.aliases(of: canonical)
            let keys = ids.flatMap { [CheckState.key(of: $0), CheckState.formerKey(of: $0)] }
            guard keys.contains(where: stored.contains) else {
                mirror.points[index].tally.unknown = promised.count
                continue
            }
            let state = try states.load(point).state
            files.append(
                (
                    point,
                    mirror.points[index].note(
                        state,
                        promised: promised,
                        in: tree,
                        classes: classes,
                        now: now,
                        maximumAge: maximumAge
                    )
                )
            )
        }
        return mirror.note(files, promised: promised, in: tree)
    }
}
