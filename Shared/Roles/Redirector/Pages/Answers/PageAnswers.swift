import Bytes
package import Mirrors
package import Redirection
import RegionMapFormat
import Time
import URLs

/// Makes the answers that are more than a redirect.
package final class PageAnswers: PageRenderer {
    let settings: AnswerSettings
    private let metrics: Metrics
    private let answerProtocol: ResponseWriter.AnswerProtocol
    let blobs: any PageBlobs
    private let regions: @Sendable () -> [Region.ID]
    /// The generator named in Metalinks: `Redirector/1.0`.
    private let generator: String
    private let statusURL: String?

    /// `regions` are the regions that this host answers for, `statusURL` is a page about the
    /// mirrors.
    package init(
        settings: AnswerSettings,
        metrics: Metrics,
        protocol answerProtocol: ResponseWriter.AnswerProtocol = .http,
        blobs: any PageBlobs,
        regions: @escaping @Sendable () -> [Region.ID],
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
        if request.page == .status { return statusFile(request) }
        guard let snapshot = request.snapshot, request.page != .landing else {
            return request.isPlainList ? plainList(request) : landing(request)
        }
        blobs.prepare(
            details: request.needsDetails ? snapshot.generation : nil,
            report: request.needsReport ? snapshot.regionID : nil,
            holders: request.needsHolders
        )
        if request.page == .mirror { return namedMirror(request, snapshot) }
        if request.needsDetails { useDetails(for: snapshot) }
        switch request.page {
        case .landing, .mirror, .status: return landing(request)
        case .metalink, .metalink3: return metalink(request, snapshot)
        case .sha256, .sha512, .blake2b: return digest(request, snapshot)
        case .explanation: return explanation(request, snapshot)
        case .folder, .browsedFolder: return folder(request, snapshot)
        case .mirrorList where request.isPlainList: return plainList(request, snapshot)
        case .mirrorList: return mirrorList(request, snapshot)
        }
    }

    package func loadDetails(for snapshot: Snapshot) {
        guard snapshot.details == nil else { return }
        blobs.prepare(details: snapshot.generation, report: nil, holders: false)
        useDetails(for: snapshot)
    }

    private func useDetails(for snapshot: Snapshot) {
        guard snapshot.details == nil,
            let details = blobs.details(generation: snapshot.generation)
        else { return }
        snapshot.use(details)
    }
}

// MARK: - One function a page

extension PageAnswers {
    func landing(_ request: PageRequest) -> [UInt8] {
        let page = LandingPage(
            snapshot: request.snapshot,
            regions: regions(),
            statusURL: statusLink,
            now: Timestamp(secondsSinceEpoch: request.now)
        )
        return html(request, .ok, page.bytes)
    }

    private func statusFile(_ request: PageRequest) -> [UInt8] {
        let name = String(decoding: StatusPath.name(in: request.path), as: UTF8.self)
        guard let bytes = blobs.statusFile(name), bytes.count <= StatusFile.byteLimit else {
            var text: [UInt8] = []
            text.append("there is no such page: all begin at /_/status/index.html\n")
            return write(request, .notFound, text, type: "text/plain; charset=utf-8")
        }
        let file = StatusFile(name: name, bytes: bytes)
        var writer = ResponseWriter(settings: settings, protocol: answerProtocol)
        writer.begin(request.head, now: request.now, closing: request.closing)
        var fields: [UInt8] = []
        fields.append(StatusFile.fields)
        var answer: [UInt8] = []
        writer.write(
            page: bytes,
            version: file.version,
            isKnown: file.isKnown(by: request.known),
            type: file.type,
            fields: fields,
            to: &answer
        )
        return answer
    }

    /// A page about the mirrors: the operator's own, or that of the status function.
    private var statusLink: String? {
        if let statusURL { return statusURL }
        return blobs.statusFile("index.html") == nil ? nil : "_/status/index.html"
    }

    /// What the URLs of the mirrors' own pages begin with, relative to the page of `path` unless
    /// the operator names another place; nil if there are none.
    ///
    /// Only the pages of paths in the map have such links, so no client makes them long.
    func mirrorPages(from path: [UInt8]) -> [UInt8]? {
        var base: [UInt8] = []
        if let statusURL {
            guard statusURL.utf8.last == UInt8(ascii: "/") else { return nil }
            base.append(contentsOf: statusURL.utf8)
        } else {
            // The smallest of the pages that are always there.
            guard blobs.statusFile("spread.html") != nil else { return nil }
            for byte in path where byte == UInt8(ascii: "/") { base.append("../") }
            base.append("_/status/")
        }
        base.append("m/")
        return base
    }

    private func metalink(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        let isVersion3 = request.page == .metalink3
        let body = snapshot.withMap { map in
            let document = MetalinkDocument(
                path: request.path,
                candidates: CandidateList(request, in: snapshot, map),
                facts: FileFacts(of: request, in: snapshot),
                fallbackURL: settings.fallbackURL,
                builtAt: Timestamp(secondsSinceEpoch: snapshot.builtAt),
                generator: generator
            )
            return isVersion3 ? document.version3(map) : document.bytes(map)
        }
        return write(
            request,
            .ok,
            body ?? [],
            type: isVersion3 ? "application/metalink+xml" : "application/metalink4+xml",
            fields: metalinkFields(
                for: request.path,
                suffix: isVersion3 ? ".metalink" : ".meta4"
            )
        )
    }

