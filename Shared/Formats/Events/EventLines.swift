import JSON

/// The events of a day as in its blob: one line of JSON each, latest last.
package struct EventLines: Equatable, Sendable {
    package private(set) var events: [Event] = []
    /// The number of lines that are not understood.
    package private(set) var unreadableCount = 0

    package init() {}

    /// Reads a blob.
    ///
    /// Damage only loses the lines that it affects.
    package init(decoding bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A) {
            guard line.count <= Event.lineLimit,
                let event = try? Event(json: JSONValue(parsing: line))
            else {
                unreadableCount += 1
                continue
            }
            events.append(event)
        }
    }
}

extension EventLines {
    /// The maximum size of a day's blob, in bytes.
    package static let byteLimit = 1 << 20
    /// The space reserved for the line that counts omitted events.
    static let reserve = 512

    /// The bytes of a day's blob with some events appended.
    ///
    /// From the first one that does not fit, they are only counted, in a last line of the kind
    /// ``Event/Kind/omitted``. An incomplete line at the end is terminated first.
    package static func appending(_ events: [Event], to blob: [UInt8]) -> [UInt8] {
        var (bytes, omittedCount) = withoutOmitted(blob)
        if let last = bytes.last, last != 0x0A { bytes.append(0x0A) }
        var latest: Event?
        for event in events {
            let line = event.json.serialized()
            guard omittedCount == 0, bytes.count + line.count < byteLimit - reserve else {
                omittedCount += 1
                latest = event
                continue
            }
            bytes += line
            bytes.append(0x0A)
        }
        guard omittedCount > 0 else { return bytes }
        let at = latest?.at ?? events.last?.at
        guard let at else { return blob }
        let count = Event(.omitted, "events", at: at, by: "events", is: "\(omittedCount)")
        return bytes + count.json.serialized() + [0x0A]
    }

    /// A blob without its last line if that counts omitted events, and their number.
    private static func withoutOmitted(_ blob: [UInt8]) -> (bytes: [UInt8], count: Int) {
        let end = blob.last == 0x0A ? blob.count - 1 : blob.count
        let start = blob[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        guard end - start <= Event.lineLimit,
            let event = try? Event(json: JSONValue(parsing: blob[start..<end])),
            event.kind == .omitted
        else { return (blob, 0) }
        let count = event.is.flatMap { Int($0) } ?? 1
        return (Array(blob[..<start]), min(max(count, 1), 1 << 40))
    }
}
