import Catalogs
import CheckPlanning
import FunctionRuntime
package import Mirrors
package import RsyncListing

/// Answers questions about rsync access points out of listings, each of a whole mirror.
///
/// The first question starts the rsync program; when it has ended, thousands of questions are
/// answered at once. No listing answers the same question twice: a suspicion is asked about again
/// later, and then the mirror is listed anew. What a listing lacks is absent only where rsync ended
/// with exit code 0 and every line was understood. A server that gave no listing is not asked again
/// in the same run. Where the program is not installed, nothing is asked and nothing concluded.
package final class RsyncTransport: Transport {
    /// One access point's listing.
    private struct Point {
        var baseURL: String
        var authority: Substring
        var questions: [Question] = []
        var stage = Stage.none
        /// When the last question came, for the choice of listings to forget.
        var askedAt: ContinuousClock.Instant
    }

    private enum Stage {
        case none
        case running(RsyncRun, ListedTree)
        case listed(Listing)
        /// There is no listing. Where the fault is on this side, that says nothing about the server.
        case failed(reason: String, isOwnFault: Bool)
    }

    private struct Listing {
        var tree: ListedTree
        /// Why what was not seen may be there all the same; nil where it is not.
        var gap: String?
        var takenAt: ContinuousClock.Instant
        var answered = FileSet()
    }

    private var points: [Int: Point] = [:]
    private let settings: RsyncRun.Settings
    private let hasProgram: Bool
    private let clock = ContinuousClock()

    /// How many listings there may be, running or at hand: their memory is the bound.
    private static let listingLimit = 4
    /// How many questions wait for a listing: no more than it takes to notice that there is none.
    private static let questionsBeforeListing = 8
    private static let questionsWithListing = 8192
    /// How long a listing tells how things are.
    private static let longestUse = Duration.seconds(600)

    /// Takes the access points that questions name by index; those of other schemes it leaves alone.
    package init(
        accessPoints: [AccessPoint],
        settings: RsyncRun.Settings = RsyncRun.Settings()
    ) {
        self.settings = settings
        hasProgram = settings.hasProgram
        for (index, accessPoint) in accessPoints.enumerated() where accessPoint.scheme == .rsync {
            let parts = accessPoint.baseURL.split(separator: "/", maxSplits: 2)
            points[index] = Point(
                baseURL: accessPoint.baseURL,
                authority: parts.dropFirst().first ?? "",
                askedAt: clock.now
            )
        }
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool { scheme == .rsync && hasProgram }

    package func reasonNotToSpeak(_ scheme: AccessPoint.Scheme) -> String {
        scheme == .rsync
            ? "the program \(settings.program) is not installed" : "scheme \(scheme.rawValue)"
    }

    package func room(at accessPoint: Int) -> Int {
        guard let point = points[accessPoint] else { return 0 }
        let limit =
            switch point.stage {
            case .none: canStart(point) ? Self.questionsBeforeListing : 0
            case .running: Self.questionsBeforeListing
            case .failed: Self.questionsBeforeListing
            case .listed: Self.questionsWithListing
            }
        return max(0, limit - point.questions.count)
    }

    package func pause(at accessPoint: Int) -> Duration { .zero }

    /// Whether any listing is under way, so that the caller should not sleep long.
    var isListing: Bool {
        points.values.contains { if case .running = $0.stage { true } else { false } }
    }

    package func ask(_ question: Question) {
        points[question.accessPoint]?.questions.append(question)
        points[question.accessPoint]?.askedAt = clock.now
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        var patience = longest
        for index in points.keys.sorted() {
            guard var point = points.removeValue(forKey: index) else { continue }
            answer(&point, receive)
            if case .running(let run, var tree) = point.stage {
                // The copy in `point` would make every insertion copy the tree.
                point.stage = .none
                let outcome = run.turn(atMost: patience) { tree.insert($0) }
                patience = .zero
                point.stage = outcome.map { stage(after: $0, of: run, tree) } ?? .running(run, tree)
                answer(&point, receive)
            }
            points[index] = point
        }
    }

    /// Answers what the listing can, and starts one where it is needed and there is a place for it.
    private func answer(_ point: inout Point, _ receive: (Answer) -> Void) {
        guard !point.questions.isEmpty else { return }
        let questions = point.questions
        point.questions.removeAll(keepingCapacity: true)
        for question in questions {
            switch point.stage {
            case .failed(let reason, let isOwnFault):
                receive(
                    question.answered(
                        isOwnFault ? .unusable(reason: reason) : .failed(reason: reason)
                    )
                )
            case .listed:
                if let answer = lookUp(question, &point) {
                    receive(answer)
                } else {
                    point.questions.append(question)
                }
            case .none, .running:
                point.questions.append(question)
            }
        }
        guard !point.questions.isEmpty else { return }
        switch point.stage {
        case .running, .failed: return
        case .listed: point.stage = .none
        case .none: break
        }
        guard makePlace(for: point) else { return }
        point.stage = .running(RsyncRun(url: point.baseURL, settings: settings), ListedTree())
    }

    /// What the listing at hand says; nil where it may not be asked.
    private func lookUp(_ question: Question, _ point: inout Point) -> Answer? {
        guard case .listed(var listing) = point.stage else { return nil }
        guard clock.now - listing.takenAt < Self.longestUse else { return nil }
        if case .file(let id) = question.subject {
            guard !listing.answered.contains(id) else { return nil }
            point.stage = .none
            listing.answered.insert(id)
            point.stage = .listed(listing)
        }
        let finding = listing.tree.finding(at: TreePath(bytes: Array(question.path)))
        if case .file(let byteCount, let modified) = finding, !question.isDirectory {
            return question.answered(
                .answered(status: 200, byteCount: byteCount),
                modified: modified
            )
        }
        return question.answered(Self.reply(to: question, finding, gap: listing.gap))
    }

    /// What a finding other than the file itself means in the words of HTTP.
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

    private func stage(after outcome: RsyncOutcome, of run: RsyncRun, _ tree: ListedTree) -> Stage {
        var gap: String?
        switch outcome {
        case .complete:
            if run.unknownLineCount > 0 {
                gap = "\(run.unknownLineCount) lines of the listing are not understood"
            }
        case .partial(let unread):
            gap = "the server could not list everything: \(unread.first ?? "no reason given")"
        case .failed(let failure):
            return .failed(reason: "rsync: \(failure)", isOwnFault: failure.kind == .unusable)
        }
        return .listed(Listing(tree: tree, gap: gap, takenAt: clock.now))
    }

    // MARK: - Places

    /// One listing at a time per host, and few in memory.
    private func canStart(_ point: Point) -> Bool {
        var count = 0
        for other in points.values {
            switch other.stage {
            case .running:
                if other.authority == point.authority { return false }
                count += 1
            case .listed:
                if !isForgettable(other) { count += 1 }
            case .none, .failed: break
            }
        }
        return count < Self.listingLimit
    }

    /// Whether nobody has asked about the listing for a while.
    private func isForgettable(_ point: Point) -> Bool {
        point.questions.isEmpty && clock.now - point.askedAt > .seconds(1)
    }

    /// Forgets a listing that is not asked about where there are too many.
    private func makePlace(for point: Point) -> Bool {
        guard canStart(point) else { return false }
        let held = points.filter {
            switch $0.value.stage {
            case .running, .listed: true
            case .none, .failed: false
            }
        }
        guard held.count >= Self.listingLimit else { return true }
        let oldest = held.filter { entry in
            if case .listed = entry.value.stage { isForgettable(entry.value) } else { false }
        }.min { $0.value.askedAt < $1.value.askedAt }
        guard let oldest else { return false }
        points[oldest.key]?.stage = .none
        return true
    }
}

extension Question {
    /// The answer to this question.
    func answered(_ reply: Reply, seconds: Double = 0, modified: Timestamp? = nil) -> Answer {
        Answer(
            accessPoint: accessPoint,
            subject: subject,
            reply: reply,
            seconds: seconds,
            modified: modified
        )
    }
}
