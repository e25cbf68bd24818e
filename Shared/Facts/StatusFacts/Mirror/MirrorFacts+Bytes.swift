package import BlobFormat
import CheckStates
import Time

// The facts about a mirror's files, as bytes for the next look. FORMAT.md has the layout.

extension MirrorFacts {
    /// Everything that was learnt by examining files, and nothing else.
    package var fileFacts: [UInt8] {
        var writer = ByteWriter()
        writer.appendVarint(UInt64(promisedCount))
        writer.append(tally)
        writer.append(behindSince)
        writer.append(alteredExample)
        writer.append(staleExample)
        writer.appendVarint(UInt64(withheld?.count ?? 0))
        if let withheld {
            writer.appendCounted(withheld.example.utf8)
            writer.append(withheld.since)
        }
        writer.appendVarint(UInt64(causes.count))
        for cause in causes { writer.append(cause) }
        writer.appendVarint(UInt64(points.count))
        for point in points { point.appendFileFacts(to: &writer) }
        return writer.bytes
    }

    /// Takes over the results of an earlier look, for the same number of URLs.
    package mutating func take(fileFacts bytes: [UInt8]) throws(BlobFormatError) {
        var reader = ByteReader(bytes)
        promisedCount = try reader.readCount()
        tally = try reader.readTally()
        behindSince = try reader.readTime()
        alteredExample = try reader.readExample()
        staleExample = try reader.readExample()
        withheld = nil
        let withheldCount = try reader.readCount()
        if withheldCount > 0 {
            withheld = WithheldFiles(
                count: withheldCount,
                example: try reader.readText(),
                since: try reader.readTime()
            )
        }
        causes = []
        for _ in 0..<(try reader.readCount()) { causes.append(try reader.readCause()) }
        let count = try reader.readCount()
        guard count == points.count else {
            throw .valueOutOfRange(field: "URLs", value: "\(count)")
        }
        for index in points.indices { try points[index].takeFileFacts(from: &reader) }
        try reader.finish()
    }

    /// Until when the facts are valid if no blob changes, with proofs that count for `maximumAge`
    /// seconds.
    func validUntil(maximumAge: Int64) -> Int64 {
        points.compactMap(\.oldestProofAt).map { $0.secondsSinceEpoch.addingOrMax(maximumAge) }
            .min()
            ?? .max
    }
}

extension AccessPointFacts {
    fileprivate func appendFileFacts(to writer: inout ByteWriter) {
        writer.append(tally)
        writer.append(oldestProofAt)
        writer.append(newestProofAt)
        writer.append(askedAt)
        writer.append(doubtedAt)
        writer.append(refusedSince)
        writer.append(doubtReason?.rawValue ?? 0)
        writer.append(UInt8(answersAnything ? 1 : 0))
        writer.appendVarint(UInt64(appearances.count))
        for appearance in appearances {
            writer.append(appearance.firstSeen.secondsSinceEpoch)
            writer.appendVarint(UInt64(appearance.fileCount))
            for seconds in [
                appearance.halfSeconds, appearance.ninetySeconds, appearance.allSeconds,
            ] {
                writer.appendVarint(seconds.map { UInt64($0) + 1 } ?? 0)
            }
        }
    }

    fileprivate mutating func takeFileFacts(
        from reader: inout ByteReader
    ) throws(BlobFormatError) {
        tally = try reader.readTally()
        oldestProofAt = try reader.readTime()
        newestProofAt = try reader.readTime()
        askedAt = try reader.readTime()
        doubtedAt = try reader.readTime()
        refusedSince = try reader.readTime()
        doubtReason = WholeDoubtReason(rawValue: try reader.readUInt8())
        answersAnything = try reader.readUInt8() == 1
        appearances = []
        for _ in 0..<(try reader.readCount()) {
            let firstSeen = Timestamp(secondsSinceEpoch: try reader.readInt64())
            var appearance = Appearance(
                firstSeen: firstSeen,
                fileCount: UInt32(clamping: try reader.readVarint())
            )
            appearance.halfSeconds = try reader.readSeconds()
            appearance.ninetySeconds = try reader.readSeconds()
            appearance.allSeconds = try reader.readSeconds()
            appearances.append(appearance)
        }
    }
}

extension ByteWriter {
    fileprivate mutating func append(_ time: Timestamp?) {
        append(UInt8(time == nil ? 0 : 1))
        if let time { append(time.secondsSinceEpoch) }
    }

    fileprivate mutating func append(_ example: FileExample?) {
        appendCounted((example?.path ?? "").utf8)
        append(example?.since)
    }

    fileprivate mutating func append(_ tally: FileTally) {
        for count in [
            tally.held, tally.unproven, tally.absent, tally.altered, tally.stale, tally.refused,
            tally.unreachable, tally.unknown,
        ] {
            appendVarint(UInt64(max(0, count)))
        }
    }

    fileprivate mutating func append(_ cause: AbsenceCause) {
        switch cause.kind {
        case .everything: append(UInt8(0))
        case .topFolder(let path):
            append(UInt8(1))
            appendCounted(path.utf8)
        case .links: append(UInt8(2))
        case .newer(let time):
            append(UInt8(3))
            append(time.secondsSinceEpoch)
        case .folder(let path):
            append(UInt8(4))
            appendCounted(path.utf8)
        case .files: append(UInt8(5))
        }
        appendVarint(UInt64(cause.count))
        appendVarint(UInt64(cause.example))
        appendCounted(cause.path.utf8)
        append(cause.since)
    }
}

extension ByteReader {
    fileprivate mutating func readTime() throws(BlobFormatError) -> Timestamp? {
        try readUInt8() == 0 ? nil : Timestamp(secondsSinceEpoch: readInt64())
    }

    fileprivate mutating func readSeconds() throws(BlobFormatError) -> UInt32? {
        let value = try readVarint(of: "seconds", atMost: UInt64(UInt32.max) + 1)
        return value == 0 ? nil : UInt32(value - 1)
    }

    fileprivate mutating func readExample() throws(BlobFormatError) -> FileExample? {
        let path = try readText()
        let since = try readTime()
        return path.isEmpty ? nil : FileExample(path: path, since: since)
    }

    fileprivate mutating func readTally() throws(BlobFormatError) -> FileTally {
        var tally = FileTally()
        tally.held = try readCount()
        tally.unproven = try readCount()
        tally.absent = try readCount()
        tally.altered = try readCount()
        tally.stale = try readCount()
        tally.refused = try readCount()
        tally.unreachable = try readCount()
        tally.unknown = try readCount()
        return tally
    }

    fileprivate mutating func readCause() throws(BlobFormatError) -> AbsenceCause {
        let number = try readUInt8()
        let kind: AbsenceCause.Kind
        switch number {
        case 0: kind = .everything
        case 1: kind = .topFolder(try readText())
        case 2: kind = .links
        case 3: kind = .newer(than: Timestamp(secondsSinceEpoch: try readInt64()))
        case 4: kind = .folder(try readText())
        case 5: kind = .files
        default: throw .valueOutOfRange(field: "cause", value: "\(number)")
        }
        return AbsenceCause(
            kind,
            count: try readCount(),
            example: try readCount(),
            path: try readText(),
            since: try readTime()
        )
    }
}

extension Int64 {
    fileprivate func addingOrMax(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
