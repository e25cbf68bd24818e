package import Catalogs
package import Mirrors
package import Time

/// The kinds of questions, most urgent first.
package enum Urgency: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    /// Files that clients are not sent to before they were asked for again.
    case doubt = 1
    /// What the latest generations of the catalog brought.
    case news = 2
    /// Second looks.
    case suspicion = 3
    /// Files that were never asked for.
    case firstPass = 4
    /// Samples, listings, and files that are missing for long.
    case routine = 5

    package static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }
}

/// What an access point is asked next, as long as its answers are those that are expected.
///
/// A visit that finds nothing new needs no more than this small blob: some questions, the answers
/// that are expected, and when the state itself has work. Whoever gets another answer opens the
/// state. An agenda that is lost, or was made from another version of the state, costs nothing but
/// that.
package struct Agenda: Equatable, Sendable {
    /// A question to come.
    package struct Entry: Hashable, Sendable {
        package enum Expectation: UInt8, Hashable, Sendable, CaseIterable {
            /// A proof is expected to hold.
            case present = 0
            /// The file is expected to be missing still.
            case missing = 1
        }

        package var file: FileID
        package var dueAt: Timestamp
        package var expected: Expectation
        /// When the expected answer came; nil where none has.
        package var answeredAt: Timestamp?

        package init(
            _ file: FileID,
            dueAt: Timestamp,
            expected: Expectation,
            answeredAt: Timestamp? = nil
        ) {
            self.file = file
            self.dueAt = dueAt
            self.expected = expected
            self.answeredAt = answeredAt
        }
    }

    package let accessPointID: AccessPoint.ID
    package let baseURL: String
    /// The generation of its catalog.
    package var generation: UInt32
    /// The version of the state that it was made from, as storage names it.
    package var stateTag = ""
    /// When it was made; one of a clock that was ahead is as good as none.
    package var madeAt: Timestamp
    /// When the state has work that the agenda does not hold; far away where it has none.
    package var opensAt: Timestamp
    /// What kind of work that is.
    package var urgency = Urgency.routine
    /// How many files the state has of each kind.
    package var counts = FileCounts()
    /// By time.
    package var entries: [Entry] = []
    /// By which classes of files it was made, as ``Memory/classesMark``.
    package var classesMark: UInt64 = 0
    /// How its server is asked; nil where that is to be found out.
    package var rememberedStrategy: RememberedStrategy?
    /// The files that were proven last, newest first, for the probe.
    package var newest: [FileID] = []

    /// More entries make the state be opened sooner.
    package static let entryLimit = 2_048
    package static let newestLimit = 16

    package init(
        accessPointID: AccessPoint.ID,
        baseURL: String,
        generation: UInt32,
        madeAt: Timestamp,
        opensAt: Timestamp
    ) {
        self.accessPointID = accessPointID
        self.baseURL = baseURL
        self.generation = generation
        self.madeAt = madeAt
        self.opensAt = opensAt
    }
}

extension Agenda {
    /// When the state has to be opened, and what for: the part of an agenda that tells whose turn
    /// it is, without the questions.
    package struct Outlook: Hashable, Sendable {
        package let generation: UInt32
        package let classesMark: UInt64
        package let madeAt: Timestamp
        package let opensAt: Timestamp
        package let urgency: Urgency
    }

    package var outlook: Outlook {
        Outlook(
            generation: generation,
            classesMark: classesMark,
            madeAt: madeAt,
            opensAt: opensAt,
            urgency: urgency
        )
    }
}

/// How many files there are of each kind.
package struct FileCounts: Hashable, Sendable {
    package var present = 0
    package var absent = 0
    package var altered = 0
    package var stale = 0
    package var refused = 0
    package var unreachable = 0
    /// Those with a suspicion that awaits a second answer, or with a proof that is not believed.
    package var suspected = 0
    package var unknown = 0

    package init() {}

    package var total: Int {
        present + absent + altered + stale + refused + unreachable + suspected + unknown
    }

    package static func + (left: FileCounts, right: FileCounts) -> FileCounts {
        var sum = left
        for field in FileCounts.fields { sum[keyPath: field] += right[keyPath: field] }
        return sum
    }

    /// In the order of the blob.
    static var fields: [WritableKeyPath<FileCounts, Int>] {
        [
            \.present, \.absent, \.altered, \.stale, \.refused, \.unreachable, \.suspected,
            \.unknown,
        ]
    }
}
