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
/// The blob `health` is authoritative. While a checker of version 0.1.0 does the probing, during a
/// rolling update or after a downgrade, that blob is missing or becomes old: then a newer
/// `health.json` tells which access points are up.
struct HealthFiles {
    private let store: FileStore
    private let key: BlobKey
    private let olderKey: BlobKey
    private let maximumAge: Int64
    private var version: FileVersion?
    private var olderVersion: FileVersion?
    /// The blob `health`, and the combination with `health.json` used instead.
    private var report: HealthReport?
    private var olderReport: HealthReport?
    /// When this process first saw the current report.
    private var seenAt = Timestamp(secondsSinceEpoch: 0)
    private var wasAhead = false

    init(in store: FileStore, maximumAge: Int64) throws(StorageError) {
        self.store = store
        self.maximumAge = maximumAge
        key = try BlobKey(Health.key)
        olderKey = try BlobKey(Health.jsonKey)
    }

    /// The authoritative blob, and the one of version 0.1.0 if the former is missing or old.
    var keys: [BlobKey] { [key, olderKey] }

    /// The last read version of the blob under `key`.
    func version(of key: BlobKey) -> FileVersion? {
        key == self.key ? version : olderVersion
    }

    /// The health as of `now`; nil if nothing could be read yet.
    func current(at now: Timestamp) -> CurrentHealth? {
        (olderReport ?? report).map {
            CurrentHealth($0, seenAt: seenAt, at: now, maximumAge: maximumAge)
        }
    }

    /// Whether `health.json` has to be checked as well.
    func needsOlder(at now: Timestamp) -> Bool {
        guard let report else { return true }
        let health = CurrentHealth(report, seenAt: seenAt, at: now, maximumAge: maximumAge)
        return !health.countsAvailability
    }

    /// A blob that is unusable, with the reason.
    typealias Failure = (key: BlobKey, reason: any Error)

    /// Reads what changed.
    ///
    /// Returns whether the current report changed, and which blobs are unusable, for which the last
    /// good version stays.
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

    /// The bytes of a blob if its version differs from `version`, which is updated.
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

    /// The up and down states of `health.json` with the rest of `health`; nil if the former is no
    /// newer.
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

    /// Logs a probe time in the future, once for as long as it lasts.
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
