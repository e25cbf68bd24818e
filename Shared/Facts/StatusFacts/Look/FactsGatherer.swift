import BlobFormat
import Catalogs
import FunctionRuntime
import Hashing
import HealthFormat
import Mirrors
import ObjectStorage
import RunRecords
import Time

/// One look at a deployment: gathers the facts, using those about files from an earlier look where
/// possible.
struct FactsGatherer {
    private let reader: FactsReader
    private let blobs: RememberedBlobs
    private let memory: RememberedFacts
    private let scope: FactsReader.Scope
    private let purpose: String
    private var facts: DeploymentFacts
    private var groups = AccessPointGroups([])
    /// The inputs of all facts about files except check states, as text.
    private var sharedInputs = ""
    private var classes: [UInt64] = []
    private var entries: [Mirror.ID: RememberedFacts.Entry] = [:]

    init(
        _ reader: FactsReader,
        _ blobs: RememberedBlobs,
        remembering memory: RememberedFacts,
        scope: FactsReader.Scope,
        purpose: String
    ) {
        self.reader = reader
        self.blobs = blobs
        self.scope = scope
        self.purpose = purpose
        facts = DeploymentFacts(now: reader.now)
        // Pages made with other settings must be made again.
        self.memory =
            scope.wantsAllFiles && memory.purpose != purpose
            ? RememberedFacts(purpose: purpose) : memory
    }

    consuming func run(eventsSince first: Timestamp?) throws(StorageError) -> DeploymentFacts {
        let mirrors = try reader.mirrors(&facts)
        groups = AccessPointGroups(mirrors)
        let health = try reader.health(&facts)
        facts.probedAt = health.probedAt
        facts.runs = try blobs.runRecords()
        let lines = CheckLines(try blobs.checkRecords())
        facts.regions = try reader.regions(&facts)
        if let first { facts.events = try reader.events(since: first) }
        facts.mirrors = mirrors.map { mirror in
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
            found.ranks = facts.regions.compactMap { $0.rank(of: mirror) }
            return found
        }
        try lookAtFiles()
        for index in facts.mirrors.indices {
            facts.mirrors[index].verdict = facts.mirrors[index].judged(now: facts.now)
        }
        facts.checkedAt = facts.mirrors.flatMap { $0.points.compactMap(\.askedAt) }.max()
        return facts
    }

    // MARK: - Files

    private mutating func lookAtFiles() throws(StorageError) {
        let generation = try reader.generation(&facts)
        guard generation > 0 else { return }
        facts.generation = generation
        let catalogKey = try CatalogStore.key(generation: generation).text
        sharedInputs = "\(generation) \(reader.maximumAge)"
        for key in [BlobName.classes, catalogKey] {
            sharedInputs += " \(blobs.version(of: key) ?? "-")"
        }
        let inputs = facts.mirrors.map { scope.contains($0.id) ? self.inputs(of: $0) : nil }
        recall(inputs)
        let coverage = scope.wantsAllFiles ? coverageInputs(inputs) : nil
        let isWhole = facts.mirrors.allSatisfy { mirror in
            !scope.contains(mirror.id) || facts.remembered.contains(mirror.id)
        }
        // A missing catalog must be noticed.
        if isWhole, blobs.contains(catalogKey), let tree = memory.tree,
            tree.generation == generation,
            scope.isServedWithoutTree
                || coverage != nil && coverage == memory.coverage?.inputs
        {
            takeRemembered(tree)
            return
        }
        guard let catalog = try reader.catalog(generation, &facts) else { return }
        facts.publishedAt = catalog.publishedAt
        if case .none = scope { return }
        let known = reader.fileClasses(&facts)
        let tree = TreeFacts(catalog, sets: known.sets)
        facts.tree = tree
        facts.pathCount = tree.liveCount
        classes = reader.mutableFiles(in: tree, by: known)
        try read(tree, inputs)
        guard scope.wantsAllFiles else { return }
        Coverage.note(&facts)
        remember(tree, coverage)
    }

    /// Takes over all remembered facts about files, because no input changed.
    private mutating func takeRemembered(_ tree: RememberedFacts.Tree) {
        facts.publishedAt = tree.publishedAt
        if case .none = scope { return }
        facts.pathCount = tree.pathCount
        guard scope.wantsAllFiles, let coverage = memory.coverage else { return }
        facts.isCoverageRemembered = true
        for index in facts.regions.indices {
            let counts = coverage.pathsByHolders[facts.regions[index].id]
            facts.regions[index].pathsByHolders = counts ?? [0, 0, 0, 0]
        }
        remember(nil, coverage.inputs)
    }

