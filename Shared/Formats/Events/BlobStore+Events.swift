import FunctionRuntime
import JSON
package import ObjectStorage
package import Time

// Events are secondary to the work: if they cannot be stored, they appear in the log.

extension BlobStore {
    /// Appends events to their days.
    ///
    /// With constant interference by other writers, the third attempt is the last; then, and if
    /// storage fails, they only appear in the log.
    package func append(_ events: [Event]) {
        let days = Dictionary(grouping: events) { EventDay(of: $0.at) }
        for (day, events) in days.sorted(by: { $0.key < $1.key }) {
            do throws(StorageError) {
                try append(events, on: day)
            } catch {
                Log.warning(
                    "events not stored",
                    ["day": day, "events": events.count, "reason": error]
                )
                for event in events { Log.report(event.json) }
            }
        }
    }

    private func append(_ events: [Event], on day: EventDay) throws(StorageError) {
        let key = try BlobKey(day.key)
        var backoff = Backoff(totalSeconds: 5, baseSeconds: 0.02, capSeconds: 1)
        while true {
            let blob = try get(key)
            do throws(StorageError) {
                try put(
                    key,
                    EventLines.appending(events, to: blob?.bytes ?? []),
                    if: blob.map { .unchanged($0.tag) } ?? .absent
                )
                return
            } catch .conditionFailed {
                guard backoff.attempt < 3, backoff.pause() else {
                    throw .conditionFailed(key: key.text)
                }
            }
        }
    }

    /// The events of a day; none if there is no blob, and if it is longer than any writer makes it.
    package func events(on day: EventDay) throws(StorageError) -> EventLines {
        guard let blob = try get(BlobKey(day.key)) else { return EventLines() }
        guard blob.bytes.count <= EventLines.byteLimit else {
            Log.warning("events of a day too large", ["key": day.key, "bytes": blob.bytes.count])
            return EventLines()
        }
        return EventLines(decoding: blob.bytes)
    }

    /// The events from `start` until `end`, oldest first; within a second, in order of arrival.
    ///
    /// Reads the days in between, at most the latest ``EventDay/keptDays``.
    package func events(
        from start: Timestamp,
        until end: Timestamp
    ) throws(StorageError) -> [Event] {
        guard start <= end else { return [] }
        let last = EventDay(of: end)
        var day = max(EventDay(of: start), last.advanced(byDays: -EventDay.keptDays))
        var events: [Event] = []
        while day <= last {
            events += try self.events(on: day).events.filter { start <= $0.at && $0.at <= end }
            day = day.advanced(byDays: 1)
        }
        // Runs that began earlier may report later.
        return events.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }.map(\.element)
    }
}

extension EventDay {
    /// The number of days kept; `storage clean` removes older ones.
    package static let keptDays: Int64 = 90
}
