import JSON
package import Mirrors
package import Redirection

/// Makes the answers that are more than a redirect.
package final class PageAnswers: PageRenderer {
    private let settings: AnswerSettings
    private let metrics: Metrics
    private let answerProtocol: ResponseWriter.AnswerProtocol
    private let blobs: any PageBlobs
    private let regions: [Region.ID]
    /// Stands in Metalinks: `Redirector/1.0`.
    private let generator: String
    private let statusURL: String?

    /// `regions` are those that this host answers for, `statusURL` is a page about the mirrors.
    package init(
        settings: AnswerSettings,
        metrics: Metrics,
        protocol answerProtocol: ResponseWriter.AnswerProtocol = .http,
        blobs: any PageBlobs,
        regions: [Region.ID],
        generator: String,
        statusURL: String? = nil
    ) {
        self.settings = settings
        self.metrics = metrics
        self.answerProtocol = answerProtocol
        self.blobs = blobs
        self.regions = regions
        self.generator = generator
        self.statusURL = statusURL
    }

    package func answer(_ request: PageRequest) -> [UInt8] {
        if let snapshot = request.snapshot, request.page != .landing { loadDetails(for: snapshot) }
        if request.page == .redirect { return redirect(request) }

        var writer = ResponseWriter(settings: settings, protocol: answerProtocol)
        writer.begin(request.head, now: request.now, closing: request.closing)
        var answer: [UInt8] = []
        let now = Timestamp(secondsSinceEpoch: request.now)
        guard let snapshot = request.snapshot, request.page != .landing else {
            let page = LandingPage(
                snapshot: request.snapshot,
                regions: regions,
                statusURL: statusURL,
                now: now
            )
            return html(.ok, page.bytes, writer)
        }
        var candidates = CandidateList(request, in: snapshot)
        let facts = snapshot.details.flatMap { FileFacts(of: request.path, in: $0) }
        switch request.page {
        case .landing, .redirect: break
        case .metalink:
            let document = MetalinkDocument(
                path: request.path,
                candidates: candidates,
                facts: facts,
                fallbackURL: settings.fallbackURL,
                builtAt: Timestamp(secondsSinceEpoch: snapshot.builtAt),
                generator: generator
            )
            writer.write(
                .ok,
                text: document.bytes,
                type: "application/metalink4+xml",
                fields: metalinkFields(for: request.path),
                to: &answer
            )
        case .explanation:
            let report = blobs.report(region: snapshot.regionID)
            candidates.addTimes(from: report)
            let explanation = Explanation(
                request: request,
                candidates: candidates,
                facts: facts,
                health: blobs.health(),
                report: report,
                snapshot: snapshot,
                fallbackURL: settings.fallbackURL
            )
            writer.write(.ok, text: explanation.bytes, type: Self.json, to: &answer)
        case .mirrorList:
            let status: HTTPStatus = candidates.isKnown ? .ok : .notFound
            let report = blobs.report(region: snapshot.regionID)
            candidates.addTimes(from: report)
            let unmapped = ReportedExclusions(report)
            let accept = request.bytes.span.extracting(request.head.accept)
            guard AcceptedTypes(accept).prefersJSON else {
                let page = MirrorListPage(
                    path: request.path,
                    candidates: candidates,
                    facts: facts,
                    health: blobs.health(),
                    unmapped: unmapped,
                    snapshot: snapshot,
                    fallbackURL: settings.fallbackURL,
                    now: now
                )
                return html(status, page.bytes, writer)
            }
            let list = MirrorListJSON(
                path: request.path,
                candidates: candidates,
                facts: facts,
                health: blobs.health(),
                unmapped: unmapped,
                snapshot: snapshot,
                fallbackURL: settings.fallbackURL
            )
            writer.write(
                status,
                text: list.bytes,
                type: Self.json,
                fields: settings.varyOfPages,
                to: &answer
            )
        }
        return answer
    }

    private static let json: StaticString = "application/json"

    private func html(
        _ status: HTTPStatus,
        _ page: [UInt8],
        _ writer: borrowing ResponseWriter
    ) -> [UInt8] {
        var fields = settings.varyOfPages
        fields.append(PageStyle.fields)
        var answer: [UInt8] = []
        writer.write(
            status,
            text: page,
            type: "text/html; charset=utf-8",
            fields: fields,
            to: &answer
        )
        return answer
    }

    /// Says under which name a Metalink is saved (RFC 6266); whatever the file is called, the header
    /// holds its name percent-encoded (RFC 8187).
    private func metalinkFields(for path: [UInt8]) -> [UInt8] {
        var fields: [UInt8] = []
        fields.append("Content-Disposition: attachment; filename*=UTF-8''")
        Location.append(path: Array(TreePath(bytes: path).name), to: &fields)
        fields.append(".meta4\r\nX-Content-Type-Options: nosniff\r\n")
        return fields + settings.varyOfPages
    }

    /// The redirect, now that the digests are there if there are any.
    private func redirect(_ request: PageRequest) -> [UInt8] {
        var responder = Responder(settings: settings, metrics: metrics, protocol: answerProtocol)
        responder.snapshot = request.snapshot
        var answer: [UInt8] = []
        responder.answer(
            request.head,
            in: request.bytes.span,
            from: request.peer,
            now: request.now,
            closing: request.closing,
            to: &answer
        )
        return answer
    }

    private func loadDetails(for snapshot: Snapshot) {
        guard snapshot.details == nil,
            let details = blobs.details(generation: snapshot.generation)
        else { return }
        snapshot.use(details)
    }
}
