import Mirrors
import Redirection
import Time

/// The page for visitors who type the name of this host into a browser.
struct LandingPage {
    let snapshot: Snapshot?
    let regions: [Region.ID]
    let statusURL: String?
    let now: Timestamp

    var bytes: [UInt8] {
        var html = MarkupText()
        PageStyle.open(&html, title: "Mirror redirector")
        html.markup("<h1>Mirror redirector</h1>\n")
        html.markup("<p>Ask this host for a file, and it sends you to a near mirror that has it ")
        html.markup("now.</p>\n<dl>\n")
        html.markup("<dt>Regions</dt><dd>")
        html.text(regions.joined(separator: ", "))
        html.markup("</dd>\n")
        if let snapshot {
            let counts = snapshot.table.mirrorCounts
            html.markup("<dt>Mirrors up</dt><dd>")
            html.text(counts.up)
            html.markup(" of ")
            html.text(counts.all)
            html.markup("</dd>\n<dt>Paths known</dt><dd>")
            html.text(snapshot.pathCount)
            html.markup("</dd>\n<dt>Map</dt><dd>")
            html.text(snapshot.regionID)
            html.markup(", generation ")
            html.text(snapshot.generation)
            html.markup(", built ")
            PageStyle.append(Timestamp(secondsSinceEpoch: snapshot.builtAt), now: now, to: &html)
            html.markup("</dd>\n<dt>Mirrors probed</dt><dd>")
            if let checkedAt = snapshot.healthCheckedAt {
                PageStyle.append(Timestamp(secondsSinceEpoch: checkedAt), now: now, to: &html)
            } else {
                html.markup("not lately: all of them count as up")
            }
            html.markup("</dd>\n")
        } else {
            html.markup("<dt>Map</dt><dd>none yet: everything is sent to the fallback host</dd>\n")
        }
        html.markup("</dl>\n<h2>What else you can ask for</h2>\n<dl>\n")
        for (suffix, meaning) in Self.queries {
            html.markup("<dt><code>")
            html.markup(suffix)
            html.markup("</code></dt><dd>")
            html.markup(meaning)
            html.markup("</dd>\n")
        }
        html.markup("</dl>\n<footer><p><a href=\"?mirrorlist\">All mirrors</a>")
        html.markup(" <a href=\"metrics\">Metrics</a> <a href=\"_/health\">Health</a>")
        if let statusURL {
            html.markup(" <a href=\"")
            html.text(statusURL)
            html.markup("\">Status</a>")
        }
        html.markup("</p></footer>\n")
        PageStyle.close(&html)
        return html.bytes
    }

    private static let queries: [(StaticString, StaticString)] = [
        ("file?mirrorlist", "which mirrors have the file, and why others are left out"),
        ("file.meta4", "a Metalink for download programs that use several mirrors"),
        ("file?explain", "how the choice is made, as JSON"),
        ("file?country=de", "mirrors of a country first"),
        ("file?avoid=mirror,mirror", "other mirrors than these"),
        ("file?mirror=mirror", "this mirror, if it has the file"),
        ("file?https=1", "by https only"),
    ]
}

extension AccessPointTable {
    /// The number of mirrors with an access point, and of those with one that is not down.
    fileprivate var mirrorCounts: (all: Int, up: Int) {
        var isUp: [UInt64: Bool] = [:]
        isUp.reserveCapacity(entries.count)
        for entry in entries where isUp[entry.seed] != true { isUp[entry.seed] = !entry.isDown }
        return (isUp.count, isUp.values.count { $0 })
    }
}
