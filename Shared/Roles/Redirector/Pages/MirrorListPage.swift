import Mirrors
import Redirection
import Time
import URLs

/// The list of mirrors for people: who has the file and in which order a redirect takes them, and who
/// is left out and why.
struct MirrorListPage {
    let path: [UInt8]
    let candidates: CandidateList
    let facts: FileFacts?
    let unmapped: ReportedExclusions
    let snapshot: Snapshot
    let fallbackURL: [UInt8]
    let now: Timestamp

    var bytes: [UInt8] {
        var html = MarkupText()
        PageStyle.open(&html, title: "Mirrors of \(title)")
        html.markup("<h1>")
        html.text(title)
        html.markup("</h1>\n")
        appendPath(to: &html)
        if candidates.isKnown { appendDownload(to: &html) }
        appendFacts(to: &html)
        if candidates.isKnown {
            appendChosen(to: &html)
            appendExcluded(to: &html)
            appendUnmapped(to: &html)
        } else {
            appendUnknown(to: &html)
        }
        appendFooter(to: &html)
        PageStyle.close(&html)
        return html.bytes
    }

    /// The name of the file; that of a directory ends in a slash.
    private var title: String {
        guard !path.isEmpty else { return "the whole tree" }
        let isDirectory = path.last == UInt8(ascii: "/")
        let name = TreePath(bytes: isDirectory ? Array(path.dropLast()) : path).name
        return String(decoding: name, as: UTF8.self) + (isDirectory ? "/" : "")
    }

    private var encodedPath: String { PercentEncoding.encoded(path: path) }

    private func appendPath(to html: inout MarkupText) {
        guard path.contains(UInt8(ascii: "/")) else { return }
        html.markup("<p class=\"path\">/")
        html.text(String(decoding: path, as: UTF8.self))
        html.markup("</p>\n")
    }

