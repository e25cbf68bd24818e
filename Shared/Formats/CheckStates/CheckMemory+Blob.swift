import BlobFormat
import Catalogs
import Mirrors
import Time

// The sections of FORMAT.md. A reader skips unknown ones, so that a later version can add some.
extension CheckMemory {
    private enum Section: UInt64, CaseIterable {
        case served = 1
        case listing = 2
        case softNotFound = 3
        case investigation = 4
        case contradictions = 5
        case contests = 6
        case doubt = 7
        case classes = 8
    }

    /// The numbers of sections that a later version adds are below this.
    private static let sectionLimit: UInt64 = 1 << 16

    /// Appends the sections with content, and the end marker.
    func append(to writer: inout ByteWriter) {
        for section in Section.allCases {
            var content = ByteWriter()
            append(section, to: &content)
            guard content.bytes.contains(where: { $0 != 0 }) else { continue }
            writer.appendVarint(section.rawValue)
            writer.appendCounted(content.bytes)
        }
        writer.appendVarint(0)
    }

    private func append(_ section: Section, to writer: inout ByteWriter) {
        switch section {
        case .served:
            writer.append(time: served.sampledUntil)
            writer.append(time: served.listedUntil)
            writer.append(time: served.guardedAt)
        case .listing:
            writer.append(listing.kind.rawValue)
            writer.append(time: listing.since)
        case .softNotFound:
            guard let lengths = softNotFound?.lengths else { return }
            writer.append(1 as UInt8)
            writer.appendVarint(lengths.lowerBound)
            writer.appendVarint(lengths.upperBound - lengths.lowerBound)
        case .investigation:
            guard let investigation else { return }
            writer.append(investigation.scope.rawValue)
            writer.append(time: investigation.startedAt)
            writer.append(investigation.sampleLeft)
            writer.append(investigation.sampleLost)
            writer.append(investigation.newestLeft)
            writer.appendVarint(UInt64(investigation.askedCount))
            writer.appendVarint(UInt64(investigation.lostCount))
        case .contradictions:
            let latest = contradictions.suffix(Self.contradictionLimit)
            writer.appendVarint(UInt64(latest.count))
            for contradiction in latest {
                writer.appendVarint(UInt64(contradiction.file.rawValue))
                writer.append(time: contradiction.at)
            }
        case .contests:
            writer.appendVarint(UInt64(contests.count))
            var next: UInt32 = 0
            for (id, contest) in contests.sorted(by: { $0.key < $1.key }) {
                writer.appendVarint(UInt64(id - next))
                writer.append(contest.proofsLeft)
                writer.append(contest.contradictionCount)
                next = id + 1
            }
        case .doubt:
            writer.append(doubtReason?.rawValue ?? 0)
            writer.append(time: heardUntil)
            writer.append(time: inconsistentSince)
            writer.append(time: differedAt)
        case .classes: writer.appendVarint(classesMark)
        }
    }

    /// Reads what ``append(to:)`` wrote beside observations of `fileCount` files.
    init(from reader: inout ByteReader, fileCount: Int) throws(BlobFormatError) {
        var last: UInt64 = 0
        while true {
            let number = try reader.readVarint(of: "a section", atMost: Self.sectionLimit)
            if number == 0 { return }
            guard number > last else {
                throw .valueOutOfRange(field: "a section", value: "\(number) after \(last)")
            }
            last = number
            let content = try reader.readCounted()
            guard let section = Section(rawValue: number) else { continue }
            var rest = ByteReader(content)
            try read(section, from: &rest, fileCount)
        }
    }

    /// Anything after a section's known fields, from a later version, is skipped.
    private mutating func read(
        _ section: Section,
        from reader: inout ByteReader,
        _ fileCount: Int
    ) throws(BlobFormatError) {
        switch section {
        case .served:
            served.sampledUntil = try reader.readTime(of: "sampled until")
            served.listedUntil = try reader.readTime(of: "listed until")
            served.guardedAt = try reader.readTime(of: "guarded at")
        case .listing:
            // A kind from a later version is determined again.
            listing.kind = ListingMemory.Kind(rawValue: try reader.readUInt8()) ?? .unknown
            listing.since =
                try reader.readTime(of: "listing since") ?? Timestamp(secondsSinceEpoch: 0)
        case .softNotFound:
            guard try reader.readUInt8() == 1 else { return }
            let lower = try reader.readVarint()
            let (upper, overflow) = lower.addingReportingOverflow(try reader.readVarint())
            guard !overflow else {
                throw .valueOutOfRange(field: "a length", value: "more than 64 bits")
            }
            softNotFound = SoftNotFound(lengths: lower...upper)
        case .investigation:
            investigation = try Self.readInvestigation(from: &reader)
        case .contradictions:
            let limit = UInt64(Self.contradictionLimit)
            for _ in 0..<(try reader.readVarint(of: "contradictions", atMost: limit)) {
                let file = try Self.readFile(fileCount, after: 0, from: &reader)
                guard let at = try reader.readTime(of: "contradicted at") else { continue }
                contradictions.append(Contradiction(file, at: at))
            }
        case .contests:
            var next: UInt64 = 0
            let count = try reader.readVarint(of: "contests", atMost: UInt64(fileCount))
            for _ in 0..<count {
                let file = try Self.readFile(fileCount, after: next, from: &reader)
                contests[file.rawValue] = Contest(
                    proofsLeft: try reader.readUInt8(),
                    contradictionCount: try reader.readUInt8()
                )
                next = UInt64(file.rawValue) + 1
            }
        case .doubt:
            doubtReason = WholeDoubtReason(rawValue: try reader.readUInt8())
            heardUntil = try reader.readTime(of: "heard until")
            inconsistentSince = try reader.readTime(of: "inconsistent since")
            differedAt = try reader.readTime(of: "differed at")
        case .classes: classesMark = try reader.readVarint()
        }
    }

    private static func readInvestigation(
        from reader: inout ByteReader
    ) throws(BlobFormatError) -> Investigation? {
        let number = try reader.readUInt8()
        let startedAt = try reader.readTime(of: "started at")
        let (left, lost) = (try reader.readUInt8(), try reader.readUInt8())
        let newestLeft = try reader.readUInt8()
        let askedCount = try reader.readVarint(of: "asked", atMost: UInt64(UInt32.max))
        let lostCount = try reader.readVarint(of: "lost", atMost: askedCount)
        // With a scope from a later version, it starts again at the next contradiction.
        guard let scope = Investigation.Scope(rawValue: number), let startedAt else { return nil }
        var investigation = Investigation(
            scope: scope,
            startedAt: startedAt,
            sampleLeft: left,
            newestLeft: newestLeft
        )
        investigation.sampleLost = lost
        investigation.askedCount = UInt32(askedCount)
        investigation.lostCount = UInt32(lostCount)
        return investigation
    }

    private static func readFile(
        _ fileCount: Int,
        after next: UInt64,
        from reader: inout ByteReader
    ) throws(BlobFormatError) -> FileID {
        let number = try reader.readVarint(of: "a file", atMost: UInt64(fileCount)) + next
        guard number < UInt64(fileCount) else {
            throw .valueOutOfRange(field: "a file", value: "\(number)")
        }
        return FileID(UInt32(number))
    }
}
