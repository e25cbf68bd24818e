import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage
import Time

// Heartbeats report on the work; they are not the work. A record that cannot be read is logged and
// counts as none, and a failed write only makes the run log a line.

extension BlobStore {
    /// The record of the latest run; nil if there is none that can be read.
    package func runRecord(
        of role: RunRecord.Role,
        in region: Region.ID? = nil
    ) throws(StorageError) -> RunRecord? {
        try runBlob(of: role, in: region)?.record
    }

    /// The record of the latest run with the blob that it was read from; nil if there is none.
    package func runBlob(
        of role: RunRecord.Role,
        in region: Region.ID? = nil
    ) throws(StorageError) -> (blob: Blob, record: RunRecord?)? {
        let key = try BlobKey(RunRecord.key(of: role, in: region))
        guard let blob = try get(key) else { return nil }
        return (blob, Self.readable(blob, key, RunRecord.byteLimit, RunRecord.init))
    }

    /// The records of all functions, in the order of their keys.
    package func runRecords() throws(StorageError) -> [RunRecord] {
        var records: [RunRecord] = []
        for entry in try entries(prefix: RunRecord.prefix)
        where !entry.key.text.hasPrefix(CheckRecord.prefix) {
            guard entry.byteCount <= RunRecord.byteLimit, let blob = try get(entry.key)
            else { continue }
            let record = Self.readable(blob, entry.key, RunRecord.byteLimit, RunRecord.init)
            if let record { records.append(record) }
        }
        return records
    }

    /// The records of all slots of Checker, in the order of their keys.
    package func checkRecords() throws(StorageError) -> [CheckRecord] {
        var records: [CheckRecord] = []
        for entry in try entries(prefix: CheckRecord.prefix) {
            guard entry.byteCount <= CheckRecord.byteLimit, let blob = try get(entry.key)
            else { continue }
            let record = Self.readable(blob, entry.key, CheckRecord.byteLimit, CheckRecord.init)
            if let record { records.append(record) }
        }
        return records
    }

    /// Writes the record that `change` makes of the previous one, and returns both.
    ///
    /// Saves a read if the blob is still the one that was `seen`.
    @discardableResult
    package func note(
        _ role: RunRecord.Role,
        in region: Region.ID? = nil,
        seenAs seen: Blob? = nil,
        _ change: (RunRecord?) -> RunRecord
    ) throws(StorageError) -> (record: RunRecord, previous: RunRecord?) {
        let key = try BlobKey(RunRecord.key(of: role, in: region))
        return try update(key, against: Contention(patienceSeconds: 2), seenAs: seen) {
            blob throws(StorageError) -> (bytes: [UInt8]?, value: (RunRecord, RunRecord?)) in
            let previous = blob.flatMap {
                Self.readable($0, key, RunRecord.byteLimit, RunRecord.init)
            }
            let record = change(previous)
            return (record.json.serialized(), (record, previous))
        }
    }

    /// Writes the record of a check in place of the previous one of its slot.
    ///
    /// In the record of checks by name, the lines about other access points are kept for a day.
    package func note(_ record: CheckRecord) throws(StorageError) {
        let key = try BlobKey(record.key)
        guard record.slot.hasSuffix(CheckRecord.selectedSlot) else {
            try put(key, record.json.serialized())
            return
        }
        try update(key, against: Contention(patienceSeconds: 2)) { blob in
            var merged = record
            let older = blob.flatMap {
                Self.readable($0, key, CheckRecord.byteLimit, CheckRecord.init)
            }
            let ids = Set(record.lines.map(\.id))
            merged.lines += (older?.lines ?? []).filter { line in
                !ids.contains(line.id) && record.endedAt.seconds(since: line.at) < 86_400
            }
            return (merged.json.serialized(), ())
        }
    }

    private static func readable<Record>(
        _ blob: Blob,
        _ key: BlobKey,
        _ limit: Int,
        _ read: (JSONValue) throws(JSONError) -> Record
    ) -> Record? {
        guard blob.bytes.count <= limit else {
            Log.warning("run record too large", ["key": key, "bytes": blob.bytes.count])
            return nil
        }
        do throws(JSONError) {
            return try read(JSONValue(parsing: blob.bytes))
        } catch {
            Log.warning("run record unreadable, ignored", ["key": key, "reason": error])
            return nil
        }
    }
}
