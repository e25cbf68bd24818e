import Bytes

/// Reads the page with which a web server lists a folder, as it arrives.
///
/// Names come from the links, not from the text: only those that lead directly into the folder
/// count. It reads what nginx, Apache (plain, fancy, as a table), lighttpd, Caddy, h5ai and
/// Python's server write, and everything like it. The page is taken for hostile: a link whose text
/// is not the name that it leads to is left out, and the listing is then not whole. Memory is that
/// of one row. A name may come twice.
package struct ListingReader {
    /// What a page listed.
    package enum Outcome: Hashable, Sendable {
        /// A listing; `isWhole` is false where it lacks its end, or where something was passed
        /// over.
        case listing(isWhole: Bool)
        /// Some other page.
        case noListing
    }

    /// The names handed over.
    package private(set) var nameCount = 0

    private var address: FolderAddress
    private var tokenizer = HTMLTokenizer()
    private var row: ListingRow?
    private var isInLink = false
    private var isPreformatted = false
    /// The text of a title or heading while it is read.
    private var heading: [UInt8]?
    private var headingTag = ""
    private var hasHeading = false
    private var hasParent = false
    private var hasFacts = false
    private var hasEnd = false
    private var skippedCount = 0

    private static let headingTags = ["title", "h1", "h2"]
    private static let longestHeading = 64
    /// Elements whose beginning or end ends a row.
    private static let rowTags: Set = [
        "tr", "li", "br", "hr", "table", "ul", "pre", "body", "html",
    ]

    /// Takes the URL of the page, http or https with a slash at its end; nil for another.
    package init?(url: String) {
        guard let address = FolderAddress(url) else { return nil }
        self.address = address
    }

    /// Takes the next bytes, and hands the names of the rows that end in them to `receive`.
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

    /// Notes that no more comes: a row without its end is left out, because its length may lack a
    /// part.
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
        row?.begin(ListingRow.Cell(told: tag.toldByteCount))
    }

    private mutating func takeLink(_ tag: HTMLTag, _ receive: (ListedName) -> Void) {
        let place = tag.attribute("href").map { address.place(of: $0) } ?? .elsewhere
        switch place {
        case .entry(let name, let isDirectory):
            // A picture and a text may lead to the same place.
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
    /// The length that an attribute tells for programs: `data-size`, or `data-order` and the like,
    /// by which a table is put into order.
    fileprivate var toldByteCount: UInt64? {
        for name in ["data-size", "data-order", "data-sort", "data-sort-value", "data-value"] {
            if let value = attribute(name), let size = ListedSize.exact(value[...]) { return size }
        }
        return nil
    }
}
