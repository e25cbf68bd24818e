import BlobFormat
import Catalogs
import CheckStates
import Events
import FileDetailsFormat
import HealthFormat
import Histories
import HolderFormat
import JSON
import MapHolds
import Mirrors
import RegionMapFormat
import RunRecords
import StatusFacts

/// A kind of blob: the form of its keys, and how to validate it.
///
/// A new kind must be added to ``all``.
struct BlobKind: Sendable {
    let keys: Keys
    /// Throws if its reader would reject the blob, and notes which other blobs it refers to.
    let check:
        @Sendable (_ name: String, _ bytes: [UInt8], _ seen: inout BlobReferences) throws -> Void

    enum Keys {
        case one(String)
        /// The name of the blob is between the two.
        case many(prefix: String, suffix: String)

        /// The name in a key, empty if there is only one blob of the kind; nil for other keys.
        func name(in key: String) -> String? {
            switch self {
            case .one(let own): return key == own ? "" : nil
            case .many(let prefix, let suffix):
                guard key.hasPrefix(prefix), key.hasSuffix(suffix),
                    key.utf8.count > prefix.utf8.count + suffix.utf8.count
                else { return nil }
                return String(key.dropFirst(prefix.count).dropLast(suffix.count))
            }
        }
    }

    /// A valid blob that contradicts its key.
    struct Mismatch: Error {
        let problem: String
    }

    /// The first kind with such keys, and the name in this one; nil for an unknown key.
    static func kind(of key: String) -> (kind: BlobKind, name: String)? {
        for kind in all {
            if let name = kind.keys.name(in: key) { return (kind, name) }
        }
        return nil
    }

    static let all: [BlobKind] = [
        one(BlobName.mirrors) { json, seen in
            let list = try MirrorList(json: json)
            seen.mirrors = list
            seen.accessPoints = Set(list.mirrors.flatMap(\.accessPoints).map(\.id))
        },
        one(BlobName.regions) { json, _ in _ = try Regions(json: json) },
        BlobKind(keys: .one(BlobName.classes)) { _, bytes, _ in
            _ = try FileClasses(parsing: bytes)
        },
        // It sorts after mirrors.json, which it refers to.
        one(BlobName.overrides) { json, seen in
            _ = try MirrorOverrides(json: json, for: seen.mirrors)
        },
        one(HostPlaces.key) { json, _ in _ = try HostPlaces(json: json) },
        one(Suspects.key) { json, _ in _ = try Suspects(json: json) },
        one(BlobName.ownMirrors) { json, _ in try checkOwnMirrors(json) },
        BlobKind(keys: .one(Health.key)) { _, bytes, _ in _ = try Health(decoding: bytes) },
        one(Health.jsonKey) { json, _ in _ = try Health(json: json) },
        one(CatalogStore.pointer) { json, seen in
            var fields = try JSONFields(json)
            guard let number = try fields.integer("generation", in: 1...Int64(UInt32.max)) else {
                throw Mismatch(problem: "it names no generation")
            }
            seen.currentGeneration = UInt32(number)
        },
        many("catalog/", ".catalog") { name, bytes, seen in
            let catalog = try Catalog(decoding: bytes)
            seen.generations.insert(catalog.generation)
            guard UInt32(name) == catalog.generation else {
                throw Mismatch(problem: "it holds generation \(catalog.generation)")
            }
        },
        many("details/", ".details") { name, bytes, _ in
            let details = try unsafe FileDetailsView(bytes.span.bytes)
            try details.verifyChecksum()
            guard UInt32(name) == details.header.catalogGeneration else {
                throw Mismatch(problem: "it is of generation \(details.header.catalogGeneration)")
            }
        },
        many("details/", ".folders") { name, bytes, _ in
            let folders = try unsafe FolderNamesView(bytes.span.bytes)
            try folders.verifyChecksum()
            guard UInt32(name) == folders.header.catalogGeneration else {
                throw Mismatch(problem: "it is of generation \(folders.header.catalogGeneration)")
            }
        },
        checkStates(".state"),
        // Those of version 1.
        checkStates(".checks"),
        many("checks/", ".agenda") { name, bytes, seen in
            let agenda = try Agenda(decoding: bytes)
            guard agenda.accessPointID == name else {
                throw Mismatch(problem: "it holds the agenda of \(agenda.accessPointID)")
            }
            seen.checks.append(("checks/\(name).agenda", name))
        },
        many("latency/", ".json") { _, bytes, _ in
            _ = try ProbeSamples(json: JSONValue(parsing: bytes))
        },
        many(BlobName.maps, ".map") { name, bytes, seen in
            let map = try unsafe RegionMap(bytes.span.bytes)
            seen.mapGenerations.append((BlobName.map(of: name), map.header.catalogGeneration))
            try map.verifyChecksum()
            try map.checkTexts()
        },
        BlobKind(keys: .one(BlobName.holders)) { _, bytes, _ in
            try unsafe HolderView(bytes.span.bytes).verify()
        },
        many(BlobName.maps, ".report.json") { _, bytes, _ in
            _ = try JSONFields(JSONValue(parsing: bytes))
        },
        // Left by a process that was killed while testing whether the store honours conditions.
        many("leases/conditions-", "") { _, _, _ in },
        many("leases/", "") { _, bytes, _ in
            _ = try JSONFields(JSONValue(parsing: bytes))
        },
        many(CheckRecord.prefix, ".json") { name, bytes, _ in
            let record = try CheckRecord(json: JSONValue(parsing: bytes))
            guard record.slot == name else {
                throw Mismatch(problem: "it is the record of the slot \(record.slot)")
            }
        },
        many(RunRecord.prefix, ".json") { name, bytes, _ in
            let record = try RunRecord(json: JSONValue(parsing: bytes))
            guard record.key == "\(RunRecord.prefix)\(name).json" else {
                throw Mismatch(problem: "it is the record that belongs to \(record.key)")
            }
        },
        many(EventDay.prefix, "") { name, bytes, _ in
            guard EventDay(key: EventDay.prefix + name) != nil else {
                throw Mismatch(problem: "its name is not a day")
            }
            let count = EventLines(decoding: bytes).unreadableCount
            guard count == 0 else {
                throw Mismatch(problem: "\(count) of its lines are not events")
            }
        },
        many(MapHold.prefix, ".json") { _, bytes, _ in
            _ = try MapHold(json: JSONValue(parsing: bytes))
        },
        many("status/", "") { _, _, _ in },
        BlobKind(keys: .one(History.key)) { _, bytes, _ in _ = try History(decoding: bytes) },
        BlobKind(keys: .one(RememberedFacts.key)) { _, bytes, _ in
            _ = try RememberedFacts(decoding: bytes)
        },
        one("history/pages.json") { json, _ in _ = try JSONFields(json) },
        one("history/notices.json") { json, _ in
            var fields = try JSONFields(json)
            _ = try fields.required("version", in: 1...1)
        },
    ]

