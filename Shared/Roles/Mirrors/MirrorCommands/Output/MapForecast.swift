import JSON
import Mirrors

/// What a change of overrides would do to the maps: what `--dry-run` adds.
struct MapForecast {
    let changes: [MapChange]

    /// `overrides` are the settings of each mirror that they change, null for none.
    init(
        of overrides: [(id: Mirror.ID, now: JSONValue)],
        in list: MirrorList,
        by builder: any MapForecasting
    ) throws {
        var object = JSONObject()
        for override in overrides where override.now != .null { object[override.id] = override.now }
        let settings = try MirrorOverrides(json: .object(object), for: list).byMirror
        let changed = Set(overrides.map(\.id))
        var list = list
        list.mirrors = list.mirrors.map { mirror in
            guard changed.contains(mirror.id) else { return mirror }
            let bare = mirror.withoutOverride
            return settings[mirror.id].map(bare.applying) ?? bare
        }
        changes = try builder.changes(with: list)
    }

    /// What becomes of the maps if the mirror `id` leaves the list.
    init(without id: Mirror.ID, in list: MirrorList, by builder: any MapForecasting) throws {
        var list = list
        list.mirrors = list.mirrors.map { mirror in
            mirror.id == id ? mirror.withoutListing : mirror
        }
        changes = try builder.changes(with: list)
    }

    /// A line for each map that would change, or one that says that none would.
    var lines: [String] {
        let noted = changes.filter(\.isAny).map { "  \($0.sentence)" }
        return noted.isEmpty ? ["  none of \(changes.count) maps would change"] : noted
    }

    var json: JSONValue { .array(changes.map(\.json)) }
}

extension MapChange {
    fileprivate var json: JSONValue {
        [
            "region": .string(region), "gained": .array(gained.map { .string($0) }),
            "lost": .array(lost.map { .string($0) }),
            "lostPaths": .integer(Int64(lostPathCount)), "movedPercent": .number(movedPercent),
            "refusal": refusal.map { .string($0) } ?? .null,
        ]
    }
}
