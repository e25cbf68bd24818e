/// The notation of a symlink in listings: its name, ` -> `, and its target.
package enum LinkNotation {
    /// Splits `name -> target` so that the target has the length given by the listing.
    ///
    /// Both may contain ` -> `. If the length is unknown or wrong, a line with exactly one arrow is
    /// split there, and any other line gives nil, because it is ambiguous.
    package static func divide(
        _ line: [UInt8],
        targetByteCount: UInt64?
    ) -> (name: [UInt8], target: [UInt8])? {
        let arrow = Array(" -> ".utf8)
        guard line.count > arrow.count else { return nil }
        if let count = targetByteCount.flatMap({ Int(exactly: $0) }), count > 0,
            count < line.count - arrow.count
        {
            let end = line.count - count
            if line[..<end].suffix(arrow.count).elementsEqual(arrow) {
                return (Array(line[..<(end - arrow.count)]), Array(line[end...]))
            }
        }
        let positions = (1...(line.count - arrow.count)).filter { line[$0...].starts(with: arrow) }
        guard let only = positions.first, positions.count == 1 else { return nil }
        return (Array(line[..<only]), Array(line[(only + arrow.count)...]))
    }
}
