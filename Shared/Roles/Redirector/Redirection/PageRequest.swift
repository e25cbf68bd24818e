/// A request whose answer is made apart from the event loop, with everything that takes.
///
/// It holds copies: the connection's buffers serve other requests meanwhile.
package struct PageRequest: Sendable {
    package let page: Page
    /// The decoded path; for a file or a directory that the map knows, its key there.
    package let path: [UInt8]
    package let client: Client
    package let wishes: Wishes?
    /// What the choice is made from; nil without a map.
    package let snapshot: Snapshot?
    /// The head of the request, which begins `bytes`, and who sent it.
    package let head: RequestHead
    package let bytes: [UInt8]
    package let peer: Responder.Peer
    /// In seconds since 1970.
    package let now: Int64
    /// Whether the connection ends with the answer.
    package let closing: Bool
    /// What clients were given lately, where the answer turns out to be a redirect.
    package let retries: RetryTable?

    package init(
        page: Page,
        path: [UInt8],
        client: Client,
        wishes: Wishes?,
        snapshot: Snapshot?,
        head: RequestHead,
        bytes: [UInt8],
        peer: Responder.Peer,
        now: Int64,
        closing: Bool,
        retries: RetryTable? = nil
    ) {
        self.page = page
        self.path = path
        self.client = client
        self.wishes = wishes
        self.snapshot = snapshot
        self.head = head
        self.bytes = bytes
        self.peer = peer
        self.now = now
        self.closing = closing
        self.retries = retries
    }
}

/// Makes the answers that take more than the map.
package protocol PageRenderer: Sendable {
    /// The bytes of the whole answer; may read files and take its time.
    ///
    /// Called on any thread, on several at once.
    func answer(_ request: PageRequest) -> [UInt8]
}
