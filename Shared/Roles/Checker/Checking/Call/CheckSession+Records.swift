import CheckPlanning
import Events
import FunctionRuntime
import HealthFormat
import HealthStorage
import Heartbeats
import Mirrors
import ObjectStorage
import RunRecords
import Time

/// The part of a session that writes records for operators.
extension CheckSession {
    /// The records of earlier checks, as far as they can be read.
    func earlierLines() -> CheckLines {
        do throws(StorageError) {
            return CheckLines(try store.checkRecords())
        } catch {
            Log.warning("measurements not loaded", ["reason": error])
            return CheckLines([])
        }
    }

    /// The current doubts; nil if they cannot be read.
    func doubts() -> [AccessPoint.ID: Health.Doubt]? {
        do throws(StorageError) {
            return try HealthStore(store, against: contention).read().doubts
        } catch {
            Log.warning("doubts not loaded", ["reason": error])
            return nil
        }
    }

    /// Writes the record of a check, and records which access points began or stopped refusing
    /// everything and which doubts came and went.
    func leave(
        _ report: CheckReport,
        startedAt: Timestamp,
        after earlier: CheckLines,
        doubtsBefore: [AccessPoint.ID: Health.Doubt]?,
        slot: String,
        isShared: Bool
    ) {
        let now = clock.now
        var lines: [CheckRecord.Line] = []
        for line in report.accessPoints {
            // Slots report on what they were given, now or before.
            guard !isShared || line.askedCount > 0 else {
                if let own = earlier.line(about: line.id, ofSlot: slot) { lines.append(own) }
                continue
            }
            let before = earlier[line.id]
            var record = line.record(at: now)
            record.visits = Visits(after: before?.visits, adding: line.answers.total, at: now)
            let (was, isNow) = (before?.answers.refusedStatus, record.answers.refusedStatus)
            if let isNow, was == nil {
                notes.add(.refused, line.id, is: "\(isNow)", text: "refuses nearly everything")
            } else if let was, isNow == nil {
                if record.answers.isRefusalsOnly {
                    // Too few answers to confirm it, and none that contradicts it.
                    record.answers = before?.answers ?? record.answers
                } else {
                    notes.add(.accepted, line.id, was: "\(was)")
                }
            }
            lines.append(record)
        }
        noteDoubts(of: report.accessPoints.map(\.id), before: doubtsBefore)
        let record = CheckRecord(
            slot: slot,
            startedAt: startedAt,
            endedAt: now,
            ending: report.ending.rawValue,
            generation: report.generation,
            lines: lines
        )
        do throws(StorageError) {
            try store.note(record)
        } catch {
            Log.warning("check record not stored", ["reason": error])
        }
    }

    /// Records which doubts came and went; nothing if they are not known before and after.
    private func noteDoubts(
        of ids: [AccessPoint.ID],
        before: [AccessPoint.ID: Health.Doubt]?
    ) {
        guard let before, let after = doubts() else { return }
        for id in ids {
            switch (before[id], after[id]) {
            case (nil, let doubt?):
                notes.add(
                    .doubted,
                    id,
                    is: doubt.reason.name,
                    text: doubt.scope == .whole ? "all" : "some files"
                )
            case (let doubt?, nil): notes.add(.trusted, id, was: doubt.reason.name)
            default: break
            }
        }
    }
}

extension AnswerTally {
    /// Whether every answer was a refusal.
    fileprivate var isRefusalsOnly: Bool {
        counts.keys.allSatisfy { Int($0).map(Outage.isRefusal) ?? false }
    }
}

extension CheckReport.Line {
    fileprivate func record(at time: Timestamp) -> CheckRecord.Line {
        CheckRecord.Line(
            id: id,
            at: time,
            askedCount: askedCount,
            counts: summary?.counts,
            leftCount: summary?.leftCount ?? 0,
            requestsPerSecond: rate > 0 ? (rate * 100).rounded() / 100 : nil,
            doubtedSince: summary?.doubtedAt,
            doubtReason: summary?.doubtReason.map { "\($0)" },
            problem: problem,
            answers: answers,
            listedAt: summary?.listedAt
        )
    }
}
