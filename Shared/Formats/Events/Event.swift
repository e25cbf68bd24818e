package import Time

/// A change that operators may ask about later: a line of `events/<day>.jsonl`.
package struct Event: Hashable, Sendable {
    /// What happened; includes kinds known only to a newer program.
    package struct Kind: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    package var at: Timestamp
    /// The reporting function: the raw value of a `RunRecord.Role`, or the program of a command.
    package var by: String
    package var kind: Kind
    /// Its subject; FORMAT.md lists it by kind.
    package var subject: String
    /// The region concerned; nil for all regions.
    package var region: String?
    /// The previous value.
    package var was: String?
    /// The new value.
    package var `is`: String?
    /// Further information in words.
    package var text: String?

    package init(
        _ kind: Kind,
        _ subject: String,
        at: Timestamp,
        by: String,
        region: String? = nil,
        was: String? = nil,
        is: String? = nil,
        text: String? = nil
    ) {
        self.at = at
        self.by = by
        self.kind = kind
        self.subject = subject
        self.region = region
        self.was = was
        self.is = `is`
        self.text = text
    }
}

extension Event.Kind {
    package static let down = Self(rawValue: "down")
    package static let up = Self(rawValue: "up")
    package static let doubted = Self(rawValue: "doubted")
    package static let trusted = Self(rawValue: "trusted")
    package static let refused = Self(rawValue: "refused")
    package static let accepted = Self(rawValue: "accepted")
    package static let listed = Self(rawValue: "listed")
    package static let unlisted = Self(rawValue: "unlisted")
    package static let moved = Self(rawValue: "moved")
    package static let override = Self(rawValue: "override")
    package static let published = Self(rawValue: "published")
    package static let map = Self(rawValue: "map")
    package static let mapRefused = Self(rawValue: "mapRefused")
    package static let rolledBack = Self(rawValue: "rolledBack")
    package static let held = Self(rawValue: "held")
    package static let released = Self(rawValue: "released")
    package static let failed = Self(rawValue: "failed")
    package static let recovered = Self(rawValue: "recovered")
    package static let command = Self(rawValue: "command")
    /// Stands for events that did not fit into a day; `is` is their number.
    package static let omitted = Self(rawValue: "omitted")

    package static let all: [Self] = [
        .down, .up, .doubted, .trusted, .refused, .accepted, .listed, .unlisted, .moved, .override,
        .published, .map, .mapRefused, .rolledBack, .held, .released, .failed, .recovered, .command,
        .omitted,
    ]
}
