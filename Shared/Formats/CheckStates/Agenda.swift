package import Catalogs
package import Mirrors
package import Time

/// The kinds of questions, most urgent first.
package enum Urgency: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    /// Files that clients are not sent to until they were asked for again.
    case doubt = 1
    /// The files of the latest generations of the catalog.
    case news = 2
    /// Second looks.
    case suspicion = 3
    /// Files that were never asked for.
    case firstPass = 4
    /// Samples, listings, and long-missing files.
    case routine = 5

    package static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }
}

/// What an access point is asked next, as long as its answers match the predictions.
///
/// A visit without surprises needs only this small blob: some questions, the predicted answers, and
/// when the state itself has work. After any other answer, the state is opened. An agenda that is
/// lost, or was made from another version of the state, only costs that.
package struct Agenda: Equatable, Sendable {
    /// A planned question.
    package struct Entry: Hashable, Sendable {
        package enum Expectation: UInt8, Hashable, Sendable, CaseIterable {
            /// The file is expected to be there still.
            case present = 0
            /// The file is expected to be still missing.
            case missing = 1
        }

        package var file: FileID
        package var dueAt: Timestamp
        package var expected: Expectation
        /// When the predicted answer came; nil if none has.
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
    /// The version of the state that it was made from, as named by storage.
    package var stateTag = ""
    /// When it was made; if that is in the future, the agenda is ignored.
    package var madeAt: Timestamp
    /// When the state has work that is not in the agenda; in the far future if it has none.
    package var opensAt: Timestamp
    /// The kind of that work.
    package var urgency = Urgency.routine
    /// The number of files of each kind in the state.
    package var counts = FileCounts()
    /// Ordered by time.
    package var entries: [Entry] = []
    /// The classes of files that it is based on, as in ``CheckMemory/classesMark``.
    package var classesMark: UInt64 = 0
    /// How its server is asked; nil if that must be determined.
    package var rememberedStrategy: RememberedStrategy?
    /// The most recently proven files, newest first, for the probe.
    package var newest: [FileID] = []

    /// With more entries, the state is opened sooner.
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
    /// When the state must be opened, and for what: the part of an agenda that determines whose
    /// turn it is, without the questions.
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

/// The number of files of each kind.
package struct FileCounts: Hashable, Sendable {
    package var present = 0
    package var absent = 0
    package var altered = 0
    package var stale = 0
    package var refused = 0
    package var unreachable = 0
    /// Files with a suspicion that awaits a second answer, or with a proof that does not count.
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
