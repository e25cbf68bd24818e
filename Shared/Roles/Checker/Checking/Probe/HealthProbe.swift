package import Catalogs
import CheckPlanning
package import HealthFormat
package import Mirrors
package import Time

/// Finds out which access points answer now.
///
/// An access point is up if the server answers and a proven file is there. Each round asks for a
/// different file, so that no single folder decides. One failure is not a verdict: after a timeout
/// the same question is repeated, and after a missing file others are asked for; it is down only if
/// none of them is there. A missing file among present ones is evidence for the checks. A mirror
/// that returns from an outage must first show its newest files and some others, because it may
/// have returned with an older tree.
package final class HealthProbe {
    /// An access point to probe.
    package struct Target {
        /// Its number in the transport.
        package var number: AccessPointNumber
        package var id: AccessPoint.ID
        /// Files that were proven there, in a different order each round; a few suffice.
        package var files: [FileID]
        /// Files that it has to show before it is up again; empty if the first proof suffices.
        package var returnSample: [FileID]
        /// The number of another URL of the same tree, which is asked in its place as long as that
        /// one is up.
        package var spareOf: AccessPointNumber?
        /// Whether to look up the end of its certificate.
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

    /// The probe's result for one access point.
    package struct Result: Equatable, Sendable {
        /// Why it is down; nil if it is up.
        package var outage: Outage?
        package var latencyMilliseconds: Int64?
        /// It asked for fewer requests (429).
        package var wantsPause = false
        /// Proven files that have changed, although the access point is up.
        package var evidence: [Health.Evidence] = []
        /// It returned from an outage, and `evidence` shows that its tree is older.
        package var hasReturnedOlder = false
        /// The details for this checker's log only.
        package var detail: String?
        /// The end of its certificate, if the probe looked it up.
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

    /// More missing files of a returning access point tell nothing new.
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

    /// Probes all targets at once, until `deadline` at the latest, in seconds of the run.
    ///
    /// Targets without a verdict by then are left out, and so are spares that were not needed. One
    /// that answered again but could not show its files in time is unverified.
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
            // Only spares are left, and the URLs that they stand for are up.
            guard isAnythingAsked || undecided.contains(where: { courses[$0].isAsked })
            else { break }
            transport.wait(atMost: .seconds(max(0, min(1, deadline - clock.elapsed)))) { take($0) }
            undecided.removeAll { courses[$0].result != nil }
        }
        var results: [AccessPoint.ID: Result] = [:]
        for course in courses { results[course.target.id] = course.result ?? course.unverified }
        return results
    }

    /// Whether it waits because the other URL of its tree is asked in its place.
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
