import Bytes
import Mirrors
package import Time

/// What a redirect needs of `health.json`: when it was written, and which access points are down.
///
/// Read straight from the bytes, and no farther than the list of those that are down: a program that
/// answers one request has no three milliseconds to build a tree of values from 450 entries of which
/// thirty matter.
package struct DownReport: Equatable, Sendable {
    /// When the mirrors were probed.
    package let checkedAt: Timestamp
    /// The ids of the access points that are down, as bytes.
    package let down: [[UInt8]]

    package init(checkedAt: Timestamp, down: [[UInt8]]) {
        self.checkedAt = checkedAt
        self.down = down
    }

    /// Reads the blob that `Health.json` writes; keys that a newer writer added are skipped.
    ///
    /// Where an older writer did not list who is down, the access points tell.
    package init(reading bytes: Span<UInt8>) throws(DownReportError) {
        var scanner = JSONScanner(bytes)
        var version: Int64?
        var checkedAt: Int64?
        var down: [[UInt8]]?
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            let key = bytes.extracting(key)
            if key.equals("version") {
                version = try scanner.integer()
            } else if key.equals("checkedAt") {
                checkedAt = try scanner.integer()
            } else if key.equals("down") {
                down = try Self.list(&scanner, bytes)
            } else if down == nil, key.equals("accessPoints") {
                down = try Self.down(&scanner, bytes)
            } else {
                try scanner.skipValue()
            }
            if version != nil, checkedAt != nil, down != nil { break }
        }
        guard version == Health.formatVersion else {
            throw .unsupportedVersion(version, supported: Health.formatVersion)
        }
        guard let checkedAt, let down else { throw .incomplete }
        self.init(checkedAt: Timestamp(secondsSinceEpoch: checkedAt), down: down)
    }

    /// The strings of the array that comes next.
    private static func list(
        _ scanner: inout JSONScanner,
        _ bytes: Span<UInt8>
    ) throws(DownReportError) -> [[UInt8]] {
        var down: [[UInt8]] = []
        try scanner.openArray()
        while let id = try scanner.nextString() { down.append(id.map { bytes[$0] }) }
        return down
    }

    /// The keys of the object that comes next whose value holds `"up": false`.
    private static func down(
        _ scanner: inout JSONScanner,
        _ bytes: Span<UInt8>
    ) throws(DownReportError) -> [[UInt8]] {
        var down: [[UInt8]] = []
        try scanner.openObject()
        while let id = try scanner.nextKey() {
            var isUp: Bool?
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                if bytes.extracting(key).equals("up") {
                    isUp = try scanner.bool()
                } else {
                    try scanner.skipValue()
                }
            }
            guard let isUp else { throw .incomplete }
            if !isUp { down.append(id.map { bytes[$0] }) }
        }
        return down
    }
}

/// A reason why bytes are not the health that the Redirector reads.
package enum DownReportError: Error, Equatable, CustomStringConvertible {
    /// What stands at `offset` is no JSON, or not what health has there.
    case malformed(offset: Int)
    case unsupportedVersion(Int64?, supported: Int64)
    case incomplete

    package var description: String {
        switch self {
        case .malformed(let offset): "health.json is not understood at byte \(offset)"
        case .unsupportedVersion(let version, let supported):
            "health.json is of version \(version.map { "\($0)" } ?? "unknown"), expected \(supported): "
                + "deploy checker and redirector together"
        case .incomplete:
            "health.json lacks \"checkedAt\", \"down\" and \"accessPoints\", or an \"up\""
        }
    }
}
