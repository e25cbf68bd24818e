import Bytes
import FileDetailsFormat
import Mirrors
import Time

/// Writes answers, header by header, into a byte array.
///
/// Whatever is the same in every redirect within a second (status, Date, Cache-Control, Vary) is
/// prepared once a second and copied. The writer itself is never copied.
///
/// Every answer has a `Redirector` header that identifies it: a checker that gets one is not
/// talking to a mirror.
package struct ResponseWriter: ~Copyable {
    /// The start of an answer: a status line, or that of a CGI program (RFC 3875, section 6).
    package enum AnswerProtocol: Sendable {
        case http
        case cgi
    }

    let answerProtocol: AnswerProtocol
    private let settings: AnswerSettings

    private var second = Int64.min
    private var date: [UInt8] = []
    /// A redirect to a mirror, up to and including `Location: `.
    private var mirrorStart: [UInt8] = []
    /// A redirect to the fallback host, up to `reason=`.
    private var fallbackStart: [UInt8] = []
    private let vary: [UInt8]

    private var hasBody = true
    private var connection: StaticString = ""

    package init(settings: AnswerSettings, protocol answerProtocol: AnswerProtocol) {
        self.settings = settings
        self.answerProtocol = answerProtocol
        vary = settings.vary
    }

    /// Prepares for the answer to `head`.
    package mutating func begin(_ head: RequestHead, now: Int64, closing: Bool) {
        hasBody = head.method != .head
        if answerProtocol == .cgi {
            connection = ""
        } else if closing {
            connection = "Connection: close\r\n"
        } else {
            connection = head.isVersion1_0 ? "Connection: keep-alive\r\n" : ""
        }
        if now != second { prepare(now) }
    }

    private mutating func prepare(_ now: Int64) {
        second = now
        date = HTTPDate.bytes(Timestamp(secondsSinceEpoch: now))
        var start: [UInt8] = []
        appendStatus(settings.status, to: &start)
        if let maxAge = settings.maxAge {
            start.append("Cache-Control: public, max-age=")
            start.append(decimal: maxAge)
            start.append("\r\n")
            start += vary
        } else {
            start.append("Cache-Control: no-store\r\n")
        }
        start.append("Content-Type: text/html; charset=utf-8\r\n")
        mirrorStart = start
        mirrorStart.append("Redirector: mirror\r\nLocation: ")
        fallbackStart = start
        fallbackStart.append("Redirector: fallback; reason=")
    }

    /// Appends the status line or its equivalent, and the date.
    private func appendStatus(_ status: HTTPStatus, to bytes: inout [UInt8]) {
        switch answerProtocol {
        case .http:
            bytes.append("HTTP/1.1 ")
            bytes.append(status.line)
            bytes.append("\r\nDate: ")
            bytes += date
            bytes.append("\r\n")
        case .cgi:
            // The web server adds the date itself.
            bytes.append("Status: ")
            bytes.append(status.line)
            bytes.append("\r\n")
        }
    }
}

// MARK: - Redirects

extension ResponseWriter {
    private static let pageOpening: StaticString =
        "<!DOCTYPE html>\n<html lang=\"en\"><title>Found</title>\n<p>The file is <a href=\""
    private static let pageClosing: StaticString = "\">here</a>.\n"
    /// More than all parts of a redirect that are neither URLs nor prepared: a part that does not
    /// fit would end the process.
    private static let fixedCapacity = 1024
    /// More than a duplicate takes besides its URL.
    private static let duplicateCapacity = 64

    /// Appends the redirect of `target`, which must be encoded, to the best of `selection`, with
    /// all of its members as duplicates.
    ///
    /// Not `mutating`: called from the closure of a mutating function, it would copy the whole
    /// writer.
    package func write(
        _ selection: borrowing Selection,
        _ target: borrowing RequestTarget,
        of snapshot: Snapshot,
        to answer: inout [UInt8]
    ) {
        let start = answer.count
        let details = snapshot.details
        appendRedirect(selection, target, in: snapshot.table, details, to: &answer)
        guard let details, details.blob.isTorn else { return }
        // Digests of zeros would make clients discard good files.
        snapshot.dropDetails()
        answer.removeLast(answer.count - start)
        appendRedirect(selection, target, in: snapshot.table, nil, to: &answer)
    }

    private func appendRedirect(
        _ selection: borrowing Selection,
        _ target: borrowing RequestTarget,
        in table: AccessPointTable,
        _ details: FileDetails?,
        to answer: inout [UInt8]
    ) {
        let best = table.entries[selection.accessPoint(at: 0)]
        let linkCount = min(selection.count, settings.maxLinks + 1)

        // The best URL is in Location and in the page, and the file name once more in another Link.
        var capacity =
            mirrorStart.count + Self.fixedCapacity + (linkCount + 3) * target.encoded.count
            + 2 * table.baseURL(of: best).count
        for position in 0..<linkCount {
            let entry = table.entries[selection.accessPoint(at: position)]
            capacity += table.baseURL(of: entry).count + Self.duplicateCapacity
        }
        answer.append(addingCapacity: capacity) { answer in
            answer.append(copying: mirrorStart.span)
            answer.append(copying: table.baseURL(of: best))
            answer.append(copying: target.encoded)
            if settings.maxLinks > 0 {
                appendLinks(selection, count: linkCount, target.encoded, in: table, to: &answer)
            }
            if let details {
                let blob = details.blob
                let view = FileDetailsView(blob.bytes, reopeningWith: details.header)
                view.appendDigests(of: target.path, to: &answer)
            }
            // The parts above leave their last line open.
            appendPage(base: table.baseURL(of: best), rest: target.encoded, to: &answer)
        }
    }

