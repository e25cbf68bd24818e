import Bytes
import FileDetailsFormat
import Mirrors
import Redirection
import Time
import URLs

/// The content of a folder: names, sizes, times, digests, and the number of mirrors that have each
/// entry.
///
/// It comes from the catalog, not from a mirror. The number of entries is limited, so that a page
/// of a large folder costs no more than other pages.
struct FolderPage {
    /// The key of the folder: empty for the root, otherwise with a trailing slash.
    let path: [UInt8]
    let snapshot: Snapshot
    /// The page number, counted from 1; a number beyond the last page means the last.
    let number: Int
    let now: Timestamp

    /// The maximum number of entries on a page.
    static let entryLimit = 100

    /// The page of `folder`.
    func bytes(_ folder: FolderNamesView.Folder, of view: borrowing FolderNamesView) -> [UInt8] {
        let pageCount = max((folder.count + Self.entryLimit - 1) / Self.entryLimit, 1)
        let page = min(max(number, 1), pageCount)
        let start = (page - 1) * Self.entryLimit
        let entries = start..<min(start + Self.entryLimit, folder.count)
        var html = MarkupText(capacity: 8192 + 512 * entries.count)
        PageStyle.open(&html, title: "Index of /\(String(decoding: path, as: UTF8.self))")
        appendTitle(to: &html)
        html.markup("<table>\n<thead><tr><th scope=\"col\">Name</th>")
        html.markup("<th scope=\"col\" class=\"n\">Size</th><th scope=\"col\">Modified</th>")
        html.markup("<th scope=\"col\" class=\"n\">Mirrors</th></tr></thead>\n<tbody>\n")
        for index in entries {
            guard let bytes = view.name(at: index, in: folder) else { continue }
            append(Span<UInt8>(_bytes: bytes).array, to: &html)
        }
        html.markup("</tbody>\n</table>\n<p class=\"soft\">")
        html.text(folder.count)
        html.markup(folder.count == 1 ? " entry" : " entries")
        if pageCount > 1 {
            html.markup(", page ")
            html.text(page)
            html.markup(" of ")
            html.text(pageCount)
        }
        html.markup("</p>\n<footer><p>")
        if page > 1 { appendLink(toPage: page - 1, "Previous page", to: &html) }
        if page < pageCount { appendLink(toPage: page + 1, "Next page", to: &html) }
        html.markup("<a href=\"?mirrorlist\">Mirrors</a></p></footer>\n")
        PageStyle.close(&html)
        return html.bytes
    }

    /// The path, with a link to each parent folder.
    private func appendTitle(to html: inout MarkupText) {
        let names = path.split(separator: UInt8(ascii: "/"))
        html.markup("<h1>")
        for depth in stride(from: names.count, through: 0, by: -1) {
            let name = depth == names.count ? nil : names[names.count - 1 - depth]
            if depth > 0 {
                html.markup("<a href=\"")
                for _ in 0..<depth { html.markup("../") }
                html.markup("?index\">")
            }
            if let name { html.text(name.span) } else { html.markup("Index of ") }
            html.markup("/")
            if depth > 0 { html.markup("</a>") }
        }
        html.markup("</h1>\n")
    }

    private func appendLink(toPage number: Int, _ text: StaticString, to html: inout MarkupText) {
        html.markup("<a href=\"?index&amp;page=")
        html.text(number)
        html.markup("\">")
        html.markup(text)
        html.markup("</a> ")
    }

    /// Appends a row; the name of a folder ends in a slash.
    private func append(_ name: [UInt8], to html: inout MarkupText) {
        let isFolder = name.last == UInt8(ascii: "/")
        let key = path + name
        let encoded = PercentEncoding.encodedBytes(path: name)
        let facts = isFolder ? nil : snapshot.details.flatMap { FileFacts(of: key, in: $0) }
        html.markup("<tr><td class=\"wide\"><a href=\"")
        html.text(encoded.span)
        html.markup(isFolder ? "?index\">" : "\">")
        html.text(name.span)
        html.markup("</a>")
        if let digest = facts?.digests.first {
            html.markup("<small><code>")
            html.markup(digest.algorithm.name)
            html.markup(" ")
            html.text(digest.hex)
            html.markup("</code></small>")
        }
        html.markup("</td><td class=\"n\" data-label=\"Size\">")
        if let facts {
            html.text(facts.byteCount)
        } else {
            html.markup("–")
        }
        html.markup("</td><td data-label=\"Modified\">")
        if let facts {
            html.text(facts.modified)
        } else {
            html.markup("–")
        }
        html.markup("</td><td class=\"n\" data-label=\"Mirrors\"><a href=\"")
        html.text(encoded.span)
        html.markup("?mirrorlist\">")
        html.text(mirrorCount(of: key))
        html.markup("</a></td></tr>\n")
    }

    /// The number of mirrors that the map lists for `key`.
    private func mirrorCount(of key: [UInt8]) -> Int {
        let table = snapshot.table
        var mirrors: Set<UInt64> = []
        for index in snapshot.replicas(of: key) ?? [] where table.entries.indices.contains(index) {
            mirrors.insert(table.entries[index].seed)
        }
        return mirrors.count
    }
}
