package import Events
package import Mirrors

/// Leader's own code, by which verbs judge what leader will read, and change which mirrors there
/// are.
package protocol LeaderCode: Sendable {
    /// Why leader would not take a mirror list; nil where it would.
    func problem(ofList bytes: [UInt8]) -> String?

    /// Why leader would not take overrides for the mirrors of `list`, with the line; nil where it
    /// would.
    func problem(ofOverrides bytes: [UInt8], for list: MirrorList?) -> String?

    /// Lists one more mirror for good; does nothing where any of it could not be used.
    func add(_ mirror: NewMirror, isRehearsal: Bool) throws -> OwnListChange

    /// Lists for good what can be used of a mirror list.
    func add(list bytes: [UInt8], isRehearsal: Bool) throws -> OwnListChange

    /// Takes a mirror out of what operators listed.
    func remove(_ id: Mirror.ID, isRehearsal: Bool) throws -> OwnListChange
}

/// A mirror that an operator adds.
package struct NewMirror: Equatable, Sendable {
    package var name: String
    package var country: String
    /// The slug or name of its region; empty for the one of its country.
    package var region: String
    package var urls: [String]

    package init(name: String, country: String, region: String = "", urls: [String]) {
        self.name = name
        self.country = country
        self.region = region
        self.urls = urls
    }
}

/// What became of a change of the operators' own list, or would.
package struct OwnListChange: Equatable, Sendable {
    package var added: [Mirror.ID]
    package var removed: [Mirror.ID]
    /// What was not taken, each with the reason.
    package var leftOut: [String]
    /// What is listed already, each with where.
    package var known: [String]
    package var isWritten: Bool
    /// What is to be told of it.
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
