import URLs

/// One base URL of a mirror.
package struct AccessPoint: Hashable, Sendable {
    /// A stable name, unique among all mirrors and safe in a storage key and a URL: lower-case
    /// letters, digits, `.`, `-` and `_`, such as `mirror.example.org-https`.
    package typealias ID = String

    /// The protocol of an access point.
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case http
        case https
        case ftp
        case rsync
    }

    package let id: ID
    package let scheme: Scheme
    /// The URL of the root of the tree: absolute, percent-encoded, with a trailing slash, without
    /// query and fragment.
    ///
    /// `http://mirror.example.org/gentoo/`.
    package let baseURL: String
    /// Whether it answers over IPv4, according to the mirror list.
    package let hasIPv4: Bool
    /// Whether it answers over IPv6, according to the mirror list.
    package let hasIPv6: Bool
    /// Whether it only carries a part of the tree, according to the mirror list.
    ///
    /// Missing files are then not a fault.
    package let isPartial: Bool
    /// Whether its traffic is paid by volume, as the operator says: throughput is not measured.
    package var isMetered: Bool
    /// Where it is according to the addresses of its host, if these were looked up.
    package var place: AddressPlace?

    package init(
        id: ID,
        scheme: Scheme,
        baseURL: String,
        hasIPv4: Bool = true,
        hasIPv6: Bool = false,
        isPartial: Bool = false,
        isMetered: Bool = false,
        place: AddressPlace? = nil
    ) {
        self.id = id
        self.scheme = scheme
        self.baseURL = baseURL
        self.hasIPv4 = hasIPv4
        self.hasIPv6 = hasIPv6
        self.isPartial = isPartial
        self.isMetered = isMetered
        self.place = place
    }

    /// The URL of the file at `path` on this access point.
    ///
    /// Every byte but RFC 3986's unreserved characters and `/` is percent-encoded, so that `+`
    /// survives servers that decode forms, and `%2F` in a name becomes `%252F`.
    package func url(of path: TreePath) -> String {
        baseURL + PercentEncoding.encoded(path: path.bytes)
    }
}
