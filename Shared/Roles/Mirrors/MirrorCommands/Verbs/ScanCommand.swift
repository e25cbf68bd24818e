import FunctionRuntime
package import JSON
import Mirrors
import StatusFacts
import Time

/// Runs a checker request, within this many seconds, and returns its result.
package typealias CheckerCall = @Sendable (_ request: JSONValue, _ seconds: Int) throws -> JSONValue

/// `mirrors scan ID`: checks one mirror now, and shows what changed.
struct ScanCommand {
    let reader: FactsReader
    let mirror: Mirror
    let seconds: Int
    let call: CheckerCall

    /// One hour; longer checks belong on a schedule.
    static let longestSeconds = 3_600

    /// Status 1 if nothing of the mirror could be asked.
    func run() throws -> CommandResult {
        guard mirror.isEnabled else {
            throw FunctionError.badRequest(
                "\(mirror.id) is disabled, and disabled mirrors are not asked: mirrors enable "
                    + "\(mirror.id)"
            )
        }
        let before = try facts(at: reader.now)
        let clock = ContinuousClock()
        let start = clock.now
        let answer = try call(
            [
                "mode": "check", "mirrors": [.string(mirror.id)],
                "budgetSeconds": .integer(Int64(seconds)),
            ],
            seconds
        )
        let elapsed = (clock.now - start).components.seconds
        let now = reader.now.advanced(bySeconds: elapsed)
        let after = try facts(at: now)
        let check = Check(answer)
        var lines = [change(before, after)]
        for point in after.points {
            let old = before.points.first { $0.accessPoint.id == point.accessPoint.id }
            lines.append(line(point, old?.tally ?? FileTally(), check))
        }
        return CommandResult(
            lines.joined(separator: "\n"),
            [
                "mirror": .string(mirror.id),
                "before": MirrorJSON.summary(of: before, now: reader.now),
                "after": MirrorJSON.summary(of: after, now: now), "check": answer,
            ],
            status: check.askedCounts.isEmpty ? 1 : 0
        )
    }

    private func facts(at now: Timestamp) throws -> MirrorFacts {
        let reader = FactsReader(store: reader.store, now: now, maximumAge: reader.maximumAge)
        guard let facts = try reader.facts(of: .some([mirror.id]))[mirror.id] else {
            throw FunctionError.failed("\(mirror.id) is gone from mirrors.json")
        }
        return facts
    }

    private func change(_ before: MirrorFacts, _ after: MirrorFacts) -> String {
        let (old, new) = (before.verdict.word, after.verdict.word)
        let was = old == new ? "" : "\(old.glyph) \(old.text) → "
        return "\(mirror.id): \(was)\(new.glyph) \(new.text): \(after.verdict.sentence)"
    }

    private func line(_ point: AccessPointFacts, _ old: FileTally, _ check: Check) -> String {
        let (id, url) = (point.accessPoint.id, point.accessPoint.baseURL)
        guard let asked = check.askedCounts[id] else {
            return "\(url): not asked: \(check.omissions[id] ?? "the check did not come to it")"
        }
        let new = point.tally
        let numbers: [(name: String, was: Int, is: Int)] = [
            ("right", old.held, new.held), ("absent", old.absent, new.absent),
            ("wrong", old.altered, new.altered), ("stale", old.stale, new.stale),
            ("refused", old.refused, new.refused), ("not asked", old.unasked, new.unasked),
        ]
        var words = ["\(asked) asked"]
        for (name, was, now) in numbers where was != now || now > 0 {
            words.append(was == now ? "\(name) \(now)" : "\(name) \(was) → \(now)")
        }
        let problem = check.problems[id].map { ": \($0)" } ?? ""
        return TextTable.oneLine("\(url): \(words.joined(separator: ", "))\(problem)")
    }
}

/// The parts of the checker's result that are used.
private struct Check {
    private(set) var askedCounts: [AccessPoint.ID: Int64] = [:]
    private(set) var problems: [AccessPoint.ID: String] = [:]
    /// For each access point that was not asked, the reason.
    private(set) var omissions: [AccessPoint.ID: String] = [:]

    init(_ answer: JSONValue) {
        guard case .object(let object) = answer else { return }
        if case .array(let lines)? = object["accessPoints"] {
            for case .object(let line) in lines {
                guard case .string(let id)? = line["id"] else { continue }
                if case .integer(let asked)? = line["asked"] { askedCounts[id] = asked }
                if case .string(let problem)? = line["problem"] { problems[id] = problem }
            }
        }
        if case .array(let lines)? = object["notChecked"] {
            for case .object(let line) in lines {
                guard case .string(let id)? = line["id"] else { continue }
                if case .string(let reason)? = line["reason"] { omissions[id] = reason }
            }
        }
    }
}
