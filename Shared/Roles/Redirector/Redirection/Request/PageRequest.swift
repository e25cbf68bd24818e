/// A request for a page, with everything needed to make it outside the event loop.
///
/// Of the request's bytes it keeps only the path: many of these may wait, and a head may have 24
/// kB.
package struct PageRequest: Sendable {
    package let page: Page
    /// The decoded path; for a file or a directory that the map knows, its key in the map.
    package let path: [UInt8]
    package let client: Client
    package let preferences: Preferences?
    /// The basis of the choice; nil without a map.
    package let snapshot: Snapshot?
    /// The format of a list of mirrors.
    package let form: ListForm
    /// The head of the request, whose bytes are gone.
    package let head: RequestHead
    /// In seconds since 1970.
    package let now: Int64
    /// Whether the connection ends with the answer.
    package let closing: Bool
    /// The versions of a page that the client has: If-None-Match, if the page uses it.
    package let known: [UInt8]
    /// The requested page of a folder, counted from 1.
    package let pageNumber: Int

    package init(
        page: Page,
        path: [UInt8],
        client: Client,
        preferences: Preferences?,
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
        self.preferences = preferences
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
    /// This request for another path.
    package func about(_ path: [UInt8]) -> PageRequest {
        guard path != self.path else { return self }
        return PageRequest(
            page: page,
            path: path,
            client: client,
            preferences: preferences,
            snapshot: snapshot,
            form: form,
            head: head,
            now: now,
            closing: closing,
            known: known,
            pageNumber: pageNumber
        )
    }

    /// Whether the list is for programs: only URLs.
    package var isPlainList: Bool { page == .mirrorList && form.isPlain }

    /// Whether it needs sizes and digests of files.
    package var needsDetails: Bool {
        snapshot?.details == nil && page != .mirror && page != .landing && !isPlainList
    }

    /// Whether it needs the builder's report on the region's map.
    package var needsReport: Bool {
        page == .explanation || page == .mirror || page == .mirrorList && !form.isPlain
    }

    /// Whether it needs what is known of access points that the map does not list; a plain list
    /// does if it begins with a mirror requested by name.
    package var needsHolders: Bool {
        guard !path.isEmpty else { return false }
        return switch page {
        case .mirror, .explanation: true
        case .mirrorList: !form.isPlain || preferences?.mirror != nil
        default: false
        }
    }
}

/// Makes the answers that need more than the map.
package protocol PageRenderer: AnyObject, Sendable {
    /// The bytes of the whole answer; may read files and take its time.
    ///
    /// Called from any thread, and concurrently.
    func answer(_ request: PageRequest) -> [UInt8]

    /// Gives `snapshot` the details of its files, if available; may also take its time.
    func loadDetails(for snapshot: Snapshot)
}
