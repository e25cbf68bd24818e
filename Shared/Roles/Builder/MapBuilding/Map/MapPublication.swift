import Catalogs
import CheckStates
import Events
import FunctionRuntime
import HealthStorage
package import Heartbeats
import JSON
import MapHolds
import MirrorStorage
package import Mirrors
package import ObjectStorage
import RegionMapFormat
import RunRecords
package import Time

/// Builds the maps of some regions from storage, and publishes those that changed.
///
/// Check states are read one by one: in memory are the catalog, one state and the holder table.
package struct MapPublication {
    /// The limits and rules of a run.
    package struct Settings: Sendable {
        /// The regions to build; nil for all.
        package var regions: [Region.ID]?
        /// How long a proof of presence counts, in seconds.
        package var maximumAge = NumberSetting.maximumAge.standardSeconds
        /// How long removed files are served from mirrors that still have them, in seconds.
        package var removedSeconds = NumberSetting.removedDays.standardSeconds
        /// What counts as an accident.
        package var rails = GuardRails()
        /// Publishes the names in each folder, for pages.
        package var showsFolders = false
        /// Publishes even if the guard rails refuse.
        package var allowsShrink = false
        /// Publishes nothing; the result says what would change.
        package var isDryRun = false

        package init() {}
    }

    package let store: any BlobStore
    package let settings: Settings
    package let now: Timestamp

    package init(store: any BlobStore, settings: Settings, now: Timestamp) {
        self.store = store
        self.settings = settings
        self.now = now
    }

    /// Runs everything and returns what became of each region's map.
    ///
    /// Throws a guard rail's refusal, or what kept a single region's map from being built or
    /// published, but only after all regions were tried.
    ///
    /// Changes and refusals are recorded in `notes`; refusals are logged as `notes` say.
    package func run(_ notes: RunNotes = RunNotes(author: "builder")) throws -> Outcome {
        let regions = try chosenRegions()
        let catalog = try store.catalog()
        let classes = try store.fileClasses()
        // Before the maps, so that the generation of any published map has its details; and before
        // the states are read, because both take memory.
        if !settings.isDryRun { try publishDetails(of: catalog, classes) }
        var input = try input(catalog, classes)
        if !settings.isDryRun { publishHolders(of: input) }
        let tally = HolderTally(of: input.holders, input.catalog)
        // Maps do not say why files are not held.
        input.holders.forgetShortfalls()
        let standings = try standings(from: input)
        var outcomes: [(Region.ID, RegionOutcome)] = []
        var refusal: MapBuildingError?
        var failure: (any Error)?
        for region in regions {
            do {
                let outcome =
                    try hold(of: region).map { .held($0) }
                    ?? publish(region, from: input, standings, notes)
                outcomes.append((region.id, outcome))
            } catch let error as MapBuildingError {
                refusal = error
                guard settings.isDryRun || notes.refuse(region.id, reason: "\(error)") else {
                    continue
                }
                Log.error("\(error)", ["region": region.id, "alarm": "guard rail"])
                notes.add(.mapRefused, region.id, region: region.id, text: "\(error)")
            } catch  where Self.concernsOneRegion(error) {
                failure = failure ?? error
                Log.error("map not published", ["region": region.id, "reason": "\(error)"])
            }
        }
        if let error = failure ?? refusal { throw error }
        return Outcome(
            generation: input.catalog.generation,
            tally: tally,
            regions: outcomes
        )
    }
}

extension MapPublication {
    /// The hold on a region's map; nil if it has none, and in a dry run.
    private func hold(of region: Region) throws -> MapHold? {
        guard !settings.isDryRun, let hold = try store.mapHold(of: region.id, at: now) else {
            return nil
        }
        Log.info("map held", ["region": region.id, "until": hold.until])
        return hold
    }

    /// Whether other regions may succeed after this error: a map that cannot be written, or that
    /// somebody else wrote at the same time.
    private static func concernsOneRegion(_ error: any Error) -> Bool {
        if error is RegionMapError { return true }
        if case .conditionFailed = error as? StorageError { return true }
        return false
    }

    /// What the maps of all regions are built from.
    private struct Input {
        let catalog: Catalog
        let mirrors: [Mirror]
        var holders: HolderTable
        /// Of the access points that have check states.
        let rows: [AccessPoint.ID: HolderTable.Row]
    }

