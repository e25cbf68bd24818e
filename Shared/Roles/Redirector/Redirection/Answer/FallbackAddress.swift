import Bytes

/// The fallback host's URL, for comparison with requested URLs.
struct FallbackAddress: Sendable {
    private let isHTTPS: Bool
    /// Host and port, without the scheme's default port.
    private let authority: [UInt8]
    /// Ends in a slash, and has none at the beginning.
    private let folder: [UInt8]

    /// `url` is absolute and ends in a slash.
    init(_ url: [UInt8]) {
        isHTTPS = url.starts(with: "https:".utf8)
        let rest = url.dropFirst(isHTTPS ? 8 : 7)
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        authority = Array(rest[..<slash]).withoutPort(isHTTPS: isHTTPS)
        folder = Array(rest[slash...].dropFirst())
    }

    /// How far a request is for a URL below this one.
    enum Match {
        case none
        /// Except for the scheme, which may belong to another server, or which a proxy did not
        /// report.
        case exceptScheme
        case whole
    }

    /// Compares with a request for `path`, without its leading slash, with the Host header `host`
    /// and over https if `isHTTPS`.
    func match(host: Span<UInt8>, path: [UInt8], isHTTPS: Bool) -> Match {
        // A host of the same length, or with a port after it.
        guard host.count >= authority.count, host.count <= authority.count + 4,
            authority.span.equalsIgnoringCase(host.array.withoutPort(isHTTPS: isHTTPS).span),
            path.starts(with: folder)
        else { return .none }
        return self.isHTTPS == isHTTPS ? .whole : .exceptScheme
    }
}

extension [UInt8] {
    fileprivate func withoutPort(isHTTPS: Bool) -> [UInt8] {
        let port = isHTTPS ? ":443" : ":80"
        guard count > port.utf8.count, suffix(port.utf8.count).elementsEqual(port.utf8) else {
            return self
        }
        return Array(dropLast(port.utf8.count))
    }
}
