import HealthFormat
import JSON
import Mirrors
import RunRecords
import StatusFacts
import Time

/// The files for programs: `status.json`, `mirrors.json` and `mirmon.state`.
struct StatusDocument {
    let facts: DeploymentFacts
    let settings: StatusSettings

    static let formatVersion: Int64 = 1

    /// `status.json`: docs/status.schema.json describes it.
    var json: [UInt8] {
        let verdict = OverallStatus(facts)
        let value: JSONValue = [
            "version": .integer(Self.formatVersion), "asOf": .string("\(facts.now)"),
            "title": .string(settings.title),
            "verdict": [
                "grade": .string(verdict.grade.rawValue), "headline": .string(verdict.headline),
                "details": .string(verdict.details),
            ],
            "generation": .integer(Int64(facts.generation)),
            "paths": .integer(Int64(facts.pathCount ?? 0)),
            "publishedAt": facts.publishedAt.map { .string("\($0)") } ?? .null,
            "runs": .array(facts.runs.map(run)),
            "regions": .array(facts.regions.map(region)),
            "mirrors": .array(facts.mirrors.map { MirrorJSON.summary(of: $0, now: facts.now) }),
        ]
        return value.serialized() + [0x0A]
    }

    private func run(_ run: RunRecord) -> JSONValue {
        [
            "function": .string(run.role.rawValue),
            "region": run.region.map { .string($0) } ?? .null,
            "endedAt": .string("\(run.endedAt)"), "exit": .integer(Int64(run.exit)),
            "lastSuccessAt": run.lastSuccessAt.map { .string("\($0)") } ?? .null,
            "intervalSeconds": .integer(run.interval),
            "late": .bool(run.isOverdue(at: facts.now)),
        ]
    }

    private func region(_ region: RegionFacts) -> JSONValue {
        [
            "id": .string(region.id), "name": .string(region.name),
            "mapBuiltAt": region.builtAt.map { .string("\($0)") } ?? .null,
            "refused": .bool(region.refused != nil), "held": .bool(region.mapHold != nil),
            "mirrors": .integer(Int64(region.mirrorCount)),
            "pathsByHolders": .array(region.pathsByHolders.map { .integer(Int64($0)) }),
        ]
    }

    /// `mirrors.json`: the public list of mirrors.
    var list: [UInt8] {
        let mirrors = facts.mirrors.filter { $0.mirror.isListed }
        let value: JSONValue = [
            "version": .integer(Self.formatVersion),
            "mirrors": .array(
                mirrors.map { mirror in
                    [
                        "id": .string(mirror.id), "name": .string(mirror.mirror.name),
                        "country": .string(mirror.mirror.country.letters),
                        "region": .string(mirror.mirror.region),
                        "state": .string(mirror.verdict.word.rawValue),
                        "urls": .array(mirror.mirror.accessPoints.map { .string($0.baseURL) }),
                    ]
                }
            ),
        ]
        return value.serialized() + [0x0A]
    }

    /// mirmon's format, a line for each URL: URL, lag in seconds, time of the last answer, state.
    var mirmon: [UInt8] {
        var text = ""
        for mirror in facts.mirrors where mirror.mirror.isListed {
            for point in mirror.points {
                let behind = mirror.behindSeconds(now: facts.now) ?? 0
                let trouble = point.trouble
                let last = trouble.map { $0.since } ?? point.status?.checkedAt
                let state =
                    trouble.map { point.status?.outage?.name ?? $0.word.rawValue } ?? "ok"
                let word = state.map { $0 == " " ? "_" : $0 }
                text +=
                    "\(point.accessPoint.baseURL) \(behind) \(last?.secondsSinceEpoch ?? 0) "
                    + "\(String(word))\n"
            }
        }
        return Array(text.utf8)
    }
}
