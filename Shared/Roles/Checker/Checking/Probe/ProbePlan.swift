package import Catalogs
import CheckPlanning
package import CheckStates
package import HealthFormat
package import Mirrors
package import Time

/// What a probe asks for in one minute, based on the agendas and the result of the probe before.
package struct ProbePlan: Sendable {
    private let before: Health
    private let catalog: Catalog
    private let minute: Int64
    /// Access points that went down together with so many others that the cause was our own
    /// network.
    private let blameless: Set<AccessPoint.ID>

    /// How many files are tried before an answering access point counts as down.
    private static let fileLimit = 8
    /// How many files a returning one has to show.
    private static let returnLimit = 16

    package init(after before: Health, catalog: Catalog, now: Timestamp) {
        self.before = before
        self.catalog = catalog
        minute = now.secondsSinceEpoch / 60
        blameless = before.downWithOthers
    }

    /// What to ask an access point with this `number` in the transport.
    ///
    /// Its state is read only if there is no agenda yet.
    package func target<Failure>(
        _ accessPoint: AccessPoint,
        number: AccessPointNumber,
        agenda: Agenda?,
        state: () throws(Failure) -> CheckState
    ) throws(Failure) -> HealthProbe.Target {
        guard let agenda, agenda.baseURL == accessPoint.baseURL else {
            let files = try state().knownFiles(in: catalog, count: Self.fileLimit)
            var target = HealthProbe.Target(number: number, id: accessPoint.id, files: files)
            target.wantsCertificateEnd = wantsCertificateEnd(accessPoint)
            return target
        }
        func isProven(_ file: FileID) -> Bool {
            Int(file.rawValue) < catalog.count && catalog.isLive(file)
                && catalog.changedIn(file) <= agenda.generation
        }
        var target = HealthProbe.Target(
            number: number,
            id: accessPoint.id,
            files: agenda.probeFiles(minute: minute, count: Self.fileLimit).filter(isProven)
        )
        target.wantsCertificateEnd = wantsCertificateEnd(accessPoint)
        if isReturning(accessPoint.id) {
            let sample = agenda.returnSample(count: Self.returnLimit, minute: minute)
            target.returnSample = sample.filter(isProven)
        }
        return target
    }

    /// Whether to look up the end of the certificate: once a day, or once an hour near the end, so
    /// that a renewal is noticed.
    private func wantsCertificateEnd(_ accessPoint: AccessPoint) -> Bool {
        guard accessPoint.scheme == .https else { return false }
        guard let status = before.statuses[accessPoint.id], let end = status.certificateEnd
        else { return true }
        let now = minute * 60
        let isNear = end.secondsSinceEpoch < now + Self.nearCertificateEnd
        let period: Int64 = isNear ? 3600 : 86_400
        return status.checkedAt.secondsSinceEpoch / period != now / period
    }

    private static let nearCertificateEnd: Int64 = 14 * 86_400

    private func isReturning(_ id: AccessPoint.ID) -> Bool {
        guard let status = before.statuses[id] else { return false }
        return !status.isUp && !blameless.contains(id)
    }

    /// Whether the other URL of a tree is asked in this minute instead of this one: they alternate
    /// as long as both are up.
    package func isSpare(_ id: AccessPoint.ID, beside twin: AccessPoint.ID) -> Bool {
        guard before.statuses[id]?.isUp == true, before.statuses[twin]?.isUp == true
        else { return false }
        return (minute % 2 == 0) == (id < twin)
    }
}
