import Events
package import FunctionRuntime
import Linux
package import Mirrors
package import ObjectStorage
package import RunRecords
package import Time

/// Stores what a run leaves behind: the record of how it ended, and its events.
///
/// None of this is part of the work: if it cannot be stored, a line of the log says so, and the run
/// ends as it would have.
package struct Heartbeat {
    private let role: RunRecord.Role
    private let region: Region.ID?
    private let store: any BlobStore
    private let intervalSeconds: Int64?
    private let clock: () -> Timestamp

    /// Throws if `RUN_INTERVAL_SECONDS` is not a number of seconds.
    package init(
        _ role: RunRecord.Role,
        in region: Region.ID? = nil,
        _ store: any BlobStore,
        _ environment: Environment,
        clock: @escaping () -> Timestamp = { .now }
    ) throws(FunctionError) {
        self.role = role
        self.region = region
        self.store = store
        intervalSeconds = try environment.integer(.runInterval).map { Int64($0) }
        self.clock = clock
    }

    /// Does `work`, which is given notes to write to, and stores its record.
    ///
    /// Throws what `work` throws; a refusal that was already logged within a day is thrown as
    /// `FunctionError.repeated(_:)`.
    ///
    /// A run that was not scheduled stores events only: a run by hand says nothing about the
    /// schedule.
    package func around<Result>(
        isScheduled: Bool = true,
        _ work: (RunNotes) throws -> Result
    ) throws -> Result {
        let startedAt = clock()
        guard isScheduled else {
            let notes = RunNotes(author: role.rawValue, now: startedAt)
            defer { if !notes.events.isEmpty { store.append(notes.events) } }
            return try work(notes)
        }
        let previous = previous()
        let notes = RunNotes(author: role.rawValue, previous: previous?.record, now: startedAt)
        do {
            let result = try work(notes)
            leave(notes, startedAt: startedAt, error: nil, after: previous?.blob)
            return result
        } catch {
            let failure = Self.functionError(error)
            leave(notes, startedAt: startedAt, error: failure, after: previous?.blob)
            throw notes.hasOnlyRepeatedRefusals && failure.isRefusal
                ? FunctionError.repeated(failure) : error
        }
    }

    private func previous() -> (blob: Blob, record: RunRecord?)? {
        do {
            return try store.runBlob(of: role, in: region)
        } catch {
            // If the work needs storage, its own error says this better.
            Log.debug("previous run record unreadable", ["reason": error])
            return nil
        }
    }

    private static func functionError(_ error: any Error) -> FunctionError {
        error as? FunctionError ?? .failed("\(error)")
    }

    private func leave(
        _ notes: RunNotes,
        startedAt: Timestamp,
        error: FunctionError?,
        after seen: Blob?
    ) {
        let endedAt = clock()
        do {
            let (record, previous) = try store.note(role, in: region, seenAs: seen) { previous in
                RunRecord(
                    role,
                    region: region,
                    program: Function.version,
                    startedAt: startedAt,
                    endedAt: endedAt,
                    exit: Int(error?.exitStatus ?? 0),
                    error: error.map { "\($0)" },
                    intervalSeconds: intervalSeconds,
                    refusals: notes.refusals,
                    warnings: notes.warnings,
                    after: previous
                )
            }
            notes.noteChange(of: record, after: previous)
        } catch {
            Log.warning("run record not stored", ["function": role.rawValue, "reason": error])
        }
        if !notes.events.isEmpty { store.append(notes.events) }
    }
}
