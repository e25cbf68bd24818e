package import BlobFormat
import Mirrors
import Time

extension Catalog {
    /// The blob `catalog/<generation>.catalog`; Catalogs/FORMAT.md specifies the layout.
    package static let blobType = BlobType(magic: "RCAT", version: 1, contentLimit: 1 << 32)

    /// The maximum length of a path; no system opens one of more than 4,096 bytes.
    static let pathByteCountLimit = 65_535

    /// The catalog as a sealed, compressed blob.
    ///
    /// It takes 16 bytes per file of Gentoo's tree, while bare paths and targets have 57; digests
    /// are added in full length, each once.
    package func encoded() -> [UInt8] {
        let columns = columns
        var writer = ByteWriter(reservingByteCount: 64 + 48 * count)
        writer.appendVarint(UInt64(generation))
        writer.appendSignedVarint(publishedAt.secondsSinceEpoch)
        writer.appendVarint(UInt64(count))
        writer.append(columns.entries.kinds)
        for byteCount in columns.entries.byteCounts {
            // Adding one wraps the marker for "no byte count" to zero.
            writer.appendVarint(byteCount &+ 1)
        }
        writer.appendDifferences(columns.entries.modifiedTimes)
        writer.appendDifferences(columns.firstSeenTimes)
        writer.appendRemovals(columns.removedTimes)
        for changedIn in columns.changeGenerations { writer.appendVarint(UInt64(changedIn)) }
        writer.appendPaths(columns.entries.paths)
        writer.appendTargets(columns.entries)
        writer.appendDigests(of: self)
        return Self.blobType.sealed(writer.bytes)
    }

    /// Reads a blob that ``encoded()`` wrote.
    package init(decoding blob: [UInt8]) throws(BlobFormatError) {
        var reader = ByteReader(try Self.blobType.open(blob).content)
        let generation = try reader.readVarint(of: "generation", atMost: UInt64(UInt32.max))
        let publishedAt = try reader.readSignedVarint()
        // Each file takes at least six bytes, so that a false count is detected before it costs
        // anything.
        let limit = UInt64(min(reader.remainingByteCount / 6, Int(UInt32.max) - 1))
        let count = Int(try reader.readVarint(of: "file count", atMost: limit))

        // Room for a few more files, which would otherwise make every column grow and be copied.
        let capacity = count + count / 16 + 1024
        let rawKinds = try reader.readBytes(count)
        if let unknown = rawKinds.first(where: { ExpectedFile.Kind(rawValue: $0) == nil }) {
            throw .valueOutOfRange(field: "kind", value: "\(unknown)")
        }
        var kinds: [UInt8] = []
        kinds.reserveCapacity(capacity)
        kinds.append(contentsOf: rawKinds)
        var byteCounts = NarrowColumn<UInt64>()
        byteCounts.reserveCapacity(capacity)
        for _ in 0..<count { byteCounts.append(try reader.readVarint() &- 1) }
        let modifiedTimes = try reader.readDifferences(count: count, capacity: capacity)
        let firstSeenTimes = try reader.readDifferences(count: count, capacity: capacity)
        let removedTimes = try reader.readRemovals(count: count, capacity: capacity)
        var changeGenerations: [UInt32] = []
        changeGenerations.reserveCapacity(capacity)
        for _ in 0..<count {
            changeGenerations.append(
                UInt32(try reader.readVarint(of: "change generation", atMost: generation))
            )
        }
        var entries = EntryColumns(
            paths: try reader.readPaths(count: count, capacity: capacity),
            kinds: kinds,
            byteCounts: byteCounts,
            modifiedTimes: modifiedTimes
        )
        try reader.readTargets(into: &entries)
        let previousVersions = try reader.readDigests(into: &entries)
        try reader.finish()
        self.init(
            generation: UInt32(generation),
            publishedAt: Timestamp(secondsSinceEpoch: publishedAt),
            Columns(
                entries: entries,
                firstSeenTimes: firstSeenTimes,
                removedTimes: removedTimes,
                changeGenerations: changeGenerations,
                previousVersions: previousVersions
            )
        )
    }
}

extension ExpectedFile.Kind {
    /// Whether entries of this kind have a target.
    var hasTarget: Bool { self == .symlink || self == .alias }
}

extension ByteWriter {
    /// Each value as its difference from the previous one; the first from zero.
    ///
    /// Differences wrap, so that every pair of values has one.
    fileprivate mutating func appendDifferences(_ values: NarrowColumn<Int64>) {
        var previous: Int64 = 0
        for value in values {
            appendSignedVarint(value &- previous)
            previous = value
        }
    }

    /// The number of removed files, then for each the step from the previous removed number and the
    /// time.
    fileprivate mutating func appendRemovals(_ times: NarrowColumn<Int64>) {
        appendVarint(UInt64(times.count { $0 != Catalog.notRemoved }))
        var next = 0
        var previousTime: Int64 = 0
        for (index, time) in times.enumerated() where time != Catalog.notRemoved {
            appendVarint(UInt64(index - next))
            appendSignedVarint(time &- previousTime)
            next = index + 1
            previousTime = time
        }
    }

