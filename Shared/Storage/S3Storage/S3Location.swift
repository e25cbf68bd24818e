import Bytes
import ObjectStorage
import URLs

/// Where a bucket is, and the URLs in it.
struct S3Location: Sendable {
    let bucket: String
    /// Empty, or what all keys begin with, a slash at its end.
    let prefix: String
    let region: String
    /// The URL of the bucket, without a slash at its end.
    let bucketURL: String

    /// How the bucket is named in a URL.
    enum Addressing: String {
        /// `https://host/bucket/key`: what S3 servers of one's own understand.
        case path
        /// `https://bucket.host/key`: what AWS wants.
        case virtualHost = "virtual"
    }

    /// `endpoint` is nil for AWS.
    ///
    /// Throws ``StorageError/misconfigured(_:)`` for an endpoint that is not `http(s)://host[:port]`.
    init(
        bucket: String,
        prefix: String,
        region: String,
        endpoint: String?,
        addressing: Addressing?
    ) throws(StorageError) {
        self.bucket = bucket
        self.prefix = prefix.isEmpty ? "" : prefix + "/"
        self.region = region
        let endpoint = endpoint ?? "https://s3.\(region).amazonaws.com"
        guard let scheme = ["https://", "http://"].first(where: endpoint.hasPrefix) else {
            throw Self.wrong(endpoint)
        }
        var host = endpoint.dropFirst(scheme.count)
        if host.hasSuffix("/") { host.removeLast() }
        guard !host.isEmpty, host.utf8.allSatisfy(Self.hostBytes.contains) else {
            throw Self.wrong(endpoint)
        }
        let isAWS = host.hasSuffix(".amazonaws.com")
        bucketURL =
            switch addressing ?? (isAWS ? .virtualHost : .path) {
            case .path: "\(scheme)\(host)/\(bucket)"
            case .virtualHost: "\(scheme)\(bucket).\(host)"
            }
    }

    func url(of key: BlobKey) -> String {
        "\(bucketURL)/\(prefix)\(key.text)"
    }

    /// The URL of one page of a listing.
    ///
    /// The parameters are in the order of their bytes, as the signature wants them.
    func listingURL(prefix: String, continuation: String?) -> String {
        var query = "list-type=2&prefix=\(PercentEncoding.encoded(component: self.prefix + prefix))"
        if let continuation {
            query =
                "continuation-token=\(PercentEncoding.encoded(component: continuation))&\(query)"
        }
        return "\(bucketURL)/?\(query)"
    }

    /// Whether the server may send requests for the bucket on to `url`: by a scheme no weaker, to the same
    /// host, or to another of the same two-label domain, as AWS does between regions.
    func mayBeRedirected(to url: String) -> Bool {
        guard let (scheme, host) = Self.origin(of: url),
            let (ownScheme, ownHost) = Self.origin(of: bucketURL),
            scheme == "https" || scheme == ownScheme, !host.contains("@")
        else { return false }
        if host == ownHost { return true }
        let name = ownHost.prefix { $0 != ":" }
        guard !ownHost.hasPrefix("["), name.contains(where: \.isLetter) else {
            // An address: another port of it.
            return host.prefix { $0 != ":" } == name
        }
        let domain = name.split(separator: ".").suffix(2).joined(separator: ".")
        return host.prefix { $0 != ":" } == domain
            || host.prefix { $0 != ":" }.hasSuffix(".\(domain)")
    }

    private static func origin(of url: String) -> (scheme: String, host: String)? {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, parts[0] == "https:" || parts[0] == "http:"
        else { return nil }
        return (String(parts[0].dropLast()), parts[2].lowercased())
    }

    /// No user name, path or query: they would end up in error texts, or be signed wrongly.
    private static func wrong(_ endpoint: String) -> StorageError {
        .misconfigured(
            "S3_ENDPOINT: expected http://host:port or https://host:port, found "
                + "\"\(PrivateURL(endpoint))\""
        )
    }

    private static let hostBytes = ByteSet.unreserved.union(ByteSet(":[]"))
}
