import Bytes

/// Writes readable JSON text member by member, without building a value first.
///
/// It is used for pages of hundreds of mirrors: each member costs only the bytes that it adds. The
/// caller closes brackets. The layout is that of ``JSONValue/prettySerialized()``.
package struct JSONText: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var depth = 0
    /// Whether the innermost bracket is still empty.
    private var isFirst = true

    /// An empty text with room for `capacity` bytes.
    package init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Opens an object: the whole text, or the next element of an array.
    package mutating func beginObject() {
        if depth > 0 { beginElement() }
        open(UInt8(ascii: "{"))
    }

    /// Opens an object under `key`, which, like all keys here, needs no escapes.
    package mutating func beginObject(_ key: StaticString) {
        begin(key)
        open(UInt8(ascii: "{"))
    }

    package mutating func beginArray(_ key: StaticString) {
        begin(key)
        open(UInt8(ascii: "["))
    }

    package mutating func endObject() { close(UInt8(ascii: "}")) }

    package mutating func endArray() { close(UInt8(ascii: "]")) }

    package mutating func member(_ key: StaticString, _ text: String) {
        begin(key)
        JSONEscaping.append(text, to: &bytes)
    }

    /// Adds an ASCII text that needs no escapes.
    package mutating func member(_ key: StaticString, static text: StaticString) {
        begin(key)
        bytes.append("\"")
        bytes.append(text)
        bytes.append("\"")
    }

    /// Adds a text that consists of `start` and `end`, in UTF-8; invalid sequences become U+FFFD.
    package mutating func member(
        _ key: StaticString,
        _ start: Span<UInt8>,
        then end: Span<UInt8>? = nil
    ) {
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        JSONEscaping.append(contents: start, to: &bytes)
        if let end { JSONEscaping.append(contents: end, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func member(_ key: StaticString, _ number: Int64) {
        begin(key)
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(decimal: number.magnitude)
    }

    package mutating func member(_ key: StaticString, _ bool: Bool) {
        begin(key)
        bytes.append(bool ? "true" : "false")
    }

    /// Adds a number that may have a fraction.
    package mutating func member(_ key: StaticString, number: Double) {
        begin(key)
        JSONValue.number(number).append(to: &bytes)
    }

    /// Adds JSON that was written elsewhere; if it has several lines, it must be indented for this
    /// depth.
    package mutating func member(_ key: StaticString, json: [UInt8]) {
        begin(key)
        bytes += json
    }

    /// Ends the text with a newline after its last bracket.
    package consuming func finished() -> [UInt8] {
        bytes.append(0x0A)
        return bytes
    }

    // MARK: Punctuation

    private mutating func open(_ bracket: UInt8) {
        bytes.append(bracket)
        depth += 1
        isFirst = true
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        if !isFirst { newline() }
        bytes.append(bracket)
        isFirst = false
    }

    private mutating func begin(_ key: StaticString) {
        beginElement()
        bytes.append("\"")
        bytes.append(key)
        bytes.append("\": ")
    }

    private mutating func beginElement() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        newline()
    }

    private mutating func newline() {
        bytes.append(0x0A)
        for _ in 0..<depth { bytes.append("  ") }
    }
}
