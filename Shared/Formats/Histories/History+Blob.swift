package import BlobFormat
import Mirrors
import Time

// Histories/FORMAT.md specifies the layout.
extension History {
    package static let key = "history/mirrors"

    private static let blobType = BlobType(magic: "RHIS", version: 1, contentLimit: 1 << 24)
    /// The maximum number of access points or mirrors that are read; each takes up to 3 KB of
    /// memory.
    private static let idLimit: UInt64 = 1 << 14
    /// Hours since 1970, up to the year 9999.
    private static let lastHour: UInt64 = 70_389_528

    /// The history as a blob; equal histories give equal bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingByteCount: points.count * 200 + 1000)
        writer.appendVarint(UInt64(max(0, endHour)))
        writer.appendVarint(UInt64(points.count))
        for (id, point) in points.sorted(by: { $0.key < $1.key }) {
            writer.appendCounted(id.utf8)
            writer.append(row: point.hours.map { UInt64($0) })
            writer.append(row: point.days.map { UInt64($0) })
        }
        writer.appendVarint(UInt64(mirrors.count))
        for (id, mirror) in mirrors.sorted(by: { $0.key < $1.key }) {
            writer.appendCounted(id.utf8)
            writer.append(row: mirror.completeness.map { UInt64($0) })
            writer.append(row: mirror.lag.map { UInt64($0) })
        }
        writer.appendVarint(UInt64(publications.count))
        var last: Int64 = 0
        for publication in publications {
            let at = Int64(UInt32(clamping: publication.at.secondsSinceEpoch))
            writer.appendVarint(UInt64(max(0, at - last)))
            last = max(last, at)
            writer.appendVarint(UInt64(UInt32(clamping: publication.fileCount)))
            writer.appendVarint(UInt64(UInt32(clamping: publication.mirrorCount)))
            writer.append(publication.shares)
        }
        return Self.blobType.sealed(writer.bytes)
    }

    /// Reads what ``encoded()`` wrote.
    package init(decoding blob: [UInt8]) throws(HistoryError) {
        do throws(BlobFormatError) {
            try self.init(content: try Self.blobType.open(blob).content)
        } catch {
            throw .unreadable(error)
        }
    }

    private init(content: [UInt8]) throws(BlobFormatError) {
        var reader = ByteReader(content)
        endHour = Int64(try reader.readVarint(of: "the last hour", atMost: Self.lastHour))
        for _ in 0..<(try reader.readVarint(of: "access points", atMost: Self.idLimit)) {
            let id = try reader.readID()
            var point = Point()
            for value in try reader.readRow("hours", Self.hourLimit, UInt64(Self.unknownHour)) {
                point.hours.append(UInt8(value))
            }
            for value in try reader.readRow("days", Self.dayLimit, UInt64(Self.unknownShare)) {
                point.days.append(UInt16(value))
            }
            points[id] = point
        }
        for _ in 0..<(try reader.readVarint(of: "mirrors", atMost: Self.idLimit)) {
            let id = try reader.readID()
            var site = Site()
            let shares = try reader.readRow(
                "completeness",
                Self.dayLimit,
                UInt64(Self.unknownShare)
            )
            for value in shares { site.completeness.append(UInt16(value)) }
            for value in try reader.readRow("lag", Self.dayLimit, UInt64(Self.unknownLag)) {
                site.lag.append(UInt16(value))
            }
            mirrors[id] = site
        }
        try readPublications(from: &reader)
        try reader.finish()
    }

    private mutating func readPublications(
        from reader: inout ByteReader
    ) throws(BlobFormatError) {
        let limit = UInt64(Self.publicationLimit)
        var last: UInt64 = 0
        for _ in 0..<(try reader.readVarint(of: "publications", atMost: limit)) {
            last += try reader.readVarint(of: "a publication's time", atMost: UInt64(UInt32.max))
            guard last <= UInt64(UInt32.max) else {
                throw .valueOutOfRange(field: "a publication's time", value: "beyond 2106")
            }
            let files = try reader.readVarint(of: "files", atMost: UInt64(UInt32.max))
            let mirrors = try reader.readVarint(of: "mirrors", atMost: UInt64(UInt32.max))
            let shares = try reader.readBytes(Publication.delays.count)
            if let wrong = shares.first(where: { $0 > Publication.unknown }) {
                throw .valueOutOfRange(field: "a share", value: "\(wrong)")
            }
            publications.append(
                Publication(
                    at: Timestamp(secondsSinceEpoch: Int64(last)),
                    fileCount: Int(files),
                    mirrorCount: Int(mirrors),
                    shares: Array(shares)
                )
            )
        }
    }
}

/// Why a history cannot be used.
package enum HistoryError: Error, Equatable, CustomStringConvertible {
    /// The blob is damaged, or not of this version.
    case unreadable(BlobFormatError)

    package var description: String {
        switch self {
        case .unreadable(let error):
            "\(error); put a copy back, or remove it (storage rm \(History.key)), and history "
                + "starts over"
        }
    }
}

// Rows consist of long runs of equal values: 92 days up are two numbers.

extension ByteWriter {
    /// The number of values, then runs: the length and the value of each.
    fileprivate mutating func append(row values: [UInt64]) {
        appendVarint(UInt64(values.count))
        var start = 0
        while start < values.count {
            var end = start + 1
            while end < values.count, values[end] == values[start] { end += 1 }
            appendVarint(UInt64(end - start))
            appendVarint(values[start])
            start = end
        }
    }
}

extension ByteReader {
    fileprivate mutating func readRow(
        _ name: String,
        _ limit: Int,
        _ largest: UInt64
    ) throws(BlobFormatError) -> [UInt64] {
        let count = Int(try readVarint(of: "the length of \(name)", atMost: UInt64(limit)))
        var values: [UInt64] = []
        values.reserveCapacity(count)
        while values.count < count {
            let rest = UInt64(count - values.count)
            let run = try readVarint(of: "a run of \(name)", atMost: rest)
            guard run > 0 else { throw .valueOutOfRange(field: "a run of \(name)", value: "0") }
            let value = try readVarint(of: name, atMost: largest)
            values.append(contentsOf: repeatElement(value, count: Int(run)))
        }
        return values
    }

    fileprivate mutating func readID() throws(BlobFormatError) -> String {
        let bytes = try readCounted()
        guard bytes.count <= 255 else {
            throw .valueOutOfRange(field: "an id", value: "\(bytes.count) bytes")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
