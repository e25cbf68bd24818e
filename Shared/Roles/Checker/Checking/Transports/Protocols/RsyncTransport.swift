package import Catalogs
import CheckPlanning
import DequeModule
import FunctionRuntime
import HealthFormat
package import Mirrors
package import RsyncListing
import Time
import URLs

/// Answers questions about rsync access points from listings of whole mirrors.
///
/// The first question starts the program rsync; when it has ended, thousands of questions are
/// answered at once. No listing answers the same question twice: a suspicion is asked about again
/// later, from a new listing. A file missing from a listing is absent only if rsync exited with
/// code 0 and every line was understood. A server that failed to list is not asked again in the
/// same run. If the program is not installed, nothing is asked and nothing concluded.
///
/// A listing is read in slices as it arrives, and only expected names are kept; one of absurd
/// length is cut off and condemns nothing.
package final class RsyncTransport: Transport {
    /// One access point's listing.
    private final class Point {
        let baseURL: String
        let authority: Substring
        var questions = Deque<Question>()
        var stage = Stage.none
        /// When the last question came, for choosing which listings to drop.
        var askedAt: Double

        init(baseURL: String, now: Double) {
            self.baseURL = baseURL
            authority = baseURL.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
            askedAt = now
        }
    }

    private enum Stage {
        case none
        /// The program is running.
        case running(Reading)
        /// The program has ended, and links are being followed.
        case following(Listing)
        case listed(Listing)
        /// There is no listing. If the fault is on this side, that says nothing about the server.
        case failed(RsyncFailure)
    }

    /// A listing as it arrives.
    private final class Reading {
        let run: RsyncRun
        var tree: ListedTree
        let soughtCount: Int
        /// Why the rest of the listing was not read; nil while it is.
        var cut: String?

        init(run: RsyncRun, _ expected: ExpectedFiles) {
            self.run = run
            tree = ListedTree(expected)
            soughtCount = expected.count
        }
    }

    /// A listing that has ended.
    private final class Listing {
        var tree: ListedTree
        /// Files with smaller numbers were looked for.
        let soughtCount: Int
        /// Why unlisted files may exist all the same; nil if the listing is complete.
        let gap: String?
        let takenAt: Double
        var answered = FileSet()

        init(_ reading: Reading, gap: String?, takenAt: Double) {
            tree = reading.tree
            soughtCount = reading.soughtCount
            self.gap = gap
            self.takenAt = takenAt
        }
    }

    private var points: [AccessPointNumber: Point] = [:]
    /// The numbers of ``points``, the one that was served last at the end.
    private var rotation: [AccessPointNumber]
    private let settings: RsyncRun.Settings
    private let hasProgram: Bool
    private let clock: () -> Double
    private var expected = ExpectedFiles(Catalog())
    private let spareLineCount: Int

    /// The maximum number of listings, running or finished, which bounds their memory.
    private static let listingLimit = 4
    /// The address space of the program, in bytes.
    ///
    /// Version 3.5 takes 7 MB and 83 bytes an entry.
    private static let programMemory = 96 << 20
    private static let programMemoryPerFile = 512
    /// How many questions wait for a listing: only as many as needed to notice that there is none.
    private static let questionsBeforeListing = 8
    private static let questionsWithListing = 8192
    /// How long a listing counts as current, in seconds.
    private static let longestUse = 600.0

    /// Takes the access points in the order of their numbers, and ignores those of other schemes.
    ///
    /// A listing may have `spareLineCount` lines in addition to four times the expected number.
    /// `clock` returns seconds from any epoch and is monotonic.
    package init(
        accessPoints: [AccessPoint],
        settings: RsyncRun.Settings = RsyncRun.Settings(),
        spareLineCount: Int = 1_000_000,
        clock: @escaping () -> Double = HostRegistry.clock()
    ) {
        self.settings = settings
        self.spareLineCount = spareLineCount
        self.clock = clock
        hasProgram = settings.hasProgram
        for (index, accessPoint) in accessPoints.enumerated() where accessPoint.scheme == .rsync {
            points[AccessPointNumber(index: index)] = Point(
                baseURL: accessPoint.baseURL,
                now: clock()
            )
        }
        rotation = points.keys.sorted()
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool { scheme == .rsync && hasProgram }

    package func reasonNotToSpeak(_ scheme: AccessPoint.Scheme) -> String {
        scheme == .rsync
            ? "the program \(settings.program) is not installed" : "scheme \(scheme.rawValue)"
    }

    package func expect(_ catalog: Catalog) {
        expected = ExpectedFiles(catalog)
    }

    package func room(at accessPoint: AccessPointNumber) -> Int {
        guard let point = points[accessPoint] else { return 0 }
        let limit =
            switch point.stage {
            case .none: canStart(point) ? Self.questionsBeforeListing : 0
            case .running, .following, .failed: Self.questionsBeforeListing
            case .listed: Self.questionsWithListing
            }
        return max(0, limit - point.questions.count)
    }

    package func pause(at accessPoint: AccessPointNumber) -> Duration { .zero }

    /// Whether any listing is in progress, so that the caller should not sleep long.
    var isListing: Bool {
        points.values.contains { if case .running = $0.stage { true } else { false } }
    }

    /// Whether there is work that need not wait.
    var hasWork: Bool {
        points.values.contains { point in
            switch point.stage {
            case .following: true
            case .listed, .failed: !point.questions.isEmpty
            case .none, .running: false
            }
        }
    }

    package func ask(_ question: Question) {
        points[question.accessPoint]?.questions.append(question)
        points[question.accessPoint]?.askedAt = clock()
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        guard !rotation.isEmpty else { return }
        var slice = WorkSlice(clock: clock)
        guard expected.prepare(&slice) else { return }
        var patience = longest
        for _ in rotation.indices {
            let index = rotation.removeFirst()
            rotation.append(index)
            guard let point = points[index] else { continue }
            work(on: point, &patience, &slice, receive)
            if slice.isOverNow() { return }
        }
    }

    private func work(
        on point: Point,
        _ patience: inout Duration,
        _ slice: inout WorkSlice,
        _ receive: (Answer) -> Void
    ) {
        if case .running(let reading) = point.stage {
            read(reading, of: point, patience, &slice)
            patience = .zero
        }
        if case .following(let listing) = point.stage {
            guard listing.tree.followLinks(&slice) else { return }
            point.stage = .listed(listing)
        }
        answer(point, &slice, receive)
    }

    // MARK: - Listings

    private func read(
        _ reading: Reading,
        of point: Point,
        _ patience: Duration,
        _ slice: inout WorkSlice
    ) {
        var patience = patience
        while true {
            let outcome = reading.run.step(atMost: patience) { reading.tree.insert($0) }
            if let outcome {
                point.stage = stage(after: outcome, reading)
                return
            }
            if reading.cut == nil, let excess = excess(of: reading.run) {
                reading.cut = excess
                reading.run.stop()
            }
            patience = .zero
            if slice.isOverNow() || !reading.run.hasMore { return }
        }
    }

    /// Why a listing is too long to be genuine; nil if it is not.
    private func excess(of run: RsyncRun) -> String? {
        let lineLimit = spareLineCount + 4 * expected.count
        if run.lineCount > lineLimit { return "more than \(lineLimit) lines" }
        let byteLimit = lineLimit * 128
        return run.byteCount > byteLimit ? "more than \(byteLimit) bytes" : nil
    }

    private func stage(after outcome: RsyncOutcome, _ reading: Reading) -> Stage {
        var gap: String?
        if let cut = reading.cut {
            gap = "the listing has \(cut) and was not read to its end"
        } else {
            switch outcome {
            case .complete:
                let count = reading.run.unknownLineCount
                if count > 0 { gap = "\(count) lines of the listing are not understood" }
            case .partial(let unread):
                gap = "the server could not list everything: \(unread.first ?? "no reason given")"
            case .failed(let failure):
                return .failed(failure)
            }
        }
        return .following(Listing(reading, gap: gap, takenAt: clock()))
    }

    // MARK: - Answers

    /// Answers what the listing can, and starts a new one if needed and possible.
    private func answer(_ point: Point, _ slice: inout WorkSlice, _ receive: (Answer) -> Void) {
        var again: [Question] = []
        loop: while !slice.isOver(), let question = point.questions.popFirst() {
            switch point.stage {
            case .failed(let failure):
                let reason = "rsync: \(failure)"
                receive(
                    question.answered(
                        failure.kind == .unusable
                            ? .unusable(reason: reason)
                            : .failed(reason: reason, outage: Outage(failure.kind))
                    )
                )
            case .listed(let listing):
                if let answer = lookUp(question, listing) {
                    receive(answer)
                } else {
                    again.append(question)
                }
            case .none, .running, .following:
                point.questions.prepend(question)
                break loop
            }
        }
        // What this listing cannot tell waits for the next, behind what it can.
        let isDone = point.questions.isEmpty
        point.questions.append(contentsOf: again)
        guard !point.questions.isEmpty else { return }
        switch point.stage {
        case .running, .following, .failed: return
        case .listed:
            guard isDone else { return }
            point.stage = .none
        case .none: break
        }
        guard makeRoom(for: point) else { return }
        var settings = settings
        if settings.memoryLimit == 0 {
            settings.memoryLimit = Self.programMemory + expected.count * Self.programMemoryPerFile
        }
        point.stage = .running(
            Reading(run: RsyncRun(url: point.baseURL, settings: settings), expected)
        )
    }

    /// What the current listing says; nil if it must not be used for this question.
    private func lookUp(_ question: Question, _ listing: Listing) -> Answer? {
        guard clock() - listing.takenAt < Self.longestUse else { return nil }
        if case .file(let id) = question.subject {
            let isSought = Int(id.rawValue) < listing.soughtCount || listing.soughtCount == 0
            guard isSought, !listing.answered.contains(id) else { return nil }
            listing.answered.insert(id)
        }
        let finding = listing.tree.finding(at: question.path)
        if case .file(let byteCount, let modified) = finding, !question.isDirectory {
            return question.answered(
                .answered(status: 200, byteCount: byteCount),
                modified: modified
            )
        }
        return question.answered(Self.reply(to: question, finding, gap: listing.gap))
    }

    /// Translates a finding other than the file itself to HTTP's terms.
    private static func reply(
        to question: Question,
        _ finding: ListedTree.Finding,
        gap: String?
    ) -> Reply {
        switch finding {
        case .directory where question.isDirectory: .answered(status: 200, byteCount: nil)
        case .file, .directory: .answered(status: 404, byteCount: nil)
        case .closed: .answered(status: 403, byteCount: nil)
        case .missing:
            gap.map { .unusable(reason: $0) } ?? .answered(status: 404, byteCount: nil)
        case .elsewhere: .unusable(reason: "a link leads out of the listing")
        }
    }

    // MARK: - Places

    /// One listing at a time per host, and few in memory.
    private func canStart(_ point: Point) -> Bool {
        var count = 0
        for other in points.values {
            switch other.stage {
            case .running, .following:
                if other.authority == point.authority { return false }
                count += 1
            case .listed:
                if !isForgettable(other) { count += 1 }
            case .none, .failed: break
            }
        }
        return count < Self.listingLimit
    }

    /// Whether nobody has used the listing for a while.
    private func isForgettable(_ point: Point) -> Bool {
        point.questions.isEmpty && clock() - point.askedAt > 1
    }

    /// Drops an unused listing if there are too many.
    private func makeRoom(for point: Point) -> Bool {
        guard canStart(point) else { return false }
        let listings = points.values.filter { other in
            switch other.stage {
            case .running, .following, .listed: true
            case .none, .failed: false
            }
        }
        guard listings.count >= Self.listingLimit else { return true }
        let oldest = listings.filter { other in
            if case .listed = other.stage { isForgettable(other) } else { false }
        }.min { $0.askedAt < $1.askedAt }
        guard let oldest else { return false }
        oldest.stage = .none
        return true
    }
}
