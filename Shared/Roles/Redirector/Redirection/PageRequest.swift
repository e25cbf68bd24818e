/// A request for a page, with everything that takes to make it apart from the event loop.
///
/// None of the request's bytes but its path: many of these may wait, and a head has up to 24 kB.
package struct PageRequest: Sendable {
    package let page: Page
    /// The decoded path; for a file or a directory that the map knows, its key there.
    package let path: [UInt8]
    package let client: Client
    package let wishes: Wishes?
    /// What the choice is made from; nil without a map.
    package let snapshot: Snapshot?
    /// Whether JSON is preferred where there are several representations.
    package let prefersJSON: Bool
    /// The head of the request, whose bytes are gone.
    package let head: RequestHead
    /// In seconds since 1970.
    package let now: Int64
    /// Whether the connection ends with the answer.
    package let closing: Bool
    /// The versions of a page that the client has: If-None-Match, where that is looked at.
    package let known: [UInt8]

    package init(
        page: Page,
        path: [UInt8],
        client: Client,
        wishes: Wishes?,
        snapshot: Snapshot?,
        prefersJSON: Bool,
        head: RequestHead,
        now: Int64,
        closing: Bool,
        known: [UInt8] = []
    ) {
        self.page = page
        self.path = path
        self.client = client
        self.wishes = wishes
        self.snapshot = snapshot
        self.prefersJSON = prefersJSON
        self.head = head
        self.now = now
        self.closing = closing
        self.known = known
    }
}

/// Makes the answers that take more than the map.
package protocol PageRenderer: AnyObject, Sendable {
    /// The bytes of the whole answer; may read files and take its time.
    ///
    /// Called on any thread, on several at once.
    func answer(_ request: PageRequest) -> [UInt8]

    /// Gives `snapshot` the details of its files, if they can be had; may take its time, too.
    func loadDetails(for snapshot: Snapshot)
}
