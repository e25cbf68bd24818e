/// Splits HTML into tags and text as it arrives, in bounded memory.
///
/// It knows as much of HTML as listings use: quoted attributes, comments, and scripts and styles,
/// whose content is skipped. A tag longer than ``longestTag`` is skipped and counted.
struct HTMLTokenizer {
    enum Token {
        /// A piece of text; the text between two tags may come in several pieces.
        case text(ArraySlice<UInt8>)
        case tag(HTMLTag)
    }

    private enum State {
        case text
        /// After a `<`.
        case tagStart
        case tag
        case quoted(UInt8)
        case comment
        /// In the content of an element without tags, up to its end tag.
        case raw(end: [UInt8])
    }

    /// The number of tags that were too long to be parsed.
    private(set) var lostTagCount = 0
    private var state = State.text
    private var tag: [UInt8] = []
    /// How many bytes of the end of a comment or of raw content have matched.
    private var matchedCount = 0

    /// Names have up to 255 bytes, each of which may take six in a page, and a tag may contain a
    /// name twice.
    static let longestTag = 4096
    private static let commentEnd = Array("-->".utf8)

    mutating func consume(_ bytes: ArraySlice<UInt8>, _ receive: (Token) -> Void) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch state {
            case .text:
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.endIndex
                if index < end { receive(.text(bytes[index..<end])) }
                index = end
                guard index < bytes.endIndex else { break }
                state = .tagStart
                index += 1
            case .tagStart:
                tag.removeAll(keepingCapacity: true)
                if Self.beginsTag(bytes[index]) {
                    state = .tag
                } else {
                    receive(.text([UInt8(ascii: "<")]))
                    state = .text
                }
            case .tag, .quoted:
                takeOfTag(bytes[index], receive)
                index += 1
            case .comment:
                if match(bytes[index], Self.commentEnd) { state = .text }
                index += 1
            case .raw(let end):
                if match(bytes[index], end) {
                    tag = Array(end.dropFirst())
                    state = .tag
                }
                index += 1
            }
        }
    }

    private static func beginsTag(_ byte: UInt8) -> Bool {
        byte.isLetter || "/!?".utf8.contains(byte)
    }

    private mutating func takeOfTag(_ byte: UInt8, _ receive: (Token) -> Void) {
        if case .quoted(let quote) = state {
            if byte == quote { state = .tag }
        } else if byte == UInt8(ascii: ">") {
            return finishTag(receive)
        } else if (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")),
            tag.last(where: { $0 != UInt8(ascii: " ") }) == UInt8(ascii: "=")
        {
            state = .quoted(byte)
        }
        if tag.count <= Self.longestTag { tag.append(byte) }
        if tag.count == 3, tag.elementsEqual("!--".utf8) {
            state = .comment
            matchedCount = 0
        }
    }

    private mutating func finishTag(_ receive: (Token) -> Void) {
        state = .text
        guard tag.count <= Self.longestTag else {
            lostTagCount += 1
            return
        }
        let tag = HTMLTag(tag)
        receive(.tag(tag))
        guard !tag.isEnd, tag.name == "script" || tag.name == "style" else { return }
        state = .raw(end: Array("</\(tag.name)".utf8))
        matchedCount = 0
    }

    /// Whether `byte` completes `end`, compared without case; in every `end`, no later byte equals
    /// the first.
    private mutating func match(_ byte: UInt8, _ end: [UInt8]) -> Bool {
        let lowercase = byte.lowercase
        if lowercase == end[matchedCount] {
            matchedCount += 1
        } else if end.first == UInt8(ascii: "-"), byte == UInt8(ascii: "-") {
            // "--->" also ends a comment.
            matchedCount = 2
        } else {
            matchedCount = lowercase == end[0] ? 1 : 0
        }
        guard matchedCount == end.count else { return false }
        matchedCount = 0
        return true
    }
}
