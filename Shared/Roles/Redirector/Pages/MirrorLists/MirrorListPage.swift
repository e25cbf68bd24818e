import Bytes
import Mirrors
import Redirection
import RegionMapFormat
import Time
import URLs

/// The list of mirrors as a page: those that have the file, in the order of redirects, and those
/// left out, with the reason.
struct MirrorListPage {
    let path: [UInt8]
    let candidates: CandidateList
    let facts: FileFacts?
    let report: PageReport?
    let snapshot: Snapshot
    let fallbackURL: [UInt8]
    /// What the URLs of the mirrors' own pages begin with; nil if there are none.
    let mirrorPages: [UInt8]?
    let now: Timestamp

    /// Writes the page; `map` is the snapshot's.
    func bytes(_ map: borrowing RegionMap) -> [UInt8] {
        let encoded = PercentEncoding.encodedBytes(path: path)
        var html = MarkupText(capacity: 8192 + 512 * min(candidates.all.count, 1024))
        PageStyle.open(&html, title: "Mirrors of \(title)")
        html.markup("<h1>")
        html.text(title)
        html.markup("</h1>\n")
        appendPath(to: &html)
        if candidates.isKnown { appendDownload(map, encoded.span, to: &html) }
        appendFacts(to: &html)
        if candidates.isKnown {
            appendChosen(map, encoded.span, to: &html)
            appendExcluded(map, to: &html)
            appendUnmapped(to: &html)
        } else {
            appendUnknown(encoded.span, to: &html)
        }
        appendFooter(encoded.span, to: &html)
        PageStyle.close(&html)
        return html.bytes
    }

    /// The name of the file; a directory's ends in a slash.
    private var title: String {
        guard !path.isEmpty else { return "the whole tree" }
        let isDirectory = path.last == UInt8(ascii: "/")
        let name = TreePath(bytes: isDirectory ? Array(path.dropLast()) : path).name
        return String(decoding: name, as: UTF8.self) + (isDirectory ? "/" : "")
    }

    private func appendPath(to html: inout MarkupText) {
        guard path.contains(UInt8(ascii: "/")) else { return }
        html.markup("<p class=\"path\">/")
        html.text(String(decoding: path, as: UTF8.self))
        html.markup("</p>\n")
    }

    private func appendDownload(
        _ map: borrowing RegionMap,
        _ encoded: Span<UInt8>,
        to html: inout MarkupText
    ) {
        guard !path.isEmpty else { return }
        let best = map.accessPoint(at: candidates.chosen.first ?? -1)
        html.markup("<p><a class=\"go\" href=\"")
        if let best { html.text(map.text(best.baseURL)) } else { html.text(fallbackURL.span) }
        html.text(encoded)
        html.markup("\">")
        html.markup(path.last == UInt8(ascii: "/") ? "Open" : "Download")
        html.markup("</a><br><span class=\"soft\">from ")
        if let best {
            html.text(map.displayName(of: best))
        } else {
            html.markup("the fallback host: no mirror can be offered now")
        }
        html.markup("</span></p>\n")
    }

    private func appendFacts(to html: inout MarkupText) {
        guard let facts else { return }
        html.markup("<dl>\n<dt>Size</dt><dd>")
        html.text(facts.byteCount)
        html.markup(" bytes")
        if let rounded = Self.rounded(facts.byteCount) {
            html.markup(" <span class=\"soft\">(")
            html.text(rounded)
            html.markup(")</span>")
        }
        html.markup("</dd>\n<dt>Modified</dt><dd>")
        html.text(facts.modified)
        html.markup("</dd>\n")
        if let removedAt = facts.removedAt {
            html.markup("<dt>Removed</dt><dd>")
            html.text(removedAt)
            html.markup(" at the master. Mirrors that still have it serve it for some days.</dd>\n")
        }
        for (algorithm, hex) in facts.digests {
            html.markup("<dt>")
            html.markup(algorithm.name)
            html.markup("</dt><dd><code>")
            html.text(hex)
            html.markup("</code></dd>\n")
        }
        html.markup("</dl>\n")
    }

