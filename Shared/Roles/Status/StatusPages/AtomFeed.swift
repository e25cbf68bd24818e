import Events
import StatusFacts
import Time

/// A feed of problems that began or ended (RFC 4287).
struct AtomFeed {
    let title: String
    /// The public URL of the feed.
    let url: String
    /// Used in ids if no URL is set: ids must be stable, not reachable.
    let name: String
    /// The public URL of the page that entries link to.
    let page: String
    /// Oldest first.
    let events: [Event]
    /// The date of the feed if there are no events.
    let since: Timestamp

    static let limit = 100

    /// The kinds of events in a feed.
    static let kinds: Set<Event.Kind> = [
        .down, .up, .doubted, .trusted, .refused, .accepted, .listed, .unlisted, .mapRefused,
        .failed, .recovered,
    ]

    var bytes: [UInt8] {
        let shown = Array(
            events.filter { Self.kinds.contains($0.kind) }.suffix(Self.limit).reversed()
        )
        let link = url.isEmpty ? "" : "<link rel=\"self\" href=\"\(HTML.escaped(url))\"/>\n"
        let alternate =
            page.isEmpty
            ? "" : "<link rel=\"alternate\" type=\"text/html\" href=\"\(HTML.escaped(page))\"/>\n"
        var text = """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            <id>urn:redirector:\(HTML.escaped(name))</id>
            <title>\(HTML.escaped(title))</title>
            <author><name>Redirector</name></author>
            \(link)\(alternate)<updated>\(shown.first?.at ?? since)</updated>

            """
        // Several things may happen to one subject in the same second.
        var seen: [String: Int] = [:]
        for event in shown.reversed() { seen[key(of: event), default: 0] += 1 }
        for event in shown {
            let key = key(of: event)
            let count = seen[key] ?? 1
            seen[key] = count - 1
            let id = count > 1 ? "\(key):\(count)" : key
            text += """
                <entry>
                <id>\(HTML.escaped(id))</id>
                <title>\(HTML.escaped(event.sentence))</title>
                <updated>\(event.at)</updated>
                \(alternate)<content type="text">\(HTML.escaped(event.sentence))</content>
                </entry>

                """
        }
        return Array((text + "</feed>\n").utf8)
    }

    private func key(of event: Event) -> String {
        var subject = ""
        for byte in event.subject.utf8 {
            let isPlain =
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                || (0x41...0x5A).contains(byte) || byte == 0x2D || byte == 0x2E
            subject += isPlain ? String(UnicodeScalar(byte)) : "_"
        }
        return
            "urn:redirector:event:\(event.at.secondsSinceEpoch):\(event.kind.rawValue):\(subject)"
    }
}
