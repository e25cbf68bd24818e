/// How listings write a symbolic link: its name, ` -> `, and its text.
package enum LinkNotation {
    /// Divides `name -> text` where the text has the length that the listing tells.
    ///
    /// Both may hold ` -> `. Where the length is unknown or wrong, a line with exactly one arrow is
    /// divided there, and every other line is nil: nobody can tell.
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
        let places = (1...(line.count - arrow.count)).filter { line[$0...].starts(with: arrow) }
        guard let only = places.first, places.count == 1 else { return nil }
        return (Array(line[..<only]), Array(line[(only + arrow.count)...]))
    }
}