    /// `12.3 MiB`; nil below 1 KiB.
    static func rounded(_ byteCount: UInt64) -> String? {
        var tenths = Double(byteCount) * 10
        var unit = ""
        for larger in ["KiB", "MiB", "GiB", "TiB"] where tenths >= 10_240 {
            tenths /= 1024
            unit = larger
        }
        guard !unit.isEmpty else { return nil }
        let whole = Int(tenths.rounded())
        return "\(whole / 10).\(whole % 10) \(unit)"
    }

    private func appendChosen(
        _ map: borrowing RegionMap,
        _ encoded: Span<UInt8>,
        to html: inout MarkupText
    ) {
        let count = candidates.chosen.count
        html.markup("<h2>")
        html.text(count)
        html.markup(count == 1 ? " mirror" : " mirrors")
        html.markup(path.isEmpty ? "" : count == 1 ? " has it" : " have it")
        html.markup("</h2>\n")
        guard count > 0 else { return }
        html.markup("<p class=\"soft\">In the order in which you are sent to them.</p>\n")
        html.markup("<table>\n<thead><tr><th class=\"n\">#</th><th>Mirror</th><th>Country</th>")
        html.markup("<th class=\"n\">Distance</th><th>By</th><th class=\"n\">Weight</th>")
        html.markup("<th>Verified</th></tr></thead>\n<tbody>\n")
        for index in candidates.chosen {
            guard let point = map.accessPoint(at: index) else { continue }
            let candidate = candidates.all[index]
            html.markup("<tr><td class=\"n position\">")
            html.text(candidate.position ?? 0)
            html.markup("</td><td class=\"wide\">")
            append(nameOf: point, map, to: &html)
            append(placeOf: point, to: &html)
            html.markup("</td><td data-label=\"By\">")
            append(linksTo: index, map, encoded, to: &html)
            html.markup("</td><td class=\"n\" data-label=\"Weight\">")
            html.text(point.weight)
            html.markup("</td><td data-label=\"Verified\">")
            if let verifiedAt = candidate.verifiedAt {
                PageStyle.append(verifiedAt, now: now, to: &html)
            } else {
                html.markup("?")
            }
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }

    /// Its name, which leads to what is known of it.
    private func append(
        linkedNameOf point: RegionMapRecord,
        _ map: borrowing RegionMap,
        to html: inout MarkupText
    ) {
        if let mirrorPages {
            html.markup("<a href=\"")
            html.text(mirrorPages.span)
            html.text(map.text(point.mirrorID))
            html.markup(".html\">")
        }
        html.markup("<bdi>")
        html.text(map.displayName(of: point))
        html.markup(mirrorPages == nil ? "</bdi>" : "</bdi></a>")
    }

    private func append(
        nameOf point: RegionMapRecord,
        _ map: borrowing RegionMap,
        to html: inout MarkupText
    ) {
        append(linkedNameOf: point, map, to: &html)
        if point.isPartial { html.markup(" <span class=\"soft\">(partial)</span>") }
        let id = map.text(point.mirrorID)
        if !map.displayName(of: point).equals(id) {
            html.markup("<small>")
            html.text(id)
            html.markup("</small>")
        }
    }

    /// Appends the cells for country and distance; the last one stays open.
    private func append(
        placeOf point: RegionMapRecord,
        to html: inout MarkupText
    ) {
        html.markup("</td><td data-label=\"Country\">")
        if let country = point.country {
            let letters = country.letters
            html.text(letters.span)
        } else {
            html.markup("?")
        }
        html.markup("</td><td class=\"n\" data-label=\"Distance\">")
        if let distance = point.distanceKilometres {
            html.text(distance)
            html.markup(" km")
        } else {
            html.markup("?")
        }
    }

    /// Appends a link to the access point at `index`, and to the other URLs of its mirror.
    private func append(
        linksTo index: Int,
        _ map: borrowing RegionMap,
        _ encoded: Span<UInt8>,
        to html: inout MarkupText
    ) {
        var next: Int? = index
        while let index = next {
            next = candidates.all[index].alternative
            guard let point = map.accessPoint(at: index) else { continue }
            html.markup("<a href=\"")
            html.text(map.text(point.baseURL))
            html.text(encoded)
            html.markup("\">")
            html.markup(point.scheme.name)
            html.markup(next == nil ? "</a>" : "</a> ")
        }
    }

    private func appendExcluded(_ map: borrowing RegionMap, to html: inout MarkupText) {
        let excluded = candidates.excluded
        guard !excluded.isEmpty else { return }
        html.markup("<h2>Not offered to you now</h2>\n<details>\n<summary>")
        html.text(excluded.count)
        html.markup(excluded.count == 1 ? " access point" : " access points")
        html.markup(", each with the reason</summary>\n<table>\n<thead><tr><th>Access point</th>")
        html.markup("<th>Country</th><th class=\"n\">Distance</th><th>Why</th></tr></thead>\n")
        html.markup("<tbody>\n")
        for index in excluded {
            guard let point = map.accessPoint(at: index) else { continue }
            html.markup("<tr><td class=\"wide\">")
            append(linkedNameOf: point, map, to: &html)
            html.markup("<small>")
            html.text(map.text(point.baseURL))
            html.markup("</small>")
            append(placeOf: point, to: &html)
            html.markup("</td><td>")
            var reason: [UInt8] = []
            candidates.appendReason(
                at: index,
                id: map.text(point.id),
                in: snapshot,
                now: now.secondsSinceEpoch,
                to: &reason
            )
            html.text(reason.span)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n</details>\n")
    }

    private func appendUnmapped(to html: inout MarkupText) {
        guard let unmapped = report?.exclusions, unmapped.count > 0 else { return }
        html.markup("<details>\n<summary>")
        html.text(unmapped.count)
        html.markup(" more, offered to nobody in this region</summary>\n<table>\n<thead><tr>")
        html.markup("<th>Access point</th><th>Country</th><th>Why</th></tr></thead>\n<tbody>\n")
        html.append(unmapped.rows)
        html.markup("</tbody>\n</table>\n</details>\n")
    }

    private func appendUnknown(_ encoded: Span<UInt8>, to html: inout MarkupText) {
        html.markup("<p>No mirror is known to have this. ")
        html.markup("Perhaps the fallback host does: <a href=\"")
        html.text(fallbackURL.span)
        html.text(encoded)
        html.markup("\">try it there</a>.</p>\n")
    }

    private func appendFooter(_ encoded: Span<UInt8>, to html: inout MarkupText) {
        html.markup("<footer>\n<p>Map of ")
        html.text(snapshot.regionID)
        html.markup(", generation ")
        html.text(snapshot.generation)
        html.markup(", built ")
        PageStyle.append(Timestamp(secondsSinceEpoch: snapshot.builtAt), now: now, to: &html)
        if let checkedAt = snapshot.healthCheckedAt {
            html.markup("; mirrors probed ")
            PageStyle.append(Timestamp(secondsSinceEpoch: checkedAt), now: now, to: &html)
        }
        html.markup(".</p>\n")
        if candidates.isKnown, !path.isEmpty, path.last != UInt8(ascii: "/") {
            // Use the file's own name: the page may have been requested as `name.mirrorlist`.
            var start = encoded.count
            while start > 0, encoded[start - 1] != UInt8(ascii: "/") { start -= 1 }
            let name = encoded.extracting(start..<encoded.count)
            html.markup("<p><a href=\"")
            html.text(name)
            html.markup("?meta4\">Metalink</a> <a href=\"")
            html.text(name)
            html.markup("?explain\">Why this order</a></p>\n")
        }
        html.markup("</footer>\n")
    }
}

extension RegionMap {
    /// The name of the mirror, or its id if it has no name.
    @_lifetime(copy self)
    fileprivate func displayName(of point: RegionMapRecord) -> Span<UInt8> {
        text(point.mirrorName.byteCount > 0 ? point.mirrorName : point.mirrorID)
    }
}

extension RegionMapScheme? {
    /// The label of a link with this scheme.
    fileprivate var name: StaticString {
        switch self {
        case .http: "http"
        case .https: "https"
        case .ftp: "ftp"
        case .rsync: "rsync"
        case nil: "unknown"
        }
    }
}
