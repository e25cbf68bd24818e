import Bytes
import FunctionRuntime
import HealthFormat
import JSON
import Mirrors
import ObjectStorage
import Redirection
import Time

/// Reads health from storage, each version once.
///
/// The blob `health` is what counts. While a checker of 0.1.0 is the one that probes, during a
/// rolling update or after a downgrade, that blob is missing or grows old: then `health.json` says
/// who is up, where that is newer.
struct HealthFiles {
    private let store: FileStore
    private let key: BlobKey
    private let olderKey: BlobKey
    private let maximumAge: Int64
    private var version: FileVersion?
    private var olderVersion: FileVersion?
    /// The blob `health`, and with what `health.json` said instead.
    private var report: HealthReport?
    private var olderReport: HealthReport?
    /// When this process first saw the report that counts.
    private var seenAt = Timestamp(secondsSinceEpoch: 0)
    private var wasAhead = false

    init(in store: FileStore, maximumAge: Int64) throws(StorageError) {
        self.store = store
        self.maximumAge = maximumAge
        key = try BlobKey(Health.key)
        olderKey = try BlobKey(Health.jsonKey)
    }

    /// The blob that counts; where it is missing or old, also the one that 0.1.0 wrote.
    var keys: [BlobKey] { [key, olderKey] }

    /// The version of the blob under `key` that was read last.
    func version(of key: BlobKey) -> FileVersion? {
        key == self.key ? version : olderVersion
    }

    /// What counts at `now`; nil where nothing could be read yet.
    func current(at now: Timestamp) -> CurrentHealth? {
        (olderReport ?? report).map {
            CurrentHealth($0, seenAt: seenAt, at: now, maximumAge: maximumAge)
        }
    }

    /// Whether `health.json` has to be looked at, too.
    func needsOlder(at now: Timestamp) -> Bool {
        guard let report else { return true }
        let health = CurrentHealth(report, seenAt: seenAt, at: now, maximumAge: maximumAge)
        return !health.countsAvailability
    }

    /// A blob that cannot be used, and why.
    typealias Failure = (key: BlobKey, reason: any Error)

    /// Reads what changed; whether another report counts now, and what cannot be used: the last
    /// good one stays then.
    mutating func refresh(now: Timestamp) -> (isNew: Bool, failures: [Failure]) {
        var failures: [Failure] = []
        let before = olderReport ?? report
        if let bytes = newBytes(of: key, &version, &failures) {
            do {
                report = try HealthReport(bytes)
                if olderReport == nil { seenAt = now }
            } catch {
                failures.append((key, error))
            }
        }
        if !needsOlder(at: now) {
            olderReport = nil
            olderVersion = nil
        } else if let bytes = newBytes(of: olderKey, &olderVersion, &failures) {
            do {
                olderReport = try merged(bytes)
            } catch {
                failures.append((olderKey, error))
            }
        }
        guard let after = olderReport ?? report, after !== before else {
            return (false, failures)
        }
        seenAt = now
        noteClock(of: after, now: now)
        return (true, failures)
    }

    /// The bytes of a blob when they are another version than `version`, which they replace.
    private func newBytes(
        of key: BlobKey,
        _ version: inout FileVersion?,
        _ failures: inout [Failure]
    ) -> StableBytes? {
        let path = store.path(of: key)
        guard let current = FileVersion(ofFileAt: path), current != version else { return nil }
        do {
            guard let file = try FileCopy.read(path, store.ownership) else { return nil }
            version = file.version
            return file.bytes
        } catch {
            failures.append((key, error))
            return nil
        }
    }

    /// What is up by `health.json`, and the rest by `health`; nil where the former is no newer.
    private func merged(_ json: StableBytes) throws -> HealthReport? {
        let older = try Health(json: JSONValue(parsing: json.array))
        guard let report else {
            return try HealthReport(older)
        }
        if let probedAt = report.probedAt, let other = older.probedAt, other <= probedAt {
            return nil
        }
        var health = try report.health()
        health.probedAt = older.probedAt
        health.statuses = older.statuses
        return try HealthReport(health)
    }

    /// Says it when probes claim to be of the future, once until they no longer do.
    private mutating func noteClock(of report: HealthReport, now: Timestamp) {
        let isAhead = report.probedAt?.isAhead(of: now) ?? false
        defer { wasAhead = isAhead }
        guard isAhead, !wasAhead, let probedAt = report.probedAt else { return }
        Log.warning(
            "probe time in the future",
            [
                "key": key, "seconds": probedAt.seconds(since: now),
                "hint": "the clock here or of the checker is wrong; health counts from now",
            ]
        )
    }
}
