import Mirrors

/// The writing of URLs: whatever came from the request is encoded anew from its decoded bytes.
package enum Location {
    /// Appends `path`, each byte but the unreserved ones and `/` percent-encoded.
    ///
    /// `+` becomes `%2B`, so that servers which decode forms find the file, and a literal `%2F` in a
    /// name `%252F`.
    package static func append(path: [UInt8], to bytes: inout [UInt8]) {
        let path = path.span
        bytes.append(addingCapacity: path.count * 3) { bytes in
            var offset = 0
            while offset < path.count {
                // Nearly all bytes stand for themselves: copy them in runs.
                let run = path.endOfRun(of: .unreservedOrSlash, from: offset)
                bytes.append(copying: path.extracting(offset..<run))
                offset = run
                guard offset < path.count else { break }
                bytes.append(UInt8(ascii: "%"))
                bytes.append(PercentEncoding.upperHexDigit(path[offset] >> 4))
                bytes.append(PercentEncoding.upperHexDigit(path[offset] & 15))
                offset += 1
            }
        }
    }

    /// Appends a query that the client sent, without its `?`.
    ///
    /// Escapes stay what they are, and every other byte that RFC 3986 does not allow there is
    /// escaped, a stray `%` too.
    package static func append(query: Span<UInt8>, to bytes: inout [UInt8]) {
        for index in query.indices {
            let byte = query[index]
            let isEscape =
                byte == UInt8(ascii: "%") && index + 2 < query.count
                && PercentEncoding.hexValue(query[index + 1]) != nil
                && PercentEncoding.hexValue(query[index + 2]) != nil
            if isEscape || ByteSet.query.contains(byte) {
                bytes.append(byte)
            } else {
                appendEscaped(byte, to: &bytes)
            }
        }
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(PercentEncoding.upperHexDigit(byte >> 4))
        bytes.append(PercentEncoding.upperHexDigit(byte & 15))
    }
}