    private func digest(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        guard let algorithm = request.page.digestAlgorithm,
            let text = DigestText(
                path: request.path,
                algorithm: algorithm,
                facts: FileFacts(of: request, in: snapshot)
            ).bytes
        else {
            var text: [UInt8] = []
            text.append("this digest of the file is not known\n")
            return write(request, .notFound, text, type: Self.text)
        }
        return write(request, .ok, text, type: Self.text)
    }

    private func explanation(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        let report = blobs.report(region: snapshot.regionID)
        let body = snapshot.withMap { map in
            Explanation(
                request: request,
                candidates: CandidateList(
                    request,
                    in: snapshot,
                    map,
                    report: report,
                    holders: blobs.holders()
                ),
                facts: FileFacts(of: request, in: snapshot),
                report: report,
                snapshot: snapshot,
                fallbackURL: settings.fallbackURL
            ).bytes(map)
        }
        return write(request, .ok, body ?? [], type: Self.json)
    }
}

// MARK: - The mirror that was asked for

extension PageAnswers {
    /// Redirects to the mirror that the query names if it was proven to have the file, listed or
    /// not; otherwise to the best mirror, with a header that gives the reason.
    private func namedMirror(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        let candidates = snapshot.withMap { map in
            CandidateList(request, in: snapshot, map, holders: blobs.holders())
        }
        let table = snapshot.table
        let named = request.preferences?.mirror
        var (answer, chosen) = redirect(request, snapshot, also: candidates?.named ?? [])
        if let chosen, table.entries[chosen].seed != named {
            var field: [UInt8] = []
            field.append("Redirector-Mirror: ")
            candidates?.appendReason(
                ofMirror: named,
                in: snapshot,
                report: blobs.report(region: snapshot.regionID),
                to: &field
            )
            field.append("\r\n")
            // After the status line or its equivalent.
            let end = answer.firstIndex(of: 0x0A) ?? 0
            answer.insert(contentsOf: field, at: end + 1)
        }
        return answer
    }

    /// The redirect that the request would get without a page, and its access point: nil for the
    /// fallback host.
    ///
    /// The access points in `also` count as holders.
    func redirect(
        _ request: PageRequest,
        _ snapshot: Snapshot,
        also: [Int] = []
    ) -> (answer: [UInt8], chosen: Int?) {
        var selection = Selection()
        _ = snapshot.select(
            path: request.path,
            for: request.client,
            limit: settings.maxLinks + 1,
            preferences: request.preferences,
            also: also,
            into: &selection
        )
        var target = RequestTarget()
        let path = [UInt8(ascii: "/")] + PercentEncoding.encodedBytes(path: request.path)
        do throws(RequestError) { try target.read(path.span) } catch { selection = Selection() }
        target.encode()
        var writer = ResponseWriter(settings: settings, protocol: answerProtocol)
        writer.begin(request.head, now: request.now, closing: request.closing)
        var answer: [UInt8] = []
        guard !selection.isEmpty else {
            let reason: FallbackReason = selection.excludedCount == 0 ? .noReplica : .noMirrorUp
            writer.writeFallback(encoded: target.encoded.array, reason, to: &answer)
            metrics.count(.fallback(reason))
            return (answer, nil)
        }
        writer.write(selection, target, of: snapshot, to: &answer)
        let best = selection.accessPoint(at: 0)
        if best < snapshot.counters.count { snapshot.counters[best].count() }
        metrics.count(.mirror(selection, of: snapshot))
        return (answer, best)
    }
}

// MARK: - Bytes

extension PageAnswers {
    static let json: StaticString = "application/json"
    static let text: StaticString = "text/plain; charset=utf-8"

    func html(_ request: PageRequest, _ status: HTTPStatus, _ page: [UInt8]) -> [UInt8] {
        var fields = settings.varyOfPages
        fields.append(PageStyle.fields)
        return write(request, status, page, type: "text/html; charset=utf-8", fields: fields)
    }

    /// Writes the answer with `body` and the header lines `fields`.
    func write(
        _ request: PageRequest,
        _ status: HTTPStatus,
        _ body: [UInt8],
        type: StaticString,
        fields: [UInt8] = []
    ) -> [UInt8] {
        var writer = ResponseWriter(settings: settings, protocol: answerProtocol)
        writer.begin(request.head, now: request.now, closing: request.closing)
        var answer: [UInt8] = []
        writer.write(status, text: body, type: type, fields: fields, to: &answer)
        return answer
    }

    /// Sets the file name for saving a Metalink (RFC 6266), percent-encoded (RFC 8187), so that any
    /// name is safe in the header.
    private func metalinkFields(for path: [UInt8], suffix: StaticString) -> [UInt8] {
        var fields: [UInt8] = []
        fields.append("Content-Disposition: attachment; filename*=UTF-8''")
        PercentEncoding.append(path: TreePath(bytes: path).name.span, to: &fields)
        fields.append(suffix)
        fields.append("\r\nX-Content-Type-Options: nosniff\r\n")
        return fields + settings.varyOfPages
    }
}
