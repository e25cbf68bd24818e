import Bytes

/// A name of a listing with the text beside it, until the row is complete.
struct ListingRow {
    /// A part of the row after the link: a table cell, or the rest of the row if there is no table.
    struct Cell {
        var text: [UInt8] = []
        /// The length in an attribute for programs.
        var statedByteCount: UInt64?
    }

    let name: [UInt8]
    let isDirectory: Bool
    /// The text of the link, with character references.
    private(set) var label: [UInt8] = []
    private var cells: [Cell] = []

    /// The longest label that is kept: a name of 255 bytes, each of which may take six.
    private static let longestLabel = 2048
    private static let longestCell = 128
    private static let mostCells = 8

    init(name: [UInt8], isDirectory: Bool) {
        self.name = name
        self.isDirectory = isDirectory
    }

    mutating func takeLabel(_ text: ArraySlice<UInt8>) {
        label.append(contentsOf: text.prefix(max(0, Self.longestLabel - label.count)))
    }

    mutating func begin(_ cell: Cell) {
        if cells.count < Self.mostCells { cells.append(cell) }
    }

    /// Takes text after the link.
    mutating func take(_ text: ArraySlice<UInt8>) {
        if cells.isEmpty { cells.append(Cell()) }
        let last = cells.count - 1
        let room = max(0, Self.longestCell - cells[last].text.count)
        // Pages are indented.
        let text = cells[last].text.isEmpty ? text.drop(while: \.isBlank) : text
        cells[last].text.append(contentsOf: text.prefix(room))
    }

    /// Whether the link has no text yet, such as when it contains an image.
    var isBare: Bool { HTMLText.trimmed(HTMLText.decoded(label[...])).isEmpty }

    /// Whether the row has a length or a time, as rows of listings do and links in prose do not.
    var hasFacts: Bool {
        cells.contains { cell in
            let words = Self.words(cell.text)
            return cell.statedByteCount != nil
                || ListedSize.range(HTMLText.trimmed(cell.text)) != nil
                || words.contains(where: Self.isDate)
        }
    }

    /// Whether the text of the link is the name, possibly truncated or marked as a folder or a
    /// link.
    ///
    /// If it is not, someone created a name that looks like a part of the page.
    var hasHonestLabel: Bool {
        let text = HTMLText.trimmed(HTMLText.decoded(label[...]))
        let whole = HTMLText.trimmed(name)
        if text.elementsEqual(whole) { return true }
        if let last = text.last, "/@*|=".utf8.contains(last), text.dropLast().elementsEqual(whole) {
            return true
        }
        for end in ["..>", "..", "\u{2026}"]
        where text.suffix(end.utf8.count).elementsEqual(end.utf8) {
            let start = text.dropLast(end.utf8.count)
            if !start.isEmpty, whole.starts(with: start) { return true }
        }
        return false
    }

    /// The length, if it is given exactly and nothing contradicts it.
    var byteCount: UInt64? {
        if isDirectory { return nil }
        let texts = cells.map { HTMLText.trimmed($0.text) }
        for (cell, text) in zip(cells, texts) {
            if let byteCount = cell.statedByteCount, let range = ListedSize.range(text),
                range.contains(Double(byteCount))
            {
                return byteCount
            }
        }
        if texts.count == 1, let size = Self.sizeAfterDate(cells[0].text) { return size }
        let sizes = texts.filter { ListedSize.range($0) != nil }
        return sizes.count == 1 ? ListedSize.exact(sizes[0]) : nil
    }

    /// The length in `30-Nov-2026 19:23  12345`; a description may follow.
    private static func sizeAfterDate(_ text: [UInt8]) -> UInt64? {
        let words = words(text)
        guard words.count >= 3, isDate(words[0]), words[1].contains(UInt8(ascii: ":")) else {
            return nil
        }
        return ListedSize.exact(words[2])
    }

    private static func words(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        HTMLText.trimmed(text).split { $0.isBlank }
    }

    /// `30-Nov-2026`, `2026-11-30`, `2026-Nov-30`.
    private static func isDate(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.count == 3 && parts.count(where: { $0.allSatisfy(\.isDigit) }) >= 2
            && parts.allSatisfy { (1...4).contains($0.count) }
    }
}
