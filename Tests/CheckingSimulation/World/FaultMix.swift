package import JSON
import TestSupport

/// The events at mirrors, at the master and at our end: `Tests/Fixtures/fault-mix.json`.
///
/// The kinds are written in plain words. An unknown kind is an error, so that no part of a mix is
/// silently ignored.
package struct FaultMix: Sendable {
    /// One of several, with its share.
    package struct Choice<Value: Sendable>: Sendable {
        package var share: Double
        package var value: Value

        package init(share: Double, value: Value) {
            self.share = share
            self.value = value
        }
    }

    /// An event that happens this often in ``days`` days, to each mirror or to us.
    package struct Event<Kind: Sendable>: Sendable {
        package var rate: Double
        package var kind: Kind
        package var seconds: Int

        package init(rate: Double, kind: Kind, seconds: Int) {
            self.rate = rate
            self.kind = kind
            self.seconds = seconds
        }
    }

    /// The changes that the master makes in a day, at Gentoo's size.
    package struct Master: Sendable {
        package var newFiles = 400.0
        package var bursts = 12.0
        package var removedFiles = 350.0
        package var mutableChanges = 20.0
        package var sameLengthReplacements = 2.0

        package init() {}
    }

    /// When a mirror deletes files that the master removed.
    package enum Deletion: Sendable { case before, after, daysLater }

    /// The part of the tree that a mirror carries.
    package enum Shape: Sendable, Equatable {
        case complete
        case distfilesOnly
        case noSymlinks
        case lacksSome(Double)
        case empty
    }

    /// A permanent behaviour of a server.
    package enum Quirk: Sendable, Hashable {
        /// Two servers behind one name; the second one lacks this share.
        case backends(Double)
        /// Absent files are answered with 200 and a page.
        case softNotFound
        /// Absent files are answered with 403.
        case forbiddenNotFound
        /// Questions beyond this number per second are answered with 429.
        case rateLimit(Double)
        /// In one of every five hours an answer takes this number of seconds.
        case slow(Double)
        case headRefused
        case redirects
        case noListing
    }

    /// The troubles at our end.
    package enum OwnTrouble: Sendable {
        case networkDown
        /// The clock of the checker's host is wrong by this number of seconds.
        case clockOff(Int)
        case storageFails
    }

    package var days = 30
    package var master = Master()
    /// The time between two syncs; nil means never again.
    package var syncHours: [Choice<Double?>] = [Choice(share: 1, value: 4)]
    package var syncMinutesMedian = 8.0
    package var syncMinutesP95 = 90.0
    package var deletion: [Choice<Deletion>] = [Choice(share: 1, value: .after)]
    package var shapes: [Choice<Shape>] = [Choice(share: 1, value: .complete)]
    /// Each one is drawn separately: a mirror may have several.
    package var quirks: [Choice<Quirk>] = []
    package var events: [Event<Fault.Kind>] = []
    package var ours: [Event<OwnTrouble>] = []

    /// Mirrors without faults, and no events.
    package init() {}

    /// The mix with which the limits are measured.
    package static func standard() throws -> FaultMix {
        try FaultMix(json: JSONValue(parsing: Fixture.faultMix()))
    }
}

