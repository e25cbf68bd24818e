import Catalogs
import CheckStates
import Events
import JSON
import MapHolds
import Mirrors
package import ObjectStorage
import RegionMapFormat
import RunRecords
import Time

/// Removes what is no longer needed.
package struct Cleaning: Sendable {
    private let store: any BlobStore
    private let retention: CatalogRetention
    private let now: Int64

    /// The age without changes at which a temporary file counts as an orphan.
    package static let orphanSeconds: Int64 = 3600

    /// How long a lease must be unused before it is removed: by then no holder can believe that it
    /// still has it, so its fencing number may restart.
    package static let leaseSeconds = 7 * Lease.longest

    /// How long the record of a function's latest run is kept; after that, nothing runs the
    /// function any more.
    package static let recordSeconds: Int64 = 30 * 86_400

    /// How long ago a hold must have ended: a clock that is ahead must not take one from the
    /// operator.
    package static let holdSeconds: Int64 = 7 * 86_400

    package init(_ store: any BlobStore, retention: CatalogRetention, now: Int64 = Lease.now()) {
        self.store = store
        self.retention = retention
        self.now = now
    }

    /// What was removed, or with `isDryRun` what would have been.
    package struct Outcome: Equatable, Sendable {
        package var catalogs: [BlobKey] = []
        package var details: [BlobKey] = []
        package var checkStates: [BlobKey] = []
        package var leases: [BlobKey] = []
        package var events: [BlobKey] = []
        package var records: [BlobKey] = []
        package var mapHolds: [BlobKey] = []
        package var temporaryFiles: [String] = []
    }

    /// Removes expired catalogs and their details, check states of access points that are gone,
    /// unused leases, old days of events, records of functions that no longer run, holds that are
    /// over, and temporary files of writers that were killed.
    ///
    /// Throws ``CleaningError`` before removing anything if a map or the pointer to the newest
    /// catalog is unreadable, because then the references are unknown.
    package func run(isDryRun: Bool = false) throws -> Outcome {
        let named = try namedGenerations()
        var outcome = Outcome()
        outcome.catalogs = try expired(below: "catalog/", suffix: ".catalog", named: named)
        outcome.details =
            try expired(below: "details/", suffix: ".details", named: named)
            + expired(below: "details/", suffix: ".folders", named: named)
        outcome.checkStates = try unusedCheckStates()
        outcome.leases = try unusedLeases()
        outcome.events = try oldEvents()
        outcome.records = try store.entries(prefix: RunRecord.prefix)
            .filter { $0.modifiedAt <= now - Self.recordSeconds }.map(\.key)
        outcome.mapHolds = try store.list(prefix: MapHold.prefix).filter(isLongOver)
        guard !isDryRun else { return outcome }
        // First, and read again: a new hold of the region has the same key, and is written without
        // a condition.
        outcome.mapHolds = try outcome.mapHolds.filter { key in
            guard try isLongOver(key) else { return false }
            try store.delete(key)
            return true
        }
        let blobs = [
            outcome.catalogs, outcome.details, outcome.checkStates, outcome.leases, outcome.events,
            outcome.records,
        ]
        for key in blobs.joined() { try store.delete(key) }
        if let folder = store as? FileStore {
            outcome.temporaryFiles = try folder.removeTemporaryFiles(
                olderThan: Self.orphanSeconds,
                now: now
            )
        }
        return outcome
    }

    private func expired(
        below prefix: String,
        suffix: String,
        named: Set<UInt32>
    ) throws -> [BlobKey] {
        let generations = try store.entries(prefix: prefix)
            .filter { $0.key.text.hasSuffix(suffix) }.compactMap(StoredGeneration.init)
        return retention.expired(generations, named: named, now: now).map(\.entry.key)
    }

    private func namedGenerations() throws -> Set<UInt32> {
        var named: Set<UInt32> = []
        let current = try CatalogStore(store).current().generation
        if current > 0 { named.insert(current) }
        for key in try store.list(prefix: BlobName.maps) where key.text.hasSuffix(".map") {
            guard let blob = try store.get(key) else { continue }
            do {
                named.insert(try unsafe RegionMap(blob.bytes.span.bytes).header.catalogGeneration)
            } catch {
                throw CleaningError.unreadableMap(key: key.text, reason: "\(error)")
            }
        }
        return named
    }

    /// The check states of access points not in `mirrors.json`, and those of version 1 with a
    /// version 2, if they are old enough not to be needed for a downgrade; none without a mirror
    /// list.
    private func unusedCheckStates() throws -> [BlobKey] {
        guard let blob = try store.get(BlobKey(BlobName.mirrors)) else { return [] }
        let list: MirrorList
        do {
            list = try MirrorList(json: JSONValue(parsing: blob.bytes))
        } catch {
            throw CleaningError.unreadableMirrors(reason: "\(error)")
        }
        let entries = try store.entries(prefix: "checks/")
        let keys = Set(entries.map(\.key.text))
        var used: Set<String> = []
        for id in list.mirrors.flatMap(\.accessPoints).map(\.id) {
            used.formUnion([CheckState.key(of: id), Agenda.key(of: id)])
            // Version 1 is needed until version 2 exists.
            if !keys.contains(CheckState.key(of: id)) { used.insert(CheckState.formerKey(of: id)) }
        }
        return entries.filter { entry in
            !used.contains(entry.key.text) && entry.modifiedAt <= now - retention.seconds
        }.map(\.key)
    }

    private func oldEvents() throws -> [BlobKey] {
        let today = EventDay(of: Timestamp(secondsSinceEpoch: now))
        let first = today.advanced(byDays: -EventDay.keptDays)
        return try store.list(prefix: EventDay.prefix).filter { key in
            EventDay(key: key.text).map { $0 < first } ?? false
        }
    }

    /// Whether a hold ended ``holdSeconds`` ago; an unreadable one is for `storage verify` to
    /// report.
    private func isLongOver(_ key: BlobKey) throws -> Bool {
        guard let blob = try store.get(key),
            let hold = try? MapHold(json: JSONValue(parsing: blob.bytes))
        else { return false }
        return hold.until.secondsSinceEpoch <= now - Self.holdSeconds
    }

    /// Judged by the latest write, because every renewal is one.
    private func unusedLeases() throws -> [BlobKey] {
        try store.entries(prefix: "leases/").filter { entry in
            let isProbe = entry.key.text.hasPrefix("leases/conditions-")
            return entry.modifiedAt <= now - (isProbe ? Self.orphanSeconds : Self.leaseSeconds)
        }.map(\.key)
    }
}

/// Why nothing was removed.
package enum CleaningError: Error, Equatable, CustomStringConvertible {
    /// A map that does not show its generation.
    case unreadableMap(key: String, reason: String)
    /// A mirror list that does not show its access points.
    case unreadableMirrors(reason: String)

    package var description: String {
        switch self {
        case .unreadableMap(let key, let reason):
            "nothing was removed, because \(key) may name any catalog: \(reason); rebuild it or "
                + "remove it"
        case .unreadableMirrors(let reason):
            "nothing was removed, because mirrors.json does not tell whose check states are "
                + "needed: \(reason); import the list of mirrors again"
        }
    }
}
