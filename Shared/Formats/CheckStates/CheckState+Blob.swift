package import BlobFormat
import Mirrors
import Time

// CheckStates/FORMAT.md specifies the layout.
extension CheckState {
    /// The text of the key of an access point's state.
    package static func key(of accessPointID: String) -> String {
        "checks/\(accessPointID).state"
    }

    /// The text of the key of version 1.
    ///
    /// It is read if there is no state under ``key(of:)``, and left unchanged: programs of 0.1.0 in
    /// a rolling update, or after a downgrade, continue with it.
    package static func formerKey(of accessPointID: String) -> String {
        "checks/\(accessPointID).checks"
    }

    /// 2^24 files, over a hundred times what Gentoo publishes, in 240 MB.
    static let fileLimit = 1 << 24

    private static let blobType = BlobType(magic: "RCHK", version: 2, contentLimit: 1 << 29)

    /// The state as a blob.
    ///
    /// Equal states give equal bytes. Takes about 10 ms for 150,000 files.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingByteCount: count * 2 + 256)
        writer.appendCounted(accessPointID.utf8)
        writer.appendCounted(baseURL.utf8)
        appendHistory(to: &writer)
        appendExperience(to: &writer)
        writer.appendVarint(UInt64(count))
        observations.append(to: &writer)
        writer.appendVarint(UInt64(alteredByteCounts.count))
        var next: UInt32 = 0
        for (id, byteCount) in alteredByteCounts.sorted(by: { $0.key < $1.key }) {
            writer.appendVarint(UInt64(id - next))
            writer.appendVarint(byteCount)
            next = id + 1
        }
        memory.append(to: &writer)
        return Self.blobType.sealed(writer.bytes)
    }

    /// Reads what ``encoded()`` wrote, or version 1 of it.
    package init(decoding blob: [UInt8]) throws(BlobFormatError) {
        let (content, version) = try Self.blobType.open(blob)
        var reader = ByteReader(content)
        let id = String(decoding: try reader.readCounted(), as: UTF8.self)
        self.init(
            accessPointID: id,
            baseURL: String(decoding: try reader.readCounted(), as: UTF8.self)
        )
        try readHistory(from: &reader)
        try readExperience(from: &reader)
        let count = Int(
            try reader.readVarint(of: "the file count", atMost: UInt64(Self.fileLimit))
        )
        observations =
            version == 1
            ? try ObservationColumns(version1: count, from: &reader)
            : try ObservationColumns(count: count, from: &reader)
        try readAlteredByteCounts(from: &reader)
        if version > 1 { memory = try CheckMemory(from: &reader, fileCount: count) }
        try reader.finish()
    }

    private mutating func readAlteredByteCounts(
        from reader: inout ByteReader
    ) throws(BlobFormatError) {
        let count = try reader.readVarint(of: "the altered count", atMost: UInt64(self.count))
        var next: UInt64 = 0
        for _ in 0..<count {
            let id =
                try reader.readVarint(of: "an altered file", atMost: UInt64(self.count)) + next
            guard id < UInt64(self.count), observations.outcome(at: Int(id)) == .altered else {
                throw .valueOutOfRange(field: "an altered file", value: "\(id)")
            }
            alteredByteCounts[UInt32(id)] = try reader.readVarint()
            next = id + 1
        }
    }
}

// The data besides the observations.
extension CheckState {
    private func appendHistory(to writer: inout ByteWriter) {
        writer.append(time: beganAt)
        writer.appendVarint(UInt64(timeKeeping.seenCount))
        writer.appendVarint(UInt64(timeKeeping.keptCount))
        writer.append(time: lossesSince)
        writer.append(time: doubtedAt)
        writer.appendVarint(UInt64(appearances.count))
        for batch in appearances {
            writer.append(time: batch.firstSeen)
            writer.appendVarint(UInt64(batch.fileCount))
            for moment in [batch.halfSeconds, batch.ninetySeconds, batch.allSeconds] {
                writer.appendVarint(moment.map { UInt64($0) + 1 } ?? 0)
            }
        }
    }

    private mutating func readHistory(from reader: inout ByteReader) throws(BlobFormatError) {
        beganAt = try reader.readTime(of: "began at")
        timeKeeping.seenCount = UInt32(
            try reader.readVarint(of: "times seen", atMost: UInt64(UInt32.max))
        )
        timeKeeping.keptCount = UInt32(
            try reader.readVarint(of: "times kept", atMost: UInt64(timeKeeping.seenCount))
        )
        lossesSince =
            try reader.readTime(of: "losses since") ?? Timestamp(secondsSinceEpoch: 0)
        doubtedAt = try reader.readTime(of: "doubted at")
        let count = try reader.readVarint(
            of: "the batch count",
            atMost: UInt64(Self.appearanceLimit)
        )
        for _ in 0..<count {
            let firstSeen =
                try reader.readTime(of: "first seen") ?? Timestamp(secondsSinceEpoch: 0)
            var batch = Appearance(
                firstSeen: firstSeen,
                fileCount: UInt32(
                    try reader.readVarint(of: "files of a batch", atMost: UInt64(Self.fileLimit))
                )
            )
            batch.halfSeconds = try Self.readMoment(from: &reader)
            batch.ninetySeconds = try Self.readMoment(from: &reader)
            batch.allSeconds = try Self.readMoment(from: &reader)
            appearances.append(batch)
        }
    }

    private static func readMoment(
        from reader: inout ByteReader
    ) throws(BlobFormatError) -> UInt32? {
        let value = try reader.readVarint(of: "seconds to appear", atMost: UInt64(UInt32.max) + 1)
        return value == 0 ? nil : UInt32(value - 1)
    }
}

// What was learnt about the server.
extension CheckState {
    private func appendExperience(to writer: inout ByteWriter) {
        writer.append(time: contradictedAt)
        writer.append(rememberedStrategy)
    }

    private mutating func readExperience(from reader: inout ByteReader) throws(BlobFormatError) {
        contradictedAt = try reader.readTime(of: "contradicted at")
        rememberedStrategy = try reader.readStrategy()
    }
}