extension FaultMix {
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.integer("version", in: 1...1)
        _ = try fields.string("about")
        days = Int(try fields.integer("days", in: 1...3650) ?? 30)
        if let value = fields.value("master") { master = try Master(json: value) }
        syncHours = try fields.choices("syncEveryHours") { fields throws(JSONError) in
            try fields.number("hours")
        }
        if let value = fields.value("syncMinutes") {
            var minutes = try JSONFields(value, at: "syncMinutes")
            syncMinutesMedian = try minutes.number("median") ?? syncMinutesMedian
            syncMinutesP95 = try minutes.number("p95") ?? syncMinutesP95
        }
        deletion = try fields.choices("deletion") { fields throws(JSONError) in
            try fields.named("when", Self.deletions)
        }
        shapes = try fields.choices("shape") { fields throws(JSONError) in
            try fields.named("kind", Self.shapeNames)
        }
        quirks = try fields.choices("standing") { fields throws(JSONError) in
            try fields.named("kind", Self.quirkNames)
        }
        events = try fields.events("events") { fields, seconds throws(JSONError) in
            let name = try fields.string("kind") ?? ""
            guard let kind = Fault.Kind(name: name, seconds: seconds) else {
                throw fields.unexpected("kind", "a known kind of fault", .string(name))
            }
            return kind
        }
        ours = try fields.events("ours") { fields, seconds throws(JSONError) in
            let troubles: KeyValuePairs<String, OwnTrouble> = [
                "our network down": .networkDown,
                "checker host's clock off": .clockOff(seconds),
                "storage fails": .storageFails,
            ]
            return try fields.named("kind", troubles)
        }
        try fields.finish()
    }

    private static let deletions: KeyValuePairs<String, Deletion> = [
        "before additions": .before, "after additions": .after, "days later": .daysLater,
    ]

    private static let shapeNames: KeyValuePairs<String, Shape> = [
        "complete": .complete, "distfiles only": .distfilesOnly, "no symlinks": .noSymlinks,
        "lacks 2 % by chance": .lacksSome(0.02), "empty": .empty,
    ]

    private static let quirkNames: KeyValuePairs<String, Quirk> = [
        "two backends that differ in 4 %": .backends(0.04),
        "soft 404": .softNotFound,
        "403 instead of 404": .forbiddenNotFound,
        "429 beyond 20 requests/s": .rateLimit(20),
        "slow, 2 s an answer at times": .slow(2),
        "HEAD refused": .headRefused,
        "redirects to another host": .redirects,
        "no folder listing": .noListing,
    ]
}

extension FaultMix.Master {
    fileprivate init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json, at: "master")
        newFiles = try fields.number("newFilesPerDay") ?? newFiles
        bursts = try fields.number("burstsPerDay") ?? bursts
        removedFiles = try fields.number("removedFilesPerDay") ?? removedFiles
        mutableChanges = try fields.number("mutableChangesPerDay") ?? mutableChanges
        sameLengthReplacements =
            try fields.number("sameLengthReplacementsPerDay") ?? sameLengthReplacements
        try fields.finish()
    }
}

extension JSONFields {
    fileprivate mutating func choices<Value: Sendable>(
        _ key: String,
        _ read: (inout JSONFields) throws(JSONError) -> Value
    ) throws(JSONError) -> [FaultMix.Choice<Value>] {
        var choices: [FaultMix.Choice<Value>] = []
        for (index, value) in (try array(key) ?? []).enumerated() {
            var fields = try JSONFields(value, at: "\(key)[\(index)]")
            let share = try fields.number("share") ?? 0
            choices.append(FaultMix.Choice(share: share, value: try read(&fields)))
            try fields.finish()
        }
        return choices
    }

    fileprivate mutating func events<Kind: Sendable>(
        _ key: String,
        _ read: (inout JSONFields, _ seconds: Int) throws(JSONError) -> Kind
    ) throws(JSONError) -> [FaultMix.Event<Kind>] {
        var events: [FaultMix.Event<Kind>] = []
        for (index, value) in (try array(key) ?? []).enumerated() {
            var fields = try JSONFields(value, at: "\(key)[\(index)]")
            let rate = try fields.number("rate") ?? 0
            let minutes = try fields.number("minutes") ?? 0
            let hours = try fields.number("hours") ?? 0
            let days = try fields.number("days") ?? 0
            let seconds = Int(minutes * 60 + hours * 3600 + days * 86_400)
            let kind = try read(&fields, seconds)
            events.append(FaultMix.Event(rate: rate, kind: kind, seconds: seconds))
            try fields.finish()
        }
        return events
    }

    fileprivate mutating func named<Value>(
        _ key: String,
        _ names: KeyValuePairs<String, Value>
    ) throws(JSONError) -> Value {
        let name = try string(key) ?? ""
        guard let value = names.first(where: { $0.key == name })?.value else {
            let known = names.map(\.key).joined(separator: ", ")
            throw unexpected(key, "one of: \(known)", .string(name))
        }
        return value
    }
}
