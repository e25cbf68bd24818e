import Bytes

/// Parses a web server's listing of a folder as it arrives.
///
/// Names come from links, not from text, and only links directly into the folder count. It
/// understands the listings of nginx, Apache (plain, fancy, as a table), lighttpd, Caddy, h5ai and
/// Python's server, and similar ones. The page is untrusted: a link whose text is not the name that
/// it leads to is omitted, and the listing then counts as incomplete. It buffers a single row. A
/// name may be reported twice.
package struct ListingReader {
    /// The kind of page that was read.
    package enum Outcome: Hashable, Sendable {
        /// A listing; `isWhole` is false if its end is missing or something was skipped.
        case listing(isWhole: Bool)
        /// Some other page.
        case noListing
    }

    /// The number of names passed on.
    package private(set) var nameCount = 0

    private var address: FolderAddress
    private var tokenizer = HTMLTokenizer()
    private var row: ListingRow?
    private var isInLink = false
    private var isPreformatted = false
    /// The text of the title or heading being read.
    private var heading: [UInt8]?
    private var headingTag = ""
    private var hasHeading = false
    private var hasParent = false
    private var hasFacts = false
    private var hasEnd = false
    private var skippedCount = 0

    private static let headingTags = ["title", "h1", "h2"]
    private static let longestHeading = 64
    /// Elements whose start or end tag ends a row.
    private static let rowTags: Set = [
        "tr", "li", "br", "hr", "table", "ul", "pre", "body", "html",
    ]

    /// Takes the URL of the page, http or https with a trailing slash; nil for any other.
    package init?(url: String) {
        guard let address = FolderAddress(url) else { return nil }
        self.address = address
    }

    /// Takes more bytes, and passes the names of completed rows to `receive`.
    package mutating func consume(
        _ bytes: ArraySlice<UInt8>,
        _ receive: (ListedName) -> Void
    ) {
        var tokenizer = tokenizer
        self.tokenizer = HTMLTokenizer()
        tokenizer.consume(bytes) { token in
            switch token {
            case .text(let text): take(text, receive)
            case .tag(let tag): take(tag, receive)
            }
        }
        self.tokenizer = tokenizer
    }

    /// Ends the page: an incomplete row is dropped, because its length may be truncated.
    package mutating func finish() -> Outcome {
        if row != nil { skippedCount += 1 }
        row = nil
        guard hasHeading || hasParent || hasFacts else { return .noListing }
        return .listing(
            isWhole: hasEnd && skippedCount == 0 && tokenizer.lostTagCount == 0
        )
    }

    private mutating func take(_ text: ArraySlice<UInt8>, _ receive: (ListedName) -> Void) {
        if let known = heading?.count {
            heading?.append(contentsOf: text.prefix(max(0, Self.longestHeading - known)))
        }
        guard row != nil else { return }
        if isInLink {
            row?.takeLabel(text)
            return
        }
        guard isPreformatted, let newline = text.firstIndex(of: UInt8(ascii: "\n")) else {
            row?.take(text)
            return
        }
        row?.take(text[..<newline])
        finishRow(receive)
    }

    private mutating func take(_ tag: HTMLTag, _ receive: (ListedName) -> Void) {
        if tag.isStart(of: "a") { return takeLink(tag, receive) }
        if tag.isEnd(of: "a") {
            isInLink = false
            return
        }
        if tag.isStart(of: "td") { return beginCell(tag) }
        takeHeading(tag)
        if Self.rowTags.contains(tag.name) { finishRow(receive) }
        if tag.name == "pre" { isPreformatted = !tag.isEnd }
        if tag.isEnd(of: "html") { hasEnd = true }
        if tag.isStart(of: "base"), let href = tag.attribute("href") { address.move(toBase: href) }
    }

    private mutating func takeHeading(_ tag: HTMLTag) {
        if heading != nil {
            guard tag.isEnd(of: headingTag) else { return }
            let text = String(
                decoding: HTMLText.trimmed(heading ?? []).map(\.lowercase),
                as: UTF8.self
            )
            if text.hasPrefix("index of") || text.hasPrefix("directory listing") {
                hasHeading = true
            }
            heading = nil
        } else if let name = Self.headingTags.first(where: tag.isStart) {
            heading = []
            headingTag = name
        }
    }

    private mutating func beginCell(_ tag: HTMLTag) {
        isInLink = false
        row?.begin(ListingRow.Cell(statedByteCount: tag.statedByteCount))
    }

    private mutating func takeLink(_ tag: HTMLTag, _ receive: (ListedName) -> Void) {
        let target = tag.attribute("href").map { address.target(of: $0) } ?? .elsewhere
        switch target {
        case .entry(let name, let isDirectory):
            // An image and a text may link to the same place.
            if row?.name != name || row?.isBare == false { finishRow(receive) }
            row = ListingRow(name: name, isDirectory: isDirectory)
        case .parent:
            finishRow(receive)
            hasParent = true
        case .elsewhere:
            finishRow(receive)
        }
        isInLink = row != nil
    }

    private mutating func finishRow(_ receive: (ListedName) -> Void) {
        isInLink = false
        guard let row = row.take() else { return }
        guard row.hasHonestLabel else {
            skippedCount += 1
            return
        }
        if row.hasFacts { hasFacts = true }
        nameCount += 1
        receive(
            ListedName(name: row.name, isDirectory: row.isDirectory, byteCount: row.byteCount)
        )
    }
}

extension HTMLTag {
    /// The length in an attribute for programs: `data-size`, or `data-order` and the like, which
    /// are used for sorting.
    fileprivate var statedByteCount: UInt64? {
        for name in ["data-size", "data-order", "data-sort", "data-sort-value", "data-value"] {
            if let value = attribute(name), let size = ListedSize.exact(value[...]) { return size }
        }
        return nil
    }
}
