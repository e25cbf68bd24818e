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
    /// How a list of mirrors is written.
    package let form: ListForm
    /// The head of the request, whose bytes are gone.
    package let head: RequestHead
    /// In seconds since 1970.
    package let now: Int64
    /// Whether the connection ends with the answer.
    package let closing: Bool
    /// The versions of a page that the client has: If-None-Match, where that is looked at.
    package let known: [UInt8]
    /// Which page of a folder is asked for, from 1 on.
    package let pageNumber: Int

    package init(
        page: Page,
        path: [UInt8],
        client: Client,
        wishes: Wishes?,
        snapshot: Snapshot?,
        form: ListForm,
        head: RequestHead,
        now: Int64,
        closing: Bool,
        known: [UInt8] = [],
        pageNumber: Int = 1
    ) {
        self.page = page
        self.path = path
        self.client = client
        self.wishes = wishes
        self.snapshot = snapshot
        self.form = form
        self.head = head
        self.now = now
        self.closing = closing
        self.known = known
        self.pageNumber = pageNumber
    }
}

extension PageRequest {
    /// The same request for another path.
    package func about(_ path: [UInt8]) -> PageRequest {
        guard path != self.path else { return self }
        return PageRequest(
            page: page,
            path: path,
            client: client,
            wishes: wishes,
            snapshot: snapshot,
            form: form,
            head: head,
            now: now,
            closing: closing,
            known: known,
            pageNumber: pageNumber
        )
    }

    /// Whether the list is one that programs go by: URLs alone.
    package var isPlainList: Bool { page == .mirrorList && form.isPlain }

    /// Whether it takes sizes and digests of files.
    package var needsDetails: Bool {
        snapshot?.details == nil && page != .mirror && page != .landing && !isPlainList
    }

    /// Whether it takes the builder's report on the region's map.
    package var needsReport: Bool {
        page == .explanation || page == .mirrorList && !form.isPlain
    }

    /// Whether it takes what is known of those that the map does not list; a plain list does where
    /// it begins with a mirror by name.
    package var needsHolders: Bool {
        guard !path.isEmpty else { return false }
        return switch page {
        case .mirror, .explanation: true
        case .mirrorList: !form.isPlain || wishes?.mirror != nil
        default: false
        }
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
