package import Events
import FunctionRuntime
import Linux
package import RunRecords
package import Time

/// What a run notes besides its work.
package final class RunNotes {
    /// The function that the events are attributed to.
    package let author: String
    /// How the previous run ended; nil if that is not known.
    package let previous: RunRecord?
    /// When the run began, as the time of what it sees.
    package let now: Timestamp
    package private(set) var events: [Event] = []
    package private(set) var refusals: [String: RunRecord.Refusal] = [:]
    /// What the record of the run tells the operator.
    package private(set) var warnings: [String] = []
    /// Whether any of the refusals should be logged.
    private var isNews = false
    /// Whether there are refusals, and earlier runs logged all of them within a day.
    package var hasOnlyRepeatedRefusals: Bool { !refusals.isEmpty && !isNews }

    package init(author: String, previous: RunRecord? = nil, now: Timestamp = .now) {
        self.author = author
        self.previous = previous
        self.now = now
    }

    /// Notes that something changed.
    package func add(
        _ kind: Event.Kind,
        _ subject: String,
        region: String? = nil,
        was: String? = nil,
        is: String? = nil,
        text: String? = nil
    ) {
        events.append(
            Event(
                kind,
                subject,
                at: now,
                by: author,
                region: region,
                was: was,
                is: `is`,
                text: text
            )
        )
    }

    /// Warns in the log, and in the record of the run, where `mirrors doctor` finds the warning.
    package func warn(_ text: String) {
        Log.warning("run warning", ["reason": text])
        warnings.append(text)
    }

    /// Notes that something was kept from being published, and returns whether to log this: once a
    /// day as long as it continues.
    package func refuse(_ subject: String, reason: String) -> Bool {
        let before = previous?.refusals[subject]
        let isDue =
            before.map { now.seconds(since: $0.loggedAt) >= RunRecord.refusalLogSeconds } ?? true
        refusals[subject] = RunRecord.Refusal(
            reason: reason,
            since: before?.since ?? now,
            loggedAt: isDue ? now : before?.loggedAt ?? now
        )
        if isDue { isNews = true }
        return isDue
    }

    /// Notes that the function began to fail, or stopped failing.
    func noteChange(of record: RunRecord, after previous: RunRecord?) {
        let subject = record.role.rawValue
        if !record.succeeded, previous?.succeeded ?? true {
            add(.failed, subject, region: record.region, is: "\(record.exit)", text: record.error)
        } else if record.succeeded, let previous, !previous.succeeded {
            add(
                .recovered,
                subject,
                region: record.region,
                was: "\(previous.exit)",
                text: previous.failingSince.map { "failed since \($0)" }
            )
        }
    }
}