    /// Validates the form of a list of own mirrors; the leader judges each entry.
    private static func checkOwnMirrors(_ json: JSONValue) throws {
        var fields = try JSONFields(json)
        guard let mirrors = try fields.array("mirrors") else {
            throw JSONError.missing(field: "\"mirrors\"", expected: "an array of mirrors")
        }
        for (index, mirror) in mirrors.enumerated() {
            var fields = try JSONFields(mirror, at: "mirrors[\(index)]")
            for key in ["name", "country"] where try fields.string(key) == nil {
                throw JSONError.missing(field: fields.name(of: key), expected: "a string")
            }
            guard try fields.array("urls")?.isEmpty == false else {
                throw JSONError.missing(field: fields.name(of: "urls"), expected: "URLs")
            }
        }
    }

    private static func checkStates(_ suffix: String) -> BlobKind {
        many("checks/", suffix) { name, bytes, seen in
            let state = try CheckState(decoding: bytes)
            guard state.accessPointID == name else {
                throw Mismatch(problem: "it holds the state of \(state.accessPointID)")
            }
            seen.checks.append(("checks/\(name)\(suffix)", name))
        }
    }

    private static func one(
        _ key: String,
        check: @escaping @Sendable (JSONValue, inout BlobReferences) throws -> Void
    ) -> BlobKind {
        BlobKind(keys: .one(key)) { _, bytes, seen in
            try check(JSONValue(parsing: bytes), &seen)
        }
    }

    private static func many(
        _ prefix: String,
        _ suffix: String,
        check: @escaping @Sendable (String, [UInt8], inout BlobReferences) throws -> Void
    ) -> BlobKind {
        BlobKind(keys: .many(prefix: prefix, suffix: suffix), check: check)
    }
}
