import Bytes
import Mirrors
import URLs

/// The parts of a request's query that are understood here.
///
/// Unknown keys are skipped, because people share links with all kinds of them. A value is
/// percent-decoded once and then only compared, never copied to output.
package struct RequestQuery: Sendable {
    /// The page requested instead of the redirect.
    package private(set) var page: Page?
    /// `?format=`: the format of a list of mirrors, overriding Accept; nil to use that.
    package private(set) var form: ListForm?
    /// Nil if the query does not affect the choice.
    package private(set) var preferences: Preferences?
    /// `?page=`: the page of a folder, counted from 1.
    package private(set) var pageNumber = 1
    /// `?https=1`: only https is acceptable.
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
            prefer { $0.country = country }
        } else if key.equals("near") {
            guard let place = GlobePoint(pair: PercentEncoding.decoded(value).span) else { return }
            prefer { $0.place = place }
        } else if key.equals("mirror") {
            let id = PercentEncoding.decoded(value)
            guard !id.isEmpty else { return }
            prefer { $0.mirror = Rendezvous.hash(id.span) }
        } else if key.equals("avoid") {
            for id in PercentEncoding.decoded(value).split(separator: UInt8(ascii: ",")) {
                prefer { $0.avoid(Rendezvous.hash(id.span)) }
            }
        }
    }

    private mutating func prefer(_ change: (inout Preferences) -> Void) {
        var preferences = preferences ?? Preferences()
        change(&preferences)
        self.preferences = preferences
    }
}

extension Span<UInt8> {
    /// The number from 1 to 999,999 that these digits make; nil for anything else.
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

/// An answer that is more than a redirect, and is made outside the event loop.
package enum Page: String, Hashable, Sendable {
    /// The mirrors that have the file, as HTML or JSON.
    case mirrorList
    /// The file's URLs, size and digests as a Metalink (RFC 5854).
    case metalink
    /// The file's URLs, size and digests as a Metalink of version 3.0, which dnf reads.
    case metalink3
    /// The file's digest, as `sha256sum`, `sha512sum` and `b2sum` check it.
    case sha256
    case sha512
    case blake2b
    /// An explanation of the redirect, as JSON.
    case explanation
    /// The listing of a folder, as HTML.
    case folder
    /// The listing for a browser that requested only the folder, and would take a redirect, too.
    case browsedFolder
    /// A description of this host.
    case landing
    /// A page or file of the status function: `/_/status/…`.
    case status
    /// Not a page, but a redirect to the requested mirror, or the reason why not.
    case mirror
}
