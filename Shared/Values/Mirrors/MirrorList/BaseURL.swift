import Bytes
import URLs

/// The base URL of an access point in normal form, so that equal URLs are equal strings.
///
/// Scheme and host are in lower case, there is no default port, and the path ends in a slash; it
/// has only scheme, host, port and path (RFC 3986).
package struct BaseURL: Hashable, Sendable {
    package let scheme: AccessPoint.Scheme
    /// A name or an address; an IPv6 address has brackets.
    package let host: String
    package let text: String

    /// The maximum length of a base URL in bytes: far more than any mirror uses, and far below the
    /// limits of libcurl and the region map.
    package static let longest = 2048

    /// Why a URL cannot be an access point's base URL.
    package enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case notAbsolute
        case unknownScheme
        case credentials
        case queryOrFragment
        case badHost
        case badPort
        case badCharacter
        case tooLong

        package var description: String {
            switch self {
            case .notAbsolute: "it is no absolute URL, such as https://mirror.example.org/gentoo/"
            case .unknownScheme: "the scheme is none of http, https, ftp and rsync"
            case .credentials: "it holds a user name or a password"
            case .queryOrFragment: "it holds a query or a fragment"
            case .badHost: "the host is no name and no address"
            case .badPort: "the port is no number from 1 to 65535"
            case .badCharacter: "the path holds a byte that a URL must percent-encode"
            case .tooLong: "it is longer than \(BaseURL.longest) bytes"
            }
        }
    }

    package init(_ url: String) throws(Problem) {
        guard url.utf8.count <= Self.longest else { throw .tooLong }
        guard let parts = URLParts(url) else { throw .notAbsolute }
        guard let scheme = AccessPoint.Scheme(rawValue: parts.scheme.lowercased()) else {
            throw .unknownScheme
        }
        guard parts.query == nil, parts.fragment == nil else { throw .queryOrFragment }
        guard !parts.authority.contains("@") else { throw .credentials }
        let host = try Self.host(parts.host)
        let port = try parts.port.flatMap { digits throws(Problem) in try Self.port(digits) }
        guard Self.isValid(path: parts.path) else { throw .badCharacter }

        self.scheme = scheme
        self.host = host
        let shownPort = port == scheme.defaultPort ? nil : port
        text =
            "\(scheme.rawValue)://\(host)\(shownPort.map { ":\($0)" } ?? "")\(parts.path)"
            + (parts.path.hasSuffix("/") ? "" : "/")
        // What is stored must be readable again.
        guard text.utf8.count <= Self.longest else { throw .tooLong }
    }

    private static func host(_ written: Substring) throws(Problem) -> String {
        let host = written.lowercased()
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        let name = isAddress ? host.dropFirst().dropLast() : host[...]
        guard !name.isEmpty, name.count <= 253, name.utf8.allSatisfy({ isAllowed($0, isAddress) })
        else { throw .badHost }
        return host
    }

    /// Nil if no digits follow the colon, which RFC 3986 allows.
    private static func port(_ digits: Substring) throws(Problem) -> Int? {
        guard !digits.isEmpty else { return nil }
        guard let port = digits.utf8.decimal, (1...65_535).contains(port) else { throw .badPort }
        return Int(port)
    }

    private static func isAllowed(_ byte: UInt8, _ isAddress: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
        case UInt8(ascii: "a")...UInt8(ascii: "f"): true
        case UInt8(ascii: ":"): isAddress
        case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            !isAddress
        default: false
        }
    }

    /// Whether `path` contains only what RFC 3986 allows, with two digits after every `%`.
    private static func isValid(path: Substring) -> Bool {
        let bytes = Array(path.utf8)
        return bytes.indices.allSatisfy { index in
            bytes[index] == UInt8(ascii: "%")
                ? PercentEncoding.byte(ofEscapeAt: index, in: bytes.span) != nil
                : ByteSet.path.contains(bytes[index])
        }
    }
}

extension AccessPoint.Scheme {
    fileprivate var defaultPort: Int {
        switch self {
        case .http: 80
        case .https: 443
        case .ftp: 21
        case .rsync: 873
        }
    }
}
