import Bytes
import Mirrors
import URLs

/// The query of a request, as far as it means something here.
///
/// Keys that mean nothing here are skipped: people share links with all kinds of them. A value is
/// percent-decoded once and then only compared, never written anywhere.
package struct RequestQuery: Sendable {
    /// What is asked for instead of the redirect.
    package private(set) var page: Page?
    /// `?format=`: how a list of mirrors is to be written, whatever Accept says; nil where that
    /// decides.
    package private(set) var form: ListForm?
    /// Nil when the query asks nothing of the choice.
    package private(set) var wishes: Wishes?
    /// `?page=`: which page of a folder, from 1 on.
    package private(set) var pageNumber = 1
    /// `?https=1`: only https will do.
    package private(set) var requiresHTTPS = false

    /// Reads what follows the `?`.
    package init(_ query: Span<UInt8>) {
        var start = 0
        while start < query.count {
            let end = query.firstIndex(of: UInt8(ascii: "&"), in: start..<query.count)
            let equals = query.firstIndex(of: UInt8(ascii: "="), in: start..<end)
            read(
                key: query.extracting(start..<equals),
                value: query.extracting(min(equals + 1, end)..<end)
            )
            start = end + 1
        }
    }

    private mutating func read(key: Span<UInt8>, value: Span<UInt8>) {
        if key.equals("mirrorlist") {
            page = .mirrorList
        } else if key.equals("meta4") {
            page = .metalink
        } else if key.equals("metalink") {
            page = .metalink3
        } else if key.equals("sha256") {
            page = .sha256
        } else if key.equals("sha512") {
            page = .sha512
        } else if key.equals("blake2b") {
            page = .blake2b
        } else if key.equals("explain") {
            page = .explanation
        } else if key.equals("index") {
            page = .folder
        } else if key.equals("page") {
            pageNumber = PercentEncoding.decoded(value).span.smallNumber ?? 1
        } else if key.equals("format") {
            form = ListForm(value)
        } else if key.equals("https") {
            requiresHTTPS = value.equals("1")
        } else if key.equals("country") {
            guard let country = CountryLetters(value) else { return }
            wish { $0.country = country }
        } else if key.equals("near") {
            guard let place = GlobePoint(pair: PercentEncoding.decoded(value).span) else { return }
            wish { $0.place = place }
        } else if key.equals("mirror") {
            let id = PercentEncoding.decoded(value)
            guard !id.isEmpty else { return }
            wish { $0.mirror = Rendezvous.hash(id.span) }
        } else if key.equals("avoid") {
            for id in PercentEncoding.decoded(value).split(separator: UInt8(ascii: ",")) {
                wish { $0.avoid(Rendezvous.hash(id.span)) }
            }
        }
    }

    private mutating func wish(_ change: (inout Wishes) -> Void) {
        var wishes = wishes ?? Wishes()
        change(&wishes)
        self.wishes = wishes
    }
}

extension Span<UInt8> {
    /// The number from 1 to 999,999 that these digits are; nil for anything else.
    fileprivate var smallNumber: Int? {
        guard (1...6).contains(count) else { return nil }
        var number = 0
        for index in indices {
            guard (0x30...0x39).contains(self[index]) else { return nil }
            number = number * 10 + Int(self[index] - 0x30)
        }
        return number > 0 ? number : nil
    }
}

/// An answer that is more than a redirect, and is made apart from the requests that are.
package enum Page: String, Hashable, Sendable {
    /// The mirrors that have the file, as HTML or JSON.
    case mirrorList
    /// The file's URLs, size and digests as a Metalink (RFC 5854).
    case metalink
    /// The same as a Metalink of version 3.0, which dnf reads.
    case metalink3
    /// The file's digest, as `sha256sum`, `sha512sum` and `b2sum` check it.
    case sha256
    case sha512
    case blake2b
    /// How the redirect came about, as JSON.
    case explanation
    /// The listing of a folder, as HTML.
    case folder
    /// The same for a browser that asked for the folder alone, and would take the redirect, too.
    case browsedFolder
    /// What this host is.
    case landing
    /// A page or a file that the status function made: `/_/status/…`.
    case status
    /// No page, but a redirect to the mirror that was asked for, or why it is not to that.
    case mirror
}