    /// Takes over the remembered facts of unchanged mirrors.
    private mutating func recall(_ inputs: [[UInt8]?]) {
        if case .some = scope { return }
        for (index, inputs) in inputs.enumerated() {
            let id = facts.mirrors[index].id
            guard let inputs, let entry = memory.entries[id], entry.inputs == inputs,
                facts.now.secondsSinceEpoch <= entry.validUntil
            else { continue }
            var found = facts.mirrors[index]
            do {
                try found.take(fileFacts: entry.facts)
            } catch {
                Log.warning("status memory of a mirror ignored", ["mirror": id, "reason": error])
                continue
            }
            facts.mirrors[index] = found
            facts.remembered.insert(id)
            entries[id] = entry
        }
    }

    /// Reads the check states of the other mirrors.
    private mutating func read(
        _ tree: TreeFacts,
        _ inputs: [[UInt8]?]
    ) throws(StorageError) {
        var unknown: [Int] = []
        for index in facts.mirrors.indices where scope.contains(facts.mirrors[index].id) {
            let id = facts.mirrors[index].id
            if let entry = entries[id] {
                guard scope.wantsAllFiles else { continue }
                if let held = try? HeldFilesCoding.held(entry.held, among: tree.live) {
                    facts.held[id] = held
                    continue
                }
                facts.remembered.remove(id)
                entries[id] = nil
            }
            unknown.append(index)
        }
        let look = CheckStateGatherer(
            blobs: blobs,
            groups: groups,
            tree: tree,
            classes: classes,
            now: reader.now,
            maximumAge: reader.maximumAge
        )
        let keepsFiles = scope.wantsFiles
        let found = try look.files(of: unknown.map { facts.mirrors[$0] }, keepsFiles: keepsFiles)
        for (index, found) in zip(unknown, found) {
            let mirror = found.mirror
            facts.mirrors[index] = mirror
            guard let files = found.files else { continue }
            facts.files[mirror.id] = files
            guard scope.wantsAllFiles else { continue }
            let used = files.used
            facts.held[mirror.id] = used
            guard let inputs = inputs[index] else { continue }
            entries[mirror.id] = RememberedFacts.Entry(
                inputs: inputs,
                validUntil: mirror.validUntil(maximumAge: reader.maximumAge),
                facts: mirror.fileFacts,
                held: HeldFilesCoding.bytes(of: used, among: tree.live)
            )
        }
    }

    // MARK: - What facts are made of

    /// A digest of all inputs of the facts about a mirror's files; nil if storage gives no versions
    /// for its blobs.
    private func inputs(of mirror: MirrorFacts) -> [UInt8]? {
        var text = "\(sharedInputs)\n\(mirror.mirror.rules.json)"
        for point in mirror.points.map(\.accessPoint) {
            text += "\n\(point.id) \(point.baseURL) \(point.isPartial)"
            for key in groups.stateKeys(of: point) where blobs.contains(key) {
                guard let version = blobs.version(of: key) else { return nil }
                text += " \(key) \(version)"
            }
        }
        return Self.digest(text)
    }

    /// A digest of which mirrors hold which files and are in which maps.
    private func coverageInputs(_ inputs: [[UInt8]?]) -> [UInt8]? {
        var text: [UInt8] = []
        for (mirror, inputs) in zip(facts.mirrors, inputs) {
            // Its age is that of its oldest part.
            guard let inputs else { return nil }
            text += inputs
            for entry in mirror.ranks where entry.rank != nil { text += "\(entry.region) ".utf8 }
            text.append(0x0A)
        }
        for region in facts.regions { text += "\(region.id) ".utf8 }
        return BLAKE2b.digest(of: text, byteCount: 16)
    }

    private static func digest(_ text: String) -> [UInt8] {
        BLAKE2b.digest(of: Array(text.utf8), byteCount: 16)
    }

    /// Keeps the results for the next look; does nothing if they are unchanged.
    private mutating func remember(_ tree: TreeFacts?, _ coverage: [UInt8]?) {
        var found = RememberedFacts(purpose: purpose)
        found.tree =
            tree.map { tree in
                .init(
                    generation: facts.generation,
                    publishedAt: tree.catalog.publishedAt,
                    pathCount: tree.liveCount
                )
            } ?? memory.tree
        found.entries = entries
        found.coverage = coverage.map { inputs in
            var counts: [Region.ID: [Int]] = [:]
            for region in facts.regions { counts[region.id] = region.pathsByHolders }
            return .init(inputs: inputs, pathsByHolders: counts)
        }
        found.copies = blobs.copies
        if found != memory { facts.memory = found }
    }
}

extension FactsReader.Scope {
    /// Whether the remembered facts of the mirrors suffice.
    fileprivate var isServedWithoutTree: Bool {
        switch self {
        case .none, .verdicts: true
        case .some, .all: false
        }
    }
}
