package import Catalogs
import CheckPlanning
package import CheckStates
package import HealthFormat
package import Mirrors
package import Time

/// Finds out which access points answer now.
///
/// Up means: the server answers, and a file that is known to be there is there. Without such a file
/// the answer alone decides. One failure is no verdict: silence is met with the same question once
/// more, a missing file with another file.
package final class HealthProbe {
    /// An access point to probe.
    package struct Target: Sendable {
        /// Its number in the transport.
        package var index: Int
        package var id: AccessPoint.ID
        /// Files that were proven to be there, best first; two are enough.
        package var knownFiles: [FileID]

        package init(index: Int, id: AccessPoint.ID, knownFiles: [FileID]) {
            self.index = index
            self.id = id
            self.knownFiles = knownFiles
        }
    }

    /// What the probe of one access point came to.
    package struct Result: Equatable, Sendable {
        /// Why it is down; nil where it is up.
        package var outage: Outage?
        package var latencyMilliseconds: Int64?
        /// It wants fewer questions (429).
        package var wantsPause: Bool
        /// What the probe met, in words for the log of this checker alone.
        package var detail: String?

        package init(
            outage: Outage? = nil,
            latencyMilliseconds: Int64? = nil,
            wantsPause: Bool = false,
            detail: String? = nil
        ) {
            self.outage = outage
            self.latencyMilliseconds = latencyMilliseconds
            self.wantsPause = wantsPause
            self.detail = detail
        }

        package var isUp: Bool { outage == nil }
    }

    /// Where a probe stands.
    private struct Course {
        var target: Target
        /// The next question: nil for the base URL, else the number of the known file.
        var step: Int?
        var silences = 0
        var latencyMilliseconds: Int64?
        var isAsked = false
        var result: Result?
    }

    private let catalog: Catalog
    private let transport: any Transport
    private let clock: any CheckClock
    private var courses: [Course]
    private let courseByIndex: [Int: Int]

    package init(
        targets: [Target],
        catalog: Catalog,
        transport: any Transport,
        clock: any CheckClock
    ) {
        self.catalog = catalog
        self.transport = transport
        self.clock = clock
        courses = targets.map { Course(target: $0) }
        courseByIndex = Dictionary(
            targets.enumerated().map { ($1.index, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Probes all targets at once, until `deadline` in seconds of the run at the latest.
    ///
    /// A target that got no verdict by then is left out.
    package func run(
        until deadline: Double,
        shouldStop: () -> Bool = { false }
    ) -> [AccessPoint.ID: Result] {
        var undecided = Array(courses.indices)
        while !undecided.isEmpty, clock.elapsed < deadline, !shouldStop() {
            for number in undecided where !courses[number].isAsked {
                guard transport.room(at: courses[number].target.index) > 0 else { continue }
                courses[number].isAsked = true
                transport.ask(question(of: courses[number]))
            }
            transport.wait(atMost: .seconds(max(0, min(1, deadline - clock.elapsed)))) { take($0) }
            undecided.removeAll { courses[$0].result != nil }
        }
        var results: [AccessPoint.ID: Result] = [:]
        for course in courses { results[course.target.id] = course.result }
        return results
    }

    private func question(of course: Course) -> Question {
        guard let step = course.step else {
            return Question(
                accessPoint: course.target.index,
                subject: .base,
                path: [],
                isDirectory: true
            )
        }
        let id = course.target.knownFiles[step]
        return Question(
            accessPoint: course.target.index,
            subject: .knownFile(id),
            path: catalog.pathBytes(of: id),
            isDirectory: false
        )
    }

    private func take(_ answer: Answer) {
        guard let number = courseByIndex[answer.accessPoint] else { return }
        courses[number].isAsked = false
        advance(&courses[number], answer)
    }

    private func advance(_ course: inout Course, _ answer: Answer) {
        if case .failed(let reason, let outage) = answer.reply {
            course.silences += 1
            if course.silences > 1 { finish(&course, outage, detail: reason) }
            return
        }
        if course.latencyMilliseconds == nil {
            course.latencyMilliseconds = Int64((answer.seconds * 1000).rounded())
        }
        switch (answer.subject, answer.reply) {
        case (.knownFile(let id), .answered(200, let byteCount))
        where byteCount == catalog.byteCount(of: id):
            finish(&course, nil)
        case (_, .answered(429, _)):
            finish(&course, nil, wantsPause: true)
        case (.knownFile(let id), _):
            let next = (course.step ?? 0) + 1
            if next < course.target.knownFiles.count {
                course.step = next
            } else {
                finish(
                    &course,
                    Self.outage(answer.reply),
                    detail: "\(Self.text(answer.reply)) for \(catalog.path(of: id))"
                )
            }
        case (_, let reply):
            if !course.target.knownFiles.isEmpty {
                course.step = 0
            } else if Self.isWell(reply) {
                finish(&course, nil)
            } else {
                course.silences += 1
                guard course.silences > 1 else { return }
                let detail = "\(Self.text(reply)) for the base URL"
                finish(&course, Self.outage(reply), detail: detail)
            }
        }
    }

    private func finish(
        _ course: inout Course,
        _ outage: Outage?,
        wantsPause: Bool = false,
        detail: String? = nil
    ) {
        course.result = Result(
            outage: outage,
            latencyMilliseconds: course.latencyMilliseconds,
            wantsPause: wantsPause,
            detail: detail
        )
    }

    /// The class of a reply that brought no proof.
    private static func outage(_ reply: Reply) -> Outage {
        switch reply {
        case .answered(200, _): .wrongLength
        case .answered(let status, _): .status(UInt16(clamping: status))
        case .unusable(_, let outage), .failed(_, let outage): outage
        case .notAsked, .listed: .other
        }
    }

    /// A server that has no listing or no page at its base URL is well all the same.
    private static func isWell(_ reply: Reply) -> Bool {
        if case .answered(let status, _) = reply { status < 500 } else { false }
    }

    private static func text(_ reply: Reply) -> String {
        switch reply {
        case .answered(200, let byteCount?): "another length (\(byteCount) bytes)"
        case .answered(let status, _): "\(status)"
        case .unusable(let reason, _), .failed(let reason, _): reason
        case .listed: "a listing"
        case .notAsked: "it asked for a pause"
        }
    }
}

extension Health {
    /// Takes over the results of a probe; access points that were not probed keep their status, and
    /// those that no longer exist lose it.
    package mutating func update(
        with results: [AccessPoint.ID: HealthProbe.Result],
        existing: Set<AccessPoint.ID>,
        now: Timestamp
    ) {
        statuses = statuses.filter { existing.contains($0.key) }
        for (id, result) in results {
            let previous = statuses[id]
            statuses[id] = Status(
                outage: result.outage,
                since: previous?.isUp == result.isUp ? previous?.since ?? now : now,
                checkedAt: now,
                latencyMilliseconds: result.latencyMilliseconds,
                wantsPause: result.wantsPause
            )
        }
        probedAt = now
    }
}

extension CheckState {
    /// Up to `count` files that were proven to be here, are expected still and unchanged since;
    /// the latest proofs first.
    package func knownFiles(in catalog: Catalog, count: Int) -> [FileID] {
        var best: [(id: FileID, observedAt: Timestamp)] = []
        for id in catalog.ids.prefix(self.count) where outcome(of: id) == .present {
            // The cheap question first: most files are no better than the best so far.
            let observedAt = self[id].observedAt
            if best.count == count, let last = best.last, last.observedAt >= observedAt { continue }
            guard catalog.isLive(id), catalog.byteCount(of: id) ?? 0 > 0,
                generation(of: id) >= catalog.changedIn(id)
            else { continue }
            let place = best.firstIndex { $0.observedAt < observedAt } ?? best.count
            best.insert((id, observedAt), at: place)
            if best.count > count { best.removeLast() }
        }
        return best.map(\.id)
    }
}
