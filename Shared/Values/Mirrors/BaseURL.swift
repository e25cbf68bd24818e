/// The base URL of an access point in its normal form, so that equal URLs are equal strings.
///
/// Scheme and host in lower case, no default port, a slash at the end; nothing but scheme, host, port
/// and path (RFC 3986).
package struct BaseURL: Hashable, Sendable {
    package let scheme: AccessPoint.Scheme
    /// A name or an address, an IPv6 address in brackets.
    package let host: String
    package let text: String

    /// The most bytes that a base URL may have; far more than any mirror uses, and far below what
    /// libcurl and the region map refuse.
    package static let longest = 2048

    /// Why a URL cannot be the base URL of an access point.
    package enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case unknownScheme
        case credentials
        case queryOrFragment
        case badHost
        case badPort
        case badCharacter
        case tooLong

        package var description: String {
            switch self {
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
        guard url.utf8.count < Self.longest else { throw .tooLong }
        let parts = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = AccessPoint.Scheme(rawValue: parts[0].lowercased()),
            parts[1].hasPrefix("//")
        else { throw .unknownScheme }
        let rest = parts[1].dropFirst(2)
        guard !rest.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else { throw .queryOrFragment }
        let pathStart = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<pathStart]
        guard !authority.contains("@") else { throw .credentials }
        let (host, port) = try Self.hostAndPort(authority)
        var path = String(rest[pathStart...])
        guard Self.isValid(path: path) else { throw .badCharacter }
        if !path.hasSuffix("/") { path += "/" }

        self.scheme = scheme
        self.host = host
        let shownPort = port == scheme.defaultPort ? nil : port
        text = "\(scheme.rawValue)://\(host)\(shownPort.map { ":\($0)" } ?? "")\(path)"
    }

    private static func hostAndPort(
        _ authority: Substring
    ) throws(Problem) -> (host: String, port: Int?) {
        var hostEnd = authority.endIndex
        var port: Int?
        let bracketEnd = authority.lastIndex(of: "]")
        if let colon = authority.lastIndex(of: ":"), bracketEnd.map({ $0 < colon }) ?? true {
            hostEnd = colon
            let digits = authority[authority.index(after: colon)...]
            if !digits.isEmpty {
                guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let number = Int(digits), (1...65_535).contains(number)
                else { throw .badPort }
                port = number
            }
        }
        let host = authority[..<hostEnd].lowercased()
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        let name = isAddress ? host.dropFirst().dropLast() : host[...]
        guard !name.isEmpty, name.count <= 253, name.utf8.allSatisfy({ isAllowed($0, isAddress) })
        else { throw .badHost }
        return (host, port)
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

    /// Whether `path` holds only what RFC 3986 allows in one, every `%` before two digits.
    private static func isValid(path: String) -> Bool {
        var bytes = path.utf8[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = bytes.popFirst(), let low = bytes.popFirst(),
                    PercentEncoding.hexValue(high) != nil, PercentEncoding.hexValue(low) != nil
                else { return false }
            } else if !PercentEncoding.isUnreservedOrSlash(byte),
                !"!$&'()*+,;=:@".utf8.contains(byte)
            {
                return false
            }
        }
        return true
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
