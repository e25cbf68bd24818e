package import Events
package import Heartbeats
import JSON
package import Mirrors

/// The differences between two mirror lists, change by change.
package struct MirrorListChanges: Equatable, Sendable {
    /// A single change.
    package struct Change: Hashable, Sendable {
        package let kind: Event.Kind
        package let subject: String
        package var was: String?
        package var `is`: String?
        package var text: String?

        package init(
            kind: Event.Kind,
            subject: String,
            was: String? = nil,
            is: String? = nil,
            text: String? = nil
        ) {
            self.kind = kind
            self.subject = subject
            self.was = was
            self.is = `is`
            self.text = text
        }
    }

    package private(set) var all: [Change] = []

    /// The changes since `old`; none if there was no list.
    package init(from old: MirrorList, to new: MirrorList) {
        guard !old.mirrors.isEmpty else { return }
        let before = Dictionary(old.mirrors.map { ($0.id, $0) }) { first, _ in first }
        for mirror in new.mirrors {
            let former = before[mirror.id]
            if mirror.isListed, former?.isListed != true {
                all.append(Change(kind: .listed, subject: mirror.id, text: mirror.name))
            } else if !mirror.isListed, former?.isListed == true {
                all.append(Change(kind: .unlisted, subject: mirror.id, text: mirror.name))
            }
            guard let former else { continue }
            addMoves(former.accessPoints, mirror.accessPoints)
            addOverrides(former, mirror)
        }
        let kept = Set(new.mirrors.map(\.id))
        for mirror in old.mirrors where mirror.isListed && !kept.contains(mirror.id) {
            all.append(Change(kind: .unlisted, subject: mirror.id, text: mirror.name))
        }
    }

    private mutating func addMoves(_ old: [AccessPoint], _ new: [AccessPoint]) {
        let before = Dictionary(old.map { ($0.id, $0.baseURL) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.id, $0.baseURL) }) { first, _ in first }
        for id in Set(before.keys).union(after.keys).sorted() where before[id] != after[id] {
            all.append(Change(kind: .moved, subject: id, was: before[id], is: after[id]))
        }
    }

    /// Operators' settings of a mirror, key by key.
    private mutating func addOverrides(_ old: Mirror, _ new: Mirror) {
        let (before, after) = (old.operatorKeys, new.operatorKeys)
        for key in Set(before.members.map(\.key)).union(after.members.map(\.key)).sorted()
        where before[key] != after[key] {
            all.append(
                Change(
                    kind: .override,
                    subject: new.id,
                    was: before[key].map { "\($0)" },
                    is: after[key].map { "\($0)" },
                    text: key
                )
            )
        }
    }
}

extension MirrorListChanges {
    /// Records all changes.
    package func note(in notes: RunNotes) {
        for change in all {
            notes.add(
                change.kind,
                change.subject,
                was: change.was,
                is: change.is,
                text: change.text
            )
        }
    }
}

extension Mirror {
    /// The keys of `overrides.json` in effect for the mirror, unless they have the default value.
    fileprivate var operatorKeys: JSONObject {
        var object = rules.json
        if !isEnabled, isListed { object["enabled"] = false }
        if weight != Mirror.defaultWeight { object["weight"] = .integer(Int64(weight)) }
        if checkBy != .own { object["checkBy"] = .string(checkBy.rawValue) }
        let metered = Set(accessPoints.filter(\.isMetered).map(\.scheme.rawValue))
        if !metered.isEmpty {
            object["metered"] =
                accessPoints.allSatisfy(\.isMetered)
                ? true : .array(metered.sorted().map { .string($0) })
        }
        if !locations.isEmpty, !hasListedLocations {
            object["location"] = .array(locations.map(\.json))
        }
        return object
    }
}
