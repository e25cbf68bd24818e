import Redirection
import RegionMapFormat
import Time

// The lists of mirrors, as HTML, JSON and text.
extension PageAnswers {
    /// The list without a map.
    func plainList(_ request: PageRequest) -> [UInt8] {
        let list = MirrorListText(request, fallbackURL: settings.fallbackURL)
        return write(
            request,
            .ok,
            list.fallbackBytes,
            type: Self.text,
            fields: settings.varyOfPages
        )
    }

    func plainList(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        let holders = request.needsHolders ? blobs.holders() : nil
        let body = snapshot.withMap { map in
            MirrorListText(
                request,
                in: snapshot,
                map,
                holders: holders,
                fallbackURL: settings.fallbackURL
            ).bytes(map)
        }
        guard let body else { return plainList(request) }
        return write(request, .ok, body, type: Self.text, fields: settings.varyOfPages)
    }

    func mirrorList(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        let page = snapshot.withMap { map in mirrorList(request, snapshot, map) }
        let status: HTTPStatus = page?.isKnown == false ? .notFound : .ok
        guard request.form == .json else { return html(request, status, page?.body ?? []) }
        return write(
            request,
            status,
            page?.body ?? [],
            type: Self.json,
            fields: settings.varyOfPages
        )
    }

    private func mirrorList(
        _ request: PageRequest,
        _ snapshot: Snapshot,
        _ map: borrowing RegionMap
    ) -> (body: [UInt8], isKnown: Bool) {
        let report = blobs.report(region: snapshot.regionID)
        let candidates = CandidateList(
            request,
            in: snapshot,
            map,
            report: report,
            holders: blobs.holders()
        )
        let page = MirrorListPage(
            path: request.path,
            candidates: candidates,
            facts: FileFacts(of: request, in: snapshot),
            report: report,
            snapshot: snapshot,
            fallbackURL: settings.fallbackURL,
            mirrorPages: request.form == .json ? nil : mirrorPages(from: request.path),
            now: Timestamp(secondsSinceEpoch: request.now)
        )
        let body = request.form == .json ? page.json(map) : page.bytes(map)
        return (body, candidates.isKnown)
    }
}
