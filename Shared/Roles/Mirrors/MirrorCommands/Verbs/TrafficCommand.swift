import Catalogs
import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import StatusFacts
import Time
import URLs

/// `mirrors traffic FILE...`: sums over lines written with `LOG_REQUESTS`.
struct TrafficCommand {
    let facts: DeploymentFacts
    let arguments: CommandArguments
    let store: any BlobStore
    let now: Timestamp

    /// The requests of one kind.
    private struct Sum {
        var requests = 0
        var bytes: UInt64 = 0
        /// Requests of clients that got this mirror and asked again, or avoid it; only counted for
        /// mirrors.
        var passedOver = 0
    }

    func run() throws -> CommandResult {
        guard let limit = arguments.value("--limit").map(Int.init) ?? 50, limit > 0 else {
            throw FunctionError.badRequest("--limit: expected a number of at least 1")
        }
        let what = arguments.value("--by") ?? "mirror"
        guard what == "mirror" || !arguments.has("--suspects") else {
            throw FunctionError.badRequest(
                "--suspects: expected the sums by mirror, not --by \(what)"
            )
        }
        var sums: [String: Sum] = [:]
        var total = Sum()
        var unreadable = 0
        let lengths = facts.tree.map { FileLengths($0.catalog) }
        let mirrors = mirrorsByAccessPoint
        for file in arguments.operands {
            let bytes = try CommandFile.bytes(of: file)
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                guard let request = LoggedRequest(line) else {
                    unreadable += 1
                    continue
                }
                let length = request.isDownload ? lengths?.byteCount(of: request.path) ?? 0 : 0
                total.requests += 1
                total.bytes &+= length
                sums[request.key(what, mirrors), default: Sum()].requests += 1
                sums[request.key(what, mirrors), default: Sum()].bytes &+= length
                guard what == "mirror" else { continue }
                for mirror in Set(request.passedOver.map { mirrors[$0] ?? $0 }) {
                    sums[mirror, default: Sum()].passedOver += 1
                }
            }
        }
        var result = result(sums, by: what, total: total, unreadableCount: unreadable, limit: limit)
        if arguments.has("--suspects") { result.add(try suspects(sums)) }
        return result
    }

    /// Stores for Checker the mirrors from which clients came back most often.
    private func suspects(_ sums: [String: Sum]) throws -> Suspects {
        let known = Set(facts.mirrors.map(\.id))
        let counts = sums.mapValues(\.passedOver).filter { known.contains($0.key) }
        let suspects = Suspects(counts, at: now.secondsSinceEpoch)
        try store.put(suspects)
        return suspects
    }

    private var mirrorsByAccessPoint: [AccessPoint.ID: Mirror.ID] {
        var mirrors: [AccessPoint.ID: Mirror.ID] = [:]
        for mirror in facts.mirrors {
            for point in mirror.points { mirrors[point.accessPoint.id] = mirror.id }
        }
        return mirrors
    }

    private func result(
        _ sums: [String: Sum],
        by what: String,
        total: Sum,
        unreadableCount: Int,
        limit: Int
    ) -> CommandResult {
        var entries = sums.sorted { ($1.value.requests, $0.key) < ($0.value.requests, $1.key) }
        if what == "hour" { entries.sort { $0.key < $1.key } }
        let isOfMirrors = what == "mirror"
        var table = TextTable(
            [what.uppercased(), "REQUESTS", "SHARE", "BYTES"]
                + (isOfMirrors ? ["PASSED OVER"] : []),
            rightAligned: [1, 2, 3, 4]
        )
        var rows: [JSONValue] = []
        for (key, sum) in entries.prefix(limit) {
            let share = Double(sum.requests) / Double(max(total.requests, 1))
            table.add(
                [key, "\(sum.requests)", share.percentText, "\(sum.bytes)"]
                    + (isOfMirrors ? ["\(sum.passedOver)"] : [])
            )
            var row: JSONObject = [
                "key": .string(key), "requests": .integer(Int64(sum.requests)),
                "bytes": .integer(Int64(clamping: sum.bytes)),
            ]
            if isOfMirrors { row["passedOver"] = .integer(Int64(sum.passedOver)) }
            rows.append(.object(row))
        }
        var text = "\(table.text)\n\(total.requests) requests, \(total.bytes) bytes"
        if entries.count > limit { text += "; \(entries.count - limit) more: --limit" }
        if unreadableCount > 0 { text += "; \(unreadableCount) lines are not of LOG_REQUESTS" }
        return CommandResult(
            text,
            [
                "by": .string(what), "requests": .integer(Int64(total.requests)),
                "bytes": .integer(Int64(clamping: total.bytes)),
                "unreadableLines": .integer(Int64(unreadableCount)), "rows": .array(rows),
            ]
        )
    }
}

extension CommandResult {
    fileprivate mutating func add(_ suspects: Suspects) {
        let names = suspects.mirrors.joined(separator: ", ")
        text += "\nasked first for a day: \(names.isEmpty ? "none" : names)"
        guard case .object(var object) = json else { return }
        object["suspects"] = .array(suspects.mirrors.map { .string($0) })
        json = .object(object)
    }
}

/// A line written with `LOG_REQUESTS`.
private struct LoggedRequest {
    let time: String
    let country: String
    let path: String
    let outcome: String
    let accessPoint: String
    let reason: String
    let method: String
    let passedOver: [AccessPoint.ID]

    init?(_ line: ArraySlice<UInt8>) {
        guard case .object(let object)? = try? JSONValue(parsing: Array(line)),
            case .string(let outcome)? = object["outcome"]
        else { return nil }
        func text(_ key: String) -> String {
            if case .string(let text)? = object[key] { text } else { "" }
        }
        self.outcome = outcome
        time = text("time")
        country = text("country")
        path = text("path")
        accessPoint = text("accessPoint")
        reason = text("reason")
        method = text("method")
        var passedOver: [AccessPoint.ID] = []
        if case .array(let ids)? = object["passedOver"] {
            for case .string(let id) in ids { passedOver.append(id) }
        }
        self.passedOver = passedOver
    }

    var isDownload: Bool { method == "GET" && (outcome == "mirror" || outcome == "fallback") }

    func key(_ what: String, _ mirrors: [AccessPoint.ID: Mirror.ID]) -> String {
        switch what {
        case "country": country.isEmpty ? "(unknown)" : country
        case "path": path
        case "hour": String(time.prefix(13))
        case "reason": outcome == "mirror" ? "(to a mirror)" : reason.isEmpty ? outcome : reason
        default:
            outcome == "mirror"
                ? mirrors[accessPoint] ?? accessPoint
                : "(\(outcome)\(reason.isEmpty ? "" : ": \(reason)"))"
        }
    }
}

/// The lengths of a catalog's files, by their paths in a log.
private struct FileLengths {
    private let catalog: Catalog
    private let index: CatalogIndex

    init(_ catalog: Catalog) {
        self.catalog = catalog
        index = CatalogIndex(catalog)
    }

    func byteCount(of path: String) -> UInt64? {
        guard let text = PercentEncoding.decodedText(path) else { return nil }
        let bytes = Array(text.utf8.drop { $0 == UInt8(ascii: "/") })
        return index.id(of: bytes[...], in: catalog).flatMap { catalog.byteCount(of: $0) }
    }
}
