package import HealthFormat

/// What an access point said, without judgement.
package enum Reply: Hashable, Sendable {
    /// The question was taken but not put, for the host asked for a pause: it can be asked later.
    case notAsked
    /// An HTTP answer, after redirects; `byteCount` is nil where there was no `Content-Length`.
    case answered(status: Int, byteCount: UInt64?)
    /// What a folder holds by the server's listing.
    case listed(FolderListing)
    /// An answer that says nothing about the file: redirects in a circle or to a foreign protocol,
    /// bytes that are not HTTP.
    ///
    /// The reason is for this checker's log alone; what is published is the class.
    case unusable(reason: String, outage: Outage = .other)
    /// No answer: the host is unknown, refuses, is silent, or TLS fails; the reason as above.
    case failed(reason: String, outage: Outage = .other)
}
