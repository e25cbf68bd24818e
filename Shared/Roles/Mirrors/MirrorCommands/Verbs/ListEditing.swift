package import Events
package import Mirrors

/// The leader's own code, which verbs use to validate what the leader will read, and to change the
/// list of mirrors.
package protocol ListEditing: Sendable {
    /// Why the leader would reject a mirror list; nil if it would accept it.
    func problem(ofList bytes: [UInt8]) -> String?

    /// Why the leader would reject overrides for the mirrors of `list`, with the line; nil if it
    /// would accept them.
    func problem(ofOverrides bytes: [UInt8], for list: MirrorList?) -> String?

    /// Adds a mirror permanently; does nothing if any part of it is unusable.
    func add(_ mirror: NewMirror, isDryRun: Bool) throws -> OwnListChange

    /// Adds the usable mirrors of a list permanently.
    func add(list bytes: [UInt8], isDryRun: Bool) throws -> OwnListChange

    /// Removes a mirror from the operators' own list.
    func remove(_ id: Mirror.ID, isDryRun: Bool) throws -> OwnListChange
}

/// A mirror to add.
package struct NewMirror: Equatable, Sendable {
    package var name: String
    package var country: String
    /// The slug or name of its region; empty for that of its country.
    package var region: String
    package var urls: [String]

    package init(name: String, country: String, region: String = "", urls: [String]) {
        self.name = name
        self.country = country
        self.region = region
        self.urls = urls
    }
}

/// The result of changing the operators' own list, or of a dry run.
package struct OwnListChange: Equatable, Sendable {
    package var added: [Mirror.ID]
    package var removed: [Mirror.ID]
    /// Rejected entries, each with the reason.
    package var leftOut: [String]
    /// Entries that are listed already, each with its place.
    package var known: [String]
    package var isWritten: Bool
    /// The events to record.
    package var events: [Event]

    package init(
        added: [Mirror.ID] = [],
        removed: [Mirror.ID] = [],
        leftOut: [String] = [],
        known: [String] = [],
        isWritten: Bool = false,
        events: [Event] = []
    ) {
        self.added = added
        self.removed = removed
        self.leftOut = leftOut
        self.known = known
        self.isWritten = isWritten
        self.events = events
    }
}
