import Events
import FunctionRuntime
package import Heartbeats
import Histories
package import JSON
package import Mirrors
package import Notices
package import ObjectStorage
import StatusFacts
package import Time

/// Makes the pages and files below `status/`, and writes those that changed.
///
/// Pages that others link to are written first and the index last, and files that are gone are
/// removed after that, so that at any time all links work.
package struct StatusPublication {
    private let store: any BlobStore
    private let settings: StatusSettings
    private let reader: FactsReader
    private let now: Timestamp

    package init(
        store: any BlobStore,
        settings: StatusSettings,
        now: Timestamp,
        maximumAge: Int64? = nil
    ) {
        self.store = store
        self.settings = settings
        self.now = now
        reader = FactsReader(store: store, now: now, maximumAge: maximumAge)
    }

    /// The number of days of events with a page.
    static let eventDays: Int64 = 14

    /// Publishes the pages, and returns the result.
    ///
    /// Notices are sent after the pages that they link to were written.
    package func run(
        _ notes: RunNotes = RunNotes(author: "status"),
        telling notices: Notices? = nil
    ) throws -> JSONValue {
        let first = now.advanced(bySeconds: -Self.eventDays * 86_400)
        var facts = try reader.facts(for: settings.purpose, eventsSince: first)
        let history = try history(facts, facts.events, notes)
        var outcome = try write(facts, history)
        if outcome == nil {
            // A file that was assumed to exist is missing.
            facts = try reader.facts(eventsSince: first)
            outcome = try write(facts, history)
        }
        guard let (files, written) = outcome else {
            throw FunctionError.failed("pages that were just made count as written before")
        }
        // After the pages, so that those that a killed run did not write are made again.
        if var memory = facts.memory {
            memory.purpose = settings.purpose
            try memory.write(to: store)
        }
        var result: JSONObject = [
            "mirrors": .integer(Int64(facts.mirrors.count)),
            "problems": .integer(Int64(facts.problemMirrors.count)),
            "files": .integer(Int64(files.count)), "written": .integer(Int64(written.fileCount)),
            "bytes": .integer(Int64(written.byteCount)),
            "removed": .integer(Int64(written.removedCount)),
        ]
        result["notices"] = notices.map { .integer(Int64($0.tell(facts, notes))) }
        return .object(result)
    }

    /// The history including the hours that are over; empty if it is unreadable.
    private func history(
        _ facts: DeploymentFacts,
        _ events: [Event],
        _ notes: RunNotes
    ) throws(StorageError) -> History {
        let oldest = now.advanced(bySeconds: -Self.eventDays * 86_400)
        let result: Result<History, HistoryError>
        do throws(StorageError) {
            result = try HistoryKeeping(store: store, now: now).updated(with: facts) {
                start throws(StorageError) in
                start < oldest
                    ? try reader.events(since: start) : events.filter { $0.at >= start }
            }
        } catch .conditionFailed {
            // The next run tries again.
            return History(beginningAt: 0)
        }
        switch result {
        case .success(let history): return history
        case .failure(let error):
            notes.warn("the pages have no history: \(History.key): \(error)")
            return History(beginningAt: 0)
        }
    }

    /// The files, and the result of writing them; nil if one that was assumed to exist is missing.
    private func write(
        _ facts: DeploymentFacts,
        _ history: History
    ) throws(StorageError) -> (files: [StatusFiles.File], written: StatusWriter.Outcome)? {
        let files = StatusFiles(
            facts: facts,
            events: facts.events,
            history: history,
            settings: settings
        ).all
        return try StatusWriter(store).write(files).map { (files, $0) }
    }

    /// The facts about one mirror, without writing anything.
    ///
    /// Nil if there is no such mirror.
    package func facts(of id: Mirror.ID) throws -> JSONValue? {
        let facts = try reader.facts(of: .some([id]))
        guard let mirror = facts[id] else { return nil }
        let events = try reader.events(since: now.advanced(bySeconds: -Self.eventDays * 86_400))
        return MirrorJSON.whole(of: mirror, in: facts, events: events.filter { $0.isAbout(id) })
    }
}
