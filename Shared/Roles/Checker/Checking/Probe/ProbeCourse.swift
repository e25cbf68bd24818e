import Catalogs
import CheckPlanning
import HealthFormat
import Time

/// The state of the probe of one access point.
struct ProbeCourse {
    let target: HealthProbe.Target
    /// Whether a question is in flight.
    var isAsked = false
    private(set) var result: HealthProbe.Result?

    /// The index into `target.files`, or into the return sample.
    private var position = 0
    /// It has shown one file, and must now show those that a returning access point must.
    private var isReturning = false
    private var silences = 0
    private var latencyMilliseconds: Int64?
    private var evidence: [Health.Evidence] = []
    private var certificateEnd: Timestamp?
    /// The first reply that was no proof, used if no verdict is reached.
    private var firstRefusal: (outage: Outage, detail: String)?

    init(_ target: HealthProbe.Target) {
        self.target = target
    }

    /// The verdict if time is over: down for now if it was returning, otherwise none.
    var unverified: HealthProbe.Result? {
        guard isReturning else { return nil }
        var result = HealthProbe.Result(
            outage: .unverified,
            latencyMilliseconds: latencyMilliseconds
        )
        result.certificateEnd = certificateEnd
        return result
    }

    /// Ends it with the refusals so far, because its host requested a pause beyond the deadline.
    mutating func giveUp() {
        guard let firstRefusal, !isReturning else { return }
        finish(firstRefusal.outage, detail: firstRefusal.detail)
    }

    private var files: [FileID] { isReturning ? target.returnSample : target.files }

    /// What to ask next: a file, or the base URL if no file is known.
    func question(_ catalog: Catalog) -> Question {
        var question = Question(
            accessPoint: target.number,
            subject: .base,
            path: [],
            isDirectory: true
        )
        if position < files.count {
            let file = files[position]
            question.subject = .knownFile(file)
            question.path = catalog.pathBytes(of: file)
            question.isDirectory = catalog.leadsToDirectory(file)
        }
        question.wantsCertificateEnd = target.wantsCertificateEnd && certificateEnd == nil
        return question
    }

    mutating func take(_ answer: Answer, _ catalog: Catalog, olderLimit: Int) {
        certificateEnd = certificateEnd ?? answer.certificateEnd
        if case .failed(let reason, let outage) = answer.reply {
            silences += 1
            if silences > 1 { finish(outage, detail: reason) }
            return
        }
        if latencyMilliseconds == nil {
            latencyMilliseconds = Int64((answer.seconds * 1000).rounded())
        }
        switch answer.reply {
        case .answered(503, _):
            // It concerns the server, not the file, and asking again would prolong the pause.
            let outage: Outage = answer.isRedirected ? .redirect : .status(503)
            firstRefusal = firstRefusal ?? (outage, "503")
            silences += 1
            if silences > 1 { finish(outage, detail: "503") }
        case .notAsked, .answered(429, _):
            finish(nil, wantsPause: true)
        case .answered(200, let byteCount):
            guard case .knownFile(let file) = answer.subject else { return finish(nil) }
            // Servers send no length for an empty file.
            if let expected = catalog.byteCount(of: file), (byteCount ?? 0) != expected {
                contradict(
                    file,
                    answer.isRedirected ? .redirect : .wrongLength,
                    "another length for \(catalog.path(of: file))"
                )
            } else {
                prove()
            }
        case .answered(let status, _):
            let outage =
                answer.isRedirected ? .redirect : Outage.status(UInt16(clamping: status))
            guard case .knownFile(let file) = answer.subject else {
                // A server without a listing or a page at its base URL is still up.
                return status < 500 ? finish(nil) : refuse(outage, "\(status) for the base URL")
            }
            contradict(file, outage, "\(status) for \(catalog.path(of: file))")
        case .unusable(let reason, let outage):
            refuse(outage, reason)
        case .listed, .failed:
            refuse(.other, "an answer to another question")
        }
        if isReturning, evidence.count >= olderLimit { finish(nil) }
    }

    /// A file is there.
    private mutating func prove() {
        silences = 0
        if isReturning {
            position += 1
        } else if !target.returnSample.isEmpty {
            (isReturning, position) = (true, 0)
        } else {
            finish(nil)
            return
        }
        if position >= files.count { finish(nil) }
    }

    /// A file has changed.
    private mutating func contradict(_ file: FileID, _ outage: Outage, _ detail: String) {
        evidence.append(Health.Evidence(fileID: file.rawValue, outage: outage))
        refuse(outage, detail)
    }

    /// The answer is no proof.
    private mutating func refuse(_ outage: Outage, _ detail: String) {
        if firstRefusal == nil { firstRefusal = (outage, detail) }
        guard !files.isEmpty else {
            silences += 1
            if silences > 1 { finish(outage, detail: detail) }
            return
        }
        position += 1
        guard position >= files.count else { return }
        // A returning access point has shown a file before; others have shown none.
        isReturning ? finish(nil) : finish(firstRefusal?.outage, detail: firstRefusal?.detail)
    }

    private mutating func finish(
        _ outage: Outage?,
        wantsPause: Bool = false,
        detail: String? = nil
    ) {
        result = HealthProbe.Result(
            outage: outage,
            latencyMilliseconds: latencyMilliseconds,
            wantsPause: wantsPause,
            // If it is down, no file is there, and the outage is the evidence.
            evidence: outage == nil ? evidence : [],
            hasReturnedOlder: outage == nil && isReturning && !evidence.isEmpty,
            detail: detail
        )
        result?.certificateEnd = certificateEnd
    }
}