    /// Reads the mirrors, and the check states one by one.
    private func input(_ catalog: Catalog, _ classes: FileClasses) throws -> Input {
        let mirrors = try store.mirrors()
        let states = CheckStateStore(store, groups: AccessPointGroups(mirrors))
        var holders = HolderTable(
            catalog,
            classes: classes,
            removedSeconds: settings.removedSeconds
        )
        if !settings.isDryRun { holders.keepShortfalls(now: now) }
        var rows: [AccessPoint.ID: HolderTable.Row] = [:]
        for mirror in mirrors where mirror.isEnabled {
            for accessPoint in mirror.accessPoints {
                let state = try states.load(accessPoint).state
                guard state.count > 0 else { continue }
                rows[accessPoint.id] = holders.add(
                    state,
                    rules: mirror.rules,
                    now: now,
                    maximumAge: settings.maximumAge
                )
            }
        }
        return Input(
            catalog: catalog,
            mirrors: mirrors,
            holders: holders,
            rows: rows
        )
    }

    /// Publishes what pages say about files and folders.
    private func publishDetails(of catalog: Catalog, _ classes: FileClasses) throws {
        let removals = Removals(
            of: catalog,
            within: settings.removedSeconds,
            classes: classes
        )
        _ = try DetailsPublication.publish(catalog, with: removals, to: store)
        if settings.showsFolders { try DetailsPublication.publishFolders(of: catalog, to: store) }
    }

    /// Publishes what pages say about holders.
    private func publishHolders(of input: Input) {
        HolderPublication.publish(
            input.holders,
            of: input.catalog,
            mirrors: input.mirrors,
            with: Set(input.rows.keys),
            to: store,
            now: now
        )
    }

    private func publish(
        _ region: Region,
        from input: Input,
        _ standings: [AccessPoint.ID: AccessPointStanding],
        _ notes: RunNotes
    ) throws -> RegionOutcome {
        let build = RegionMapBuild(
            region: region,
            mirrors: input.mirrors,
            rows: input.rows,
            measurements: try measurements(from: region, input.rows)
        )
        return try publish(build, of: input.catalog, holders: input.holders, notes) { map in
            MapReport(
                build,
                map: map,
                mirrors: input.mirrors,
                rows: input.rows,
                standings: standings
            )
        }
    }
}

extension MapPublication {
    /// The regions that the request names, or all.
    private func chosenRegions() throws -> [Region] {
        let all = try store.regions().all
        guard let wanted = settings.regions else { return all }
        var chosen: [Region] = []
        for id in wanted {
            guard let region = all.first(where: { $0.id == id }) else {
                throw MapBuildingError.unknownRegion(id, known: all.map(\.id))
            }
            chosen.append(region)
        }
        return chosen
    }

    /// Builds one region's map and publishes it, unless nothing changed or it lost too much.
    private func publish(
        _ build: RegionMapBuild,
        of catalog: Catalog,
        holders: HolderTable,
        _ notes: RunNotes,
        report: (PublishedMap) -> MapReport
    ) throws -> RegionOutcome {
        let key = try BlobKey(BlobName.map(of: build.region.id))
        let published = try store.get(key)
        let old = published.flatMap { readable($0.bytes, key, notes) }
        let bytes = try build.map(of: catalog, holders: holders, builtAt: now)
        let new = try PublishedMap(bytes)
        if settings.isDryRun { return try preview(of: new, instead: old, build, catalog) }
        if let old, !settings.allowsShrink {
            try settings.rails.check(build, from: old, to: new, catalog)
        }
        let isPublished = old.map { !$0.header.hasContent(of: new.header) } ?? true
        if isPublished {
            let report = try store.get(MapReport.key(of: build.region.id))
            try store.put(key, bytes, if: published.map { .unchanged($0.tag) } ?? .absent)
            // Only now: had another run published meanwhile, a rollback would need what is there.
            if let published, old != nil {
                try store.put(BlobKey(BlobName.previousMap(of: build.region.id)), published.bytes)
                if let report {
                    try store.put(MapReport.previousKey(of: build.region.id), report.bytes)
                }
            }
            try note(new, instead: old, of: build.region.id, catalog, in: notes)
        }
        try publish(report(isPublished ? new : old ?? new), for: build.region.id)
        return .built(MapFigures(of: new), isPublished: isPublished)
    }

    /// The map that is published; nil if it cannot be read, which the operator is told, because no
    /// guard rail then compares the new map with it.
    private func readable(_ bytes: [UInt8], _ key: BlobKey, _ notes: RunNotes) -> PublishedMap? {
        do {
            return try PublishedMap(bytes)
        } catch {
            notes.warn(
                "\(key) cannot be read, so the new map is compared with nothing: \(error); if this "
                    + "repeats, look for another writer, and run storage verify"
            )
            return nil
        }
    }