    private func appendDownload(to html: inout MarkupText) {
        guard !path.isEmpty else { return }
        let best = candidates.chosen.first
        let base = best?.baseURL ?? String(decoding: fallbackURL, as: UTF8.self)
        html.markup("<p><a class=\"go\" href=\"")
        html.text(base + encodedPath)
        html.markup("\">")
        html.text(path.last == UInt8(ascii: "/") ? "Open" : "Download")
        html.markup("</a><br><span class=\"soft\">from ")
        html.text(best.map(\.displayName) ?? "the fallback host: no mirror can be offered now")
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
        html.text(facts.modified.description)
        html.markup("</dd>\n")
        for (algorithm, hex) in facts.digests {
            html.markup("<dt>")
            html.text(algorithm.name)
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

    private func appendChosen(to html: inout MarkupText) {
        let chosen = candidates.chosen
        html.markup("<h2>")
        html.text(chosen.count)
        html.text(chosen.count == 1 ? " mirror" : " mirrors")
        html.text(path.isEmpty ? "" : chosen.count == 1 ? " has it" : " have it")
        html.markup("</h2>\n")
        guard !chosen.isEmpty else { return }
        html.markup("<p class=\"soft\">In the order in which you are sent to them.</p>\n")
        html.markup("<table>\n<thead><tr><th class=\"n\">#</th><th>Mirror</th><th>Country</th>")
        html.markup("<th class=\"n\">Distance</th><th>By</th><th class=\"n\">Weight</th>")
        html.markup("<th>Verified</th></tr></thead>\n<tbody>\n")
        for candidate in chosen {
            html.markup("<tr><td class=\"n position\">")
            html.text(candidate.position ?? 0)
            html.markup("</td><td class=\"wide\">")
            appendName(of: candidate, to: &html)
            html.markup("</td><td data-label=\"Country\">")
            html.text(candidate.country ?? "?")
            html.markup("</td><td class=\"n\" data-label=\"Distance\">")
            html.text(candidate.distanceKilometres.map { "\($0) km" } ?? "?")
            html.markup("</td><td data-label=\"By\">")
            let urls = [candidate] + candidates.alternatives(to: candidate)
            for (index, url) in urls.enumerated() {
                if index > 0 { html.markup(" ") }
                appendLink(to: url, in: &html)
            }
            html.markup("</td><td class=\"n\" data-label=\"Weight\">")
            html.text(candidate.weight)
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

    private func appendName(of candidate: CandidateList.Candidate, to html: inout MarkupText) {
        html.markup("<bdi>")
        html.text(candidate.displayName)
        html.markup("</bdi>")
        if candidate.isPartial { html.markup(" <span class=\"soft\">(partial)</span>") }
        if candidate.displayName != candidate.mirrorID {
            html.markup("<small>")
            html.text(candidate.mirrorID)
            html.markup("</small>")
        }
    }

    private func appendLink(to candidate: CandidateList.Candidate, in html: inout MarkupText) {
        html.markup("<a href=\"")
        html.text(candidate.baseURL + encodedPath)
        html.markup("\">")
        html.text(candidate.scheme)
        html.markup("</a>")
    }

    private func appendExcluded(to html: inout MarkupText) {
        let excluded = candidates.excluded
        guard !excluded.isEmpty else { return }
        html.markup("<h2>Not offered to you now</h2>\n<details>\n<summary>")
        html.text(excluded.count)
        html.text(excluded.count == 1 ? " access point" : " access points")
        html.markup(", each with the reason</summary>\n<table>\n<thead><tr><th>Access point</th>")
        html.markup("<th>Country</th><th class=\"n\">Distance</th><th>Why</th></tr></thead>\n")
        html.markup("<tbody>\n")
        for candidate in excluded {
            html.markup("<tr><td class=\"wide\"><bdi>")
            html.text(candidate.displayName)
            html.markup("</bdi><small>")
            html.text(candidate.baseURL)
            html.markup("</small></td><td data-label=\"Country\">")
            html.text(candidate.country ?? "?")
            html.markup("</td><td class=\"n\" data-label=\"Distance\">")
            html.text(candidate.distanceKilometres.map { "\($0) km" } ?? "?")
            html.markup("</td><td>")
            html.text(candidate.exclusion?.sentence ?? "")
            if let problem = candidate.problem { html.text(": \(problem)") }
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n</details>\n")
    }

    private func appendUnmapped(to html: inout MarkupText) {
        guard !unmapped.all.isEmpty else { return }
        html.markup("<details>\n<summary>")
        html.text(unmapped.all.count)
        html.markup(" more, offered to nobody in this region</summary>\n<table>\n<thead><tr>")
        html.markup("<th>Access point</th><th>Country</th><th>Why</th></tr></thead>\n<tbody>\n")
        for exclusion in unmapped.all {
            html.markup("<tr><td class=\"wide\"><bdi>")
            html.text(exclusion.mirrorName)
            html.markup("</bdi><small>")
            html.text(exclusion.url)
            html.markup("</small></td><td data-label=\"Country\">")
            html.text(exclusion.country ?? "?")
            html.markup("</td><td>")
            html.text(exclusion.sentence)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n</details>\n")
    }

    private func appendUnknown(to html: inout MarkupText) {
        html.markup("<p>No mirror is known to have this. ")
        html.markup("Perhaps the fallback host does: <a href=\"")
        html.text(String(decoding: fallbackURL, as: UTF8.self) + encodedPath)
        html.markup("\">try it there</a>.</p>\n")
    }

    private func appendFooter(to html: inout MarkupText) {
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
            // By its name: the page may have been asked for as `name.mirrorlist`.
            let name = String(encodedPath.split(separator: "/").last ?? "")
            html.markup("<p><a href=\"")
            html.text(name)
            html.markup("?meta4\">Metalink</a> <a href=\"")
            html.text(name)
            html.markup("?explain\">Why this order</a></p>\n")
        }
        html.markup("</footer>\n")
    }
}

extension CandidateList.Candidate {
    /// What the mirror is called; its id where it has no name.
    var displayName: String { mirrorName.isEmpty ? mirrorID : mirrorName }
}
