package import HealthFormat

/// An access point's answer, without a verdict.
package enum Reply: Hashable, Sendable {
    /// The question was accepted but not asked, because the host requested a pause; it can be asked
    /// later.
    case notAsked
    /// An HTTP answer, after redirects; `byteCount` is nil without a `Content-Length`.
    case answered(status: Int, byteCount: UInt64?)
    /// The server's listing of a folder.
    case listed(FolderListing)
    /// An answer that says nothing about the file: a redirect loop, a redirect to another protocol,
    /// or bytes that are not HTTP.
    ///
    /// The reason appears only in this checker's log; the class is published.
    case unusable(reason: String, outage: Outage = .other)
    /// No answer: the host name is unknown, the connection is refused or times out, or TLS fails.
    case failed(reason: String, outage: Outage = .other)
}