    /// For each path, the number of bytes shared with the previous one, then the rest.
    fileprivate mutating func appendPaths(_ paths: ByteColumn) {
        var previous = 0..<0
        for index in 0..<paths.count {
            let range = paths.range(of: index)
            let limit = min(range.count, previous.count)
            var shared = 0
            while shared < limit,
                paths.bytes[range.lowerBound + shared] == paths.bytes[previous.lowerBound + shared]
            {
                shared += 1
            }
            appendVarint(UInt64(shared))
            appendCounted(paths.bytes[range.dropFirst(shared)])
            previous = range
        }
    }

    /// For each link and alias, the number of bytes shared by the ends of target and path, then the
    /// rest of the target.
    fileprivate mutating func appendTargets(_ entries: EntryColumns) {
        for index in 0..<entries.count where entries.kind(at: index).hasTarget {
            let record = entries.targetRecord(at: index)
            appendVarint(UInt64(record?.sharedByteCount ?? 0))
            appendCounted(record?.start ?? [])
        }
    }
}

extension ByteReader {
    fileprivate mutating func readDifferences(
        count: Int,
        capacity: Int
    ) throws(BlobFormatError) -> NarrowColumn<Int64> {
        var values = NarrowColumn<Int64>()
        values.reserveCapacity(capacity)
        var previous: Int64 = 0
        for _ in 0..<count {
            previous &+= try readSignedVarint()
            values.append(previous)
        }
        return values
    }

    fileprivate mutating func readPaths(
        count: Int,
        capacity: Int
    ) throws(BlobFormatError) -> ByteColumn {
        var paths = ByteColumn()
        paths.reserveCapacity(count: capacity, byteCount: try pathByteCount(count: count))
        var path: [UInt8] = []
        for _ in 0..<count {
            let shared = try readVarint(of: "shared path bytes", atMost: UInt64(path.count))
            let rest = try readCounted()
            guard shared > 0 || !rest.isEmpty else {
                throw .valueOutOfRange(field: "path", value: "nothing")
            }
            path.removeLast(path.count - Int(shared))
            path.append(contentsOf: rest)
            guard path.count <= Catalog.pathByteCountLimit else {
                throw .valueOutOfRange(field: "path byte count", value: "\(path.count)")
            }
            paths.append(path)
        }
        return paths
    }

    /// The total length of the following paths, with room for a few more.
    private func pathByteCount(count: Int) throws(BlobFormatError) -> Int {
        var ahead = self
        // The size of the content is no limit, because paths share bytes. This is four times what
        // any tree needs.
        let limit = UInt64(count) * 256
        var sum: UInt64 = 0
        for _ in 0..<count {
            let limit = UInt64(Catalog.pathByteCountLimit)
            let shared = try ahead.readVarint(of: "shared path bytes", atMost: limit)
            sum += shared + UInt64(try ahead.readCounted().count)
        }
        return Int(min(sum + sum / 16 + 65_536, limit))
    }

    fileprivate mutating func readRemovals(
        count: Int,
        capacity: Int
    ) throws(BlobFormatError) -> NarrowColumn<Int64> {
        var times = NarrowColumn(repeating: Catalog.notRemoved, count: count)
        times.reserveCapacity(capacity)
        let removedCount = try readVarint(of: "removed count", atMost: UInt64(count))
        var next = 0
        var time: Int64 = 0
        for _ in 0..<removedCount {
            guard next < count else {
                throw .valueOutOfRange(field: "removed file", value: "\(next)")
            }
            let step = try readVarint(of: "step to removed file", atMost: UInt64(count - 1 - next))
            let index = next + Int(step)
            time &+= try readSignedVarint()
            guard time != Catalog.notRemoved else {
                throw .valueOutOfRange(field: "removal time", value: "\(time)")
            }
            times[index] = time
            next = index + 1
        }
        return times
    }

    fileprivate mutating func readTargets(
        into entries: inout EntryColumns
    ) throws(BlobFormatError) {
        // One array for all records, which are copied.
        var record: [UInt8] = []
        for index in 0..<entries.count where entries.kind(at: index).hasTarget {
            let limit = min(entries.paths[index].count, TargetRecord.sharedLimit)
            let shared = try readVarint(of: "shared target bytes", atMost: UInt64(limit))
            let start = try readCounted()
            guard shared > 0 || !start.isEmpty else { continue }
            // With fewer shared bytes than possible, it would not equal other encodings of the same
            // target.
            if shared < limit, start.last == entries.paths[index].dropLast(Int(shared)).last {
                entries.setTarget(start + entries.paths[index].suffix(Int(shared)), at: index)
            } else {
                TargetRecord.write(sharing: Int(shared), after: start, to: &record)
                entries.setTarget(TargetRecord(bytes: record[...]), at: index)
            }
        }
    }
}
