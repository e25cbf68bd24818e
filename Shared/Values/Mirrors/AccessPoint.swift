import URLs

/// One base URL of a mirror.
package struct AccessPoint: Hashable, Sendable {
    /// A stable name, unique over all mirrors, that is safe in a storage key and a URL:
    /// lower-case letters, digits, `.`, `-` and `_`, such as `mirror.example.org-https`.
    package typealias ID = String

    /// How an access point is spoken to.
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case http
        case https
        case ftp
        case rsync
    }

    package let id: ID
    package let scheme: Scheme
    /// The URL that stands for the root of the tree: absolute, percent-encoded, ending in a slash,
    /// without query and fragment.
    ///
    /// `http://mirror.example.org/gentoo/`.
    package let baseURL: String
    /// Whether it answers over IPv4, as the mirror list says.
    package let hasIPv4: Bool
    /// Whether it answers over IPv6, as the mirror list says.
    package let hasIPv6: Bool
    /// Whether it carries a part of the tree only, as the mirror list says.
    ///
    /// Missing files are no fault.
    package let isPartial: Bool
    /// Whether somebody pays for what it sends, as the operator says: no throughput is measured.
    package var isMetered: Bool
    /// Where it stands by the addresses of its host, where that was looked up.
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

    /// The URL of the file at `path` here.
    ///
    /// Every byte outside of RFC 3986's unreserved set and `/` is percent-encoded, so that `+`
    /// survives servers that decode forms and `%2F` in a name arrives as `%252F`.
    package func url(of path: TreePath) -> String {
        baseURL + PercentEncoding.encoded(path: path.bytes)
    }
}