    /// What a dry run says: what would change, and whether a guard rail would refuse it.
    private func preview(
        of new: PublishedMap,
        instead old: PublishedMap?,
        _ build: RegionMapBuild,
        _ catalog: Catalog
    ) throws -> RegionOutcome {
        let difference = try MapDifference(from: old, to: new, catalog: catalog)
        var refusal: MapBuildingError?
        if let old, !settings.allowsShrink {
            do {
                try settings.rails.check(build, from: old, to: new, catalog)
            } catch {
                refusal = error
            }
        }
        return .previewed(MapFigures(of: new), difference, refusal: refusal)
    }

    /// Records the mirrors and access points that a map gained and lost, if any, and the share of
    /// redirects that go elsewhere.
    private func note(
        _ new: PublishedMap,
        instead old: PublishedMap?,
        of region: Region.ID,
        _ catalog: Catalog,
        in notes: RunNotes
    ) throws {
        let points = try MapDifference(from: old, to: new, catalog: nil).accessPoints
        guard !points.gained.isEmpty || !points.lost.isEmpty else { return }
        // Nothing moves with the first map.
        let difference = try MapDifference(from: old, to: new, catalog: old.map { _ in catalog })
        let mirrors = difference.mirrors
        func words(_ change: MapDifference.Change, _ one: String, _ many: String) -> [String] {
            [(change.gained, "+"), (change.lost, "-")].compactMap { names, sign in
                guard !names.isEmpty else { return nil }
                let shown = names.prefix(3).joined(separator: ", ")
                let more = names.count > 3 ? " and \(names.count - 3) more" : ""
                return "\(sign)\(names.count) \(names.count == 1 ? one : many) (\(shown)\(more))"
            }
        }
        let text =
            words(mirrors, "mirror", "mirrors")
            + words(points, "access point", "access points")
            + (difference.paths.map { ["\($0.movedPercent) % of redirects moved"] } ?? [])
        notes.add(
            .map,
            "\(new.header.catalogGeneration)",
            region: region,
            text: text.joined(separator: "; ")
        )
    }

    /// Writes the report beside the map, unless its content is unchanged.
    private func publish(_ report: MapReport, for region: Region.ID) throws {
        let key = try MapReport.key(of: region)
        let bytes = report.json.serialized()
        guard try store.get(key)?.bytes != bytes else { return }
        try store.put(key, bytes)
    }

    /// The state of each access point as a whole, from stored probes and checks.
    private func standings(
        from input: Input
    ) throws(StorageError) -> [AccessPoint.ID: AccessPointStanding] {
        let health = try HealthStore(store).read()
        let checks = CheckLines(try store.checkRecords())
        let groups = AccessPointGroups(input.mirrors)
        var publications = PublicationOrder(input.catalog, input.holders.sets)
        var standings: [AccessPoint.ID: AccessPointStanding] = [:]
        for mirror in input.mirrors where mirror.isEnabled {
            for point in mirror.accessPoints {
                var standing = AccessPointStanding()
                let row = input.rows[point.id]
                if row?.heldCount ?? 0 == 0 {
                    standing.problem = AccessPointStanding.problem(
                        point.id,
                        row: row,
                        check: checks[groups.canonical(of: point.id)],
                        health: health
                    )
                } else if let row, !point.isPartial {
                    standing.completeUntil = publications.completeUntil(row, in: input.holders)
                }
                if standing != AccessPointStanding() { standings[point.id] = standing }
            }
        }
        return standings
    }

    /// The measurements by the checker of `region`, and how fresh the check states show mirrors to
    /// be.
    private func measurements(
        from region: Region,
        _ rows: [AccessPoint.ID: HolderTable.Row]
    ) throws -> [AccessPoint.ID: Measurements] {
        var measurements: [AccessPoint.ID: Measurements] = [:]
        for (id, samples) in try store.probeSamples(of: region.id).accessPoints {
            measurements[id] = Measurements(
                latencyMilliseconds: samples.settledMilliseconds,
                errorsPerMille: samples.errorsPerMille,
                kibibytesPerSecond: samples.throughput.settled(now: now.secondsSinceEpoch)
            )
        }
        for (id, row) in rows {
            guard let freshness = row.freshness else { continue }
            measurements[id, default: Measurements()].lagMinutes = freshness.lagMinutes
        }
        return measurements
    }
}
