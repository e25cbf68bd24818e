import Bytes
import Mirrors
import URLs

/// The path and the query of a request target (RFC 9112, section 3.2).
///
/// The path is decoded exactly once, here, and everything after that works on decoded bytes. One
/// value serves many requests in turn, so that its storage is allocated once.
package struct RequestTarget: ~Copyable, Sendable {
    /// The decoded bytes below the root: no leading slash, no empty segment, no `.`; a trailing
    /// slash only if the client sent one.
    package private(set) var path: [UInt8] = []
    /// The range of the query in the target, without `?`; nil if there is none.
    package private(set) var query: Range<Int>?
    /// Whether all bytes of `path` are unreserved, so that the path is its own encoding.
    private var isUnreserved = false
    /// The buffer for the encoding of any other path.
    private var encoding: [UInt8] = []

    package init() {
        path.reserveCapacity(1024)
        encoding.reserveCapacity(1024)
    }

    /// Encodes the path for ``encoded``.
    package mutating func encode() {
        guard !isUnreserved else { return }
        encoding.removeAll(keepingCapacity: true)
        PercentEncoding.append(path: path, to: &encoding)
    }

    /// The path as in a URL, encoded again from its decoded bytes; call ``encode()`` first.
    package var encoded: Span<UInt8> {
        @_lifetime(borrow self)
        get { isUnreserved ? path.span : encoding.span }
    }

    /// Whether the client sent a trailing slash, as for a directory.
    package var hasTrailingSlash: Bool { path.last == UInt8(ascii: "/") }

    /// Appends a trailing slash: the key of a directory in the map.
    mutating func appendSlash() {
        path.append(UInt8(ascii: "/"))
    }

    /// Removes the slash that ``appendSlash()`` added.
    mutating func removeSlash() {
        if hasTrailingSlash { path.removeLast() }
    }

    /// Replaces the path that was read.
    mutating func replace(path: [UInt8]) {
        self.path = path
        isUnreserved = false
    }

    /// Whether the path ends in `suffix` and has something before it.
    package func has(suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard path.count > count else { return false }
        return path.span.extracting(path.count - count..<path.count).equals(suffix)
    }

    /// Removes `suffix`, which the path must have.
    package mutating func remove(suffix: StaticString) {
        path.removeLast(min(suffix.utf8CodeUnitCount, path.count))
    }

    /// Reads a target in origin form (`/path?query`) or absolute form (`http://host/path?query`).
    ///
    /// The authority of the absolute form is ignored: the tree is the same for any host name.
    package mutating func read(_ target: Span<UInt8>) throws(RequestError) {
        path.removeAll(keepingCapacity: true)
        query = nil
        isUnreserved = false
        if readUnreserved(target) { return }
        let start = try Self.pathStart(target)
        let end = target.firstIndex(of: UInt8(ascii: "?"), in: start..<target.count)
        if end < target.count { query = end + 1..<target.count }
        let encoded = target.extracting(start..<end)
        try path.append(addingCapacity: encoded.count) { path throws(RequestError) in
            var decoder = PathDecoder()
            try decoder.decode(encoded, to: &path)
        }
    }

    /// Reads a target whose path needs no decoding, as nearly all do; false if it has to be
    /// decoded.
    private mutating func readUnreserved(_ target: Span<UInt8>) -> Bool {
        guard target.count > 0, target[0] == UInt8(ascii: "/") else { return false }
        guard let end = target.endOfPlainPath(from: 1),
            end == target.count || target[end] == UInt8(ascii: "?")
        else { return false }
        if end < target.count { query = end + 1..<target.count }
        let bytes = target.extracting(1..<end)
        path.append(addingCapacity: bytes.count) { $0.append(copying: bytes) }
        isUnreserved = true
        return true
    }

    /// The offset after the slash that begins the path.
    private static func pathStart(_ target: Span<UInt8>) throws(RequestError) -> Int {
        guard target.count > 0 else { throw .malformedTarget }
        if target[0] == UInt8(ascii: "/") { return 1 }
        var authority = 0
        if target.count >= 7, target.extracting(0..<7).equalsIgnoringCase("http://") {
            authority = 7
        } else if target.count >= 8, target.extracting(0..<8).equalsIgnoringCase("https://") {
            authority = 8
        }
        guard authority > 0 else { throw .malformedTarget }
        var offset = authority
        while offset < target.count, target[offset] != UInt8(ascii: "/") {
            guard ByteSet.host.contains(target[offset]) else {
                // "http://host?query" has an empty path.
                guard target[offset] == UInt8(ascii: "?"), offset > authority else {
                    throw .malformedTarget
                }
                return offset
            }
            offset += 1
        }
        guard offset > authority else { throw .malformedTarget }
        return min(offset + 1, target.count)
    }
}

/// Decodes a path segment by segment: drops empty ones and `.`, refuses `..`.
private struct PathDecoder {
    /// The number of bytes in the current segment.
    private var byteCount = 0
    /// Whether all of them are dots.
    private var isDots = true

    mutating func decode(
        _ encoded: Span<UInt8>,
        to path: inout OutputSpan<UInt8>
    ) throws(RequestError) {
        var offset = 0
        while offset < encoded.count {
            // Nearly all bytes are literal: copy them in runs.
            let run = encoded.endOfRun(of: .plainInTarget, from: offset)
            if run > offset {
                if isDots { isDots = Self.isDots(encoded.extracting(offset..<run)) }
                byteCount += run - offset
                path.append(copying: encoded.extracting(offset..<run))
                offset = run
                guard offset < encoded.count else { break }
            }
            var byte = encoded[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "/"):
                try endSegment(of: &path, withSlash: true)
                continue
            case UInt8(ascii: "#"):
                throw .malformedTarget
            case UInt8(ascii: "%"):
                guard let decoded = PercentEncoding.byte(ofEscapeAt: offset - 1, in: encoded)
                else { throw .badEscape }
                byte = decoded
                offset += 2
                if byte == UInt8(ascii: "/") { throw .encodedSlash }
            default: break
            }
            guard byte >= 0x20, byte != 0x7F else { throw .controlByte }
            if byte != UInt8(ascii: ".") { isDots = false }
            byteCount += 1
            path.append(byte)
        }
        try endSegment(of: &path, withSlash: false)
    }

    private static func isDots(_ bytes: Span<UInt8>) -> Bool {
        // Only one or two dots are special.
        guard bytes.count <= 2 else { return false }
        for index in bytes.indices where bytes[index] != UInt8(ascii: ".") { return false }
        return true
    }

    private mutating func endSegment(
        of path: inout OutputSpan<UInt8>,
        withSlash: Bool
    ) throws(RequestError) {
        defer {
            byteCount = 0
            isDots = true
        }
        guard byteCount > 0 else { return }
        if isDots {
            if byteCount == 2 { throw .parentSegment }
            if byteCount == 1 {
                _ = path.removeLast()
                return
            }
        }
        if withSlash { path.append(UInt8(ascii: "/")) }
    }
}
