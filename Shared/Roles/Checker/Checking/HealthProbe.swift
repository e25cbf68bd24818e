package import Catalogs
import CheckPlanning
package import HealthFormat
package import Mirrors
package import Time

/// Finds out which access points answer now.
///
/// Up means: the server answers, and a file that was proven to be there is there. Each round asks
/// for another one, so that no single folder decides. One failure is no verdict: silence is met
/// with the same question once more, a missing file with others, and only where none of them is
/// there the access point is down. A missing one among others that are there is evidence for the
/// checks. A mirror that comes back from an outage shows its newest files and some others first: it
/// may have come back with an older tree.
package final class HealthProbe {
    /// An access point to probe.
    package struct Target {
        /// Its number in the transport.
        package var number: AccessPointNumber
        package var id: AccessPoint.ID
        /// Files that were proven to be there, each round in another order; a few are enough.
        package var files: [FileID]
        /// Files that it has to show before it is up again; empty if the first proof is enough.
        package var returnSample: [FileID]
        /// The number of another URL of the same tree, which is asked in its place as long as it is
        /// up.
        package var spareOf: AccessPointNumber?
        /// Whether it is time to look when its certificate ends.
        package var wantsCertificateEnd = false

        package init(
            number: AccessPointNumber,
            id: AccessPoint.ID,
            files: [FileID],
            returnSample: [FileID] = [],
            spareOf: AccessPointNumber? = nil
        ) {
            self.number = number
            self.id = id
            self.files = files
            self.returnSample = returnSample
            self.spareOf = spareOf
        }
    }

    /// The outcome of the probe of one access point.
    package struct Result: Equatable, Sendable {
        /// Why it is down; nil where it is up.
        package var outage: Outage?
        package var latencyMilliseconds: Int64?
        /// It wants fewer questions (429).
        package var wantsPause = false
        /// Proven files that are not as they were, while the access point is up.
        package var evidence: [Health.Evidence] = []
        /// It came back from an outage, and `evidence` says that its tree is an older one.
        package var hasReturnedOlder = false
        /// What the probe met, in words for the log of this checker alone.
        package var detail: String?
        /// When its certificate ends, where the probe looked.
        package var certificateEnd: Timestamp?

        package init(
            outage: Outage? = nil,
            latencyMilliseconds: Int64? = nil,
            wantsPause: Bool = false,
            evidence: [Health.Evidence] = [],
            hasReturnedOlder: Bool = false,
            detail: String? = nil
        ) {
            self.outage = outage
            self.latencyMilliseconds = latencyMilliseconds
            self.wantsPause = wantsPause
            self.evidence = evidence
            self.hasReturnedOlder = hasReturnedOlder
            self.detail = detail
        }

        package var isUp: Bool { outage == nil }
    }

    /// More missing files of one that came back tell nothing more.
    private static let olderLimit = 3

    private let catalog: Catalog
    private let transport: any Transport
    private let clock: any CheckClock
    private var courses: [ProbeCourse]
    private let courseByNumber: [AccessPointNumber: Int]

    package init(
        targets: [Target],
        catalog: Catalog,
        transport: any Transport,
        clock: any CheckClock
    ) {
        self.catalog = catalog
        self.transport = transport
        self.clock = clock
        courses = targets.map { ProbeCourse($0) }
        courseByNumber = Dictionary(
            targets.enumerated().map { ($1.number, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Probes all targets at once, until `deadline` in seconds of the run at the latest.
    ///
    /// A target that got no verdict by then is left out, and so are spares that were not needed;
    /// one that answered again and could not show its files in time is unverified.
    package func run(
        until deadline: Double,
        shouldStop: () -> Bool = { false }
    ) -> [AccessPoint.ID: Result] {
        var undecided = Array(courses.indices)
        while !undecided.isEmpty, clock.elapsed < deadline, !shouldStop() {
            var isAnythingAsked = false
            for number in undecided where !courses[number].isAsked && !isWaiting(number) {
                let accessPoint = courses[number].target.number
                guard transport.room(at: accessPoint) > 0 else {
                    isAnythingAsked = true
                    if transport.pause(at: accessPoint) >= .seconds(deadline - clock.elapsed) {
                        courses[number].giveUp()
                    }
                    continue
                }
                isAnythingAsked = true
                courses[number].isAsked = true
                transport.ask(courses[number].question(catalog))
            }
            // Only spares are left, and those whose place they would take are well.
            guard isAnythingAsked || undecided.contains(where: { courses[$0].isAsked })
            else { break }
            transport.wait(atMost: .seconds(max(0, min(1, deadline - clock.elapsed)))) { take($0) }
            undecided.removeAll { courses[$0].result != nil }
        }
        var results: [AccessPoint.ID: Result] = [:]
        for course in courses { results[course.target.id] = course.result ?? course.unverified }
        return results
    }

    /// Whether the other URL of its tree is asked in its place: until that turns out not to be up.
    private func isWaiting(_ number: Int) -> Bool {
        guard let index = courses[number].target.spareOf, let other = courseByNumber[index] else {
            return false
        }
        return courses[other].result?.isUp ?? true
    }

    private func take(_ answer: Answer) {
        guard let number = courseByNumber[answer.accessPoint] else { return }
        courses[number].isAsked = false
        courses[number].take(answer, catalog, olderLimit: Self.olderLimit)
    }
}
