package import BlobFormat
import Catalogs
import Mirrors
import Time

// CheckStates/FORMAT.md specifies the layout.
extension Agenda {
    /// The text of the key of an access point's agenda.
    package static func key(of accessPointID: String) -> String {
        "checks/\(accessPointID).agenda"
    }

    private static let blobType = BlobType(magic: "RAGD", version: 1, contentLimit: 1 << 17)

    /// The agenda as a blob; equal agendas give equal bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingByteCount: entries.count * 6 + 256)
        writer.appendCounted(accessPointID.utf8)
        writer.appendCounted(baseURL.utf8)
        writer.appendVarint(UInt64(generation))
        writer.appendCounted(stateTag.utf8)
        writer.append(time: madeAt)
        writer.append(time: opensAt)
        writer.append(urgency.rawValue)
        for field in FileCounts.fields {
            writer.appendVarint(UInt64(max(0, counts[keyPath: field])))
        }
        let entries = entries.prefix(Self.entryLimit)
        writer.appendVarint(UInt64(entries.count))
        var last: Int64 = 0
        for entry in entries {
            let dueAt = Int64(UInt32(clamping: entry.dueAt.secondsSinceEpoch))
            writer.appendSignedVarint(dueAt - last)
            last = dueAt
            writer.appendVarint(UInt64(entry.file.rawValue))
            writer.append(entry.expected.rawValue)
            writer.append(time: entry.answeredAt)
        }
        let newest = newest.prefix(Self.newestLimit)
        writer.appendVarint(UInt64(newest.count))
        for file in newest { writer.appendVarint(UInt64(file.rawValue)) }
        writer.append(rememberedStrategy)
        writer.appendVarint(classesMark)
        return Self.blobType.sealed(writer.bytes)
    }

    /// Reads what ``encoded()`` wrote.
    package init(decoding blob: [UInt8]) throws(BlobFormatError) {
        var reader = ByteReader(try Self.blobType.open(blob).content)
        let id = String(decoding: try reader.readCounted(), as: UTF8.self)
        let baseURL = String(decoding: try reader.readCounted(), as: UTF8.self)
        let generation = try reader.readVarint(of: "generation", atMost: UInt64(UInt32.max))
        let tag = String(decoding: try reader.readCounted(), as: UTF8.self)
        let madeAt = try reader.readTime(of: "made at") ?? Timestamp(secondsSinceEpoch: 0)
        let opensAt = try reader.readTime(of: "opens at") ?? Timestamp(secondsSinceEpoch: 0)
        let urgency = Urgency(rawValue: try reader.readUInt8())
        self.init(
            accessPointID: id,
            baseURL: baseURL,
            generation: UInt32(generation),
            madeAt: madeAt,
            opensAt: opensAt
        )
        stateTag = tag
        self.urgency = urgency ?? .routine
        for field in FileCounts.fields {
            counts[keyPath: field] = Int(try reader.readVarint(of: "a count", atMost: 1 << 32))
        }
        var last: Int64 = 0
        for _ in 0..<(try reader.readVarint(of: "entries", atMost: UInt64(Self.entryLimit))) {
            let (dueAt, overflow) = last.addingReportingOverflow(try reader.readSignedVarint())
            guard !overflow, (0...Int64(UInt32.max)).contains(dueAt) else {
                throw .valueOutOfRange(field: "due at", value: "beyond 2106")
            }
            last = dueAt
            let file = try Self.readFile(from: &reader)
            let number = try reader.readUInt8()
            guard let expected = Entry.Expectation(rawValue: number) else {
                throw .valueOutOfRange(field: "expected", value: "\(number)")
            }
            entries.append(
                Entry(
                    file,
                    dueAt: Timestamp(secondsSinceEpoch: dueAt),
                    expected: expected,
                    answeredAt: try reader.readTime(of: "answered at")
                )
            )
        }
        for _ in 0..<(try reader.readVarint(of: "newest", atMost: UInt64(Self.newestLimit))) {
            newest.append(try Self.readFile(from: &reader))
        }
        rememberedStrategy = try reader.readStrategy()
        // An earlier version ends here.
        if reader.remainingByteCount > 0 { classesMark = try reader.readVarint() }
    }

    private static func readFile(from reader: inout ByteReader) throws(BlobFormatError) -> FileID {
        FileID(UInt32(try reader.readVarint(of: "a file", atMost: UInt64(UInt32.max))))
    }
}