    /// Appends the redirect to the fallback host; `encoded` is the path with the query.
    package func writeFallback(
        encoded: [UInt8],
        _ reason: FallbackReason,
        to answer: inout [UInt8]
    ) {
        let url = settings.fallbackURL.count + encoded.count
        let capacity = fallbackStart.count + Self.fixedCapacity + 2 * url
        answer.append(addingCapacity: capacity) { answer in
            answer.append(copying: fallbackStart.span)
            answer.append(reason.text)
            answer.append("\r\nLocation: ")
            answer.append(copying: settings.fallbackURL.span)
            answer.append(copying: encoded.span)
            appendPage(base: settings.fallbackURL.span, rest: encoded.span, to: &answer)
        }
    }

    /// Appends the chosen access points as in RFC 6249, best first, with priority and country, and
    /// for a file the location of its Metalink.
    ///
    /// The target of Location comes first: wget2 downloads from the duplicate with the highest
    /// priority instead of Location, and a client that verifies the file can tell where it came
    /// from. The Metalink is relative to the request, because the prefix under which a gateway
    /// serves this is unknown here. A colon in the name is escaped, so that it never looks like a
    /// scheme.
    private func appendLinks(
        _ selection: borrowing Selection,
        count: Int,
        _ encoded: Span<UInt8>,
        in table: AccessPointTable,
        to answer: inout OutputSpan<UInt8>
    ) {
        answer.appendPieces { answer in
            answer.append("\r\nLink: ")
            for position in 0..<count {
                let entry = table.entries[selection.accessPoint(at: position)]
                let start = table.linkStart(of: entry)
                // The first one needs no separator.
                answer.append(copying: position == 0 ? start.extracting(2..<start.count) : start)
                answer.append(copying: encoded)
                answer.append(">; rel=duplicate; pri=")
                answer.append(decimal: position &+ 1)
                answer.append(copying: table.linkEnd(of: entry))
            }
            let isFile = encoded.isEmpty || encoded[encoded.count - 1] != UInt8(ascii: "/")
            guard isFile else { return }
            answer.append(", <")
            answer.append(copying: encoded.extracting(encoded.startOfName()..<encoded.count))
            answer.append(".meta4>; rel=describedby; type=\"application/metalink4+xml\"")
        }
    }

    /// Ends the Location or Link line and appends the rest of the head and the HTML page, with a
    /// link to `base` plus `rest`.
    private func appendPage(
        base: Span<UInt8>,
        rest: Span<UInt8>,
        to answer: inout OutputSpan<UInt8>
    ) {
        answer.appendPieces { answer in
            answer.append("\r\nContent-Length: ")
            answer.append(
                decimal: Self.pageOpening.utf8CodeUnitCount + base.count + rest.count
                    + Self.pageClosing.utf8CodeUnitCount
            )
            answer.append("\r\n")
            answer.append(connection)
            answer.append("\r\n")
            guard hasBody else { return }
            answer.append(Self.pageOpening)
            answer.append(copying: base)
            answer.append(copying: rest)
            answer.append(Self.pageClosing)
        }
    }
}

// MARK: - Other answers

extension ResponseWriter {
    /// Appends a refusal with its reason as text.
    package func write(_ error: RequestError, to answer: inout [UInt8]) {
        var fields: [UInt8] = []
        if error == .tooManyPages { fields.append("Retry-After: 5\r\n") }
        write(error.status, text: Array("\(error)\n".utf8), fields: fields, to: &answer)
    }

    package func write(_ status: HTTPStatus, text: StaticString, to answer: inout [UInt8]) {
        var bytes: [UInt8] = []
        bytes.append(text)
        write(status, text: bytes, to: &answer)
    }

    /// Appends a page that may be cached for a minute, or a 304 if the client has this version;
    /// `fields` are additional header lines, with line ends.
    package func write(
        page: [UInt8],
        version: [UInt8],
        isKnown: Bool,
        type: StaticString,
        fields: [UInt8],
        to answer: inout [UInt8]
    ) {
        appendStatus(isKnown ? .notModified : .ok, to: &answer)
        answer.append("Cache-Control: max-age=60\r\nRedirector: page\r\nETag: ")
        answer += version
        answer.append("\r\n")
        answer += fields
        if !isKnown {
            answer.append("Content-Type: ")
            answer.append(type)
            answer.append("\r\nContent-Length: ")
            answer.append(decimal: UInt64(page.count))
            answer.append("\r\n")
        }
        answer.append(connection)
        answer.append("\r\n")
        if hasBody, !isKnown { answer += page }
    }

    /// Appends an answer that must not be cached; `fields` are additional header lines, with line
    /// ends.
    package func write(
        _ status: HTTPStatus,
        text: [UInt8],
        type: StaticString = "text/plain; charset=utf-8",
        fields: [UInt8] = [],
        to answer: inout [UInt8]
    ) {
        appendStatus(status, to: &answer)
        if status == .methodNotAllowed { answer.append("Allow: GET, HEAD\r\n") }
        answer.append("Cache-Control: no-store\r\n")
        if status.isRefusal {
            answer.append("Redirector: refused\r\n")
        } else {
            answer.append("Redirector: page\r\n")
        }
        answer += fields
        answer.append("Content-Type: ")
        answer.append(type)
        answer.append("\r\nContent-Length: ")
        answer.append(decimal: UInt64(text.count))
        answer.append("\r\n")
        answer.append(connection)
        answer.append("\r\n")
        if hasBody { answer += text }
    }
}
