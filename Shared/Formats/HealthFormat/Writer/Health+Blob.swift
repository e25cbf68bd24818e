import Mirrors
import RegionMapFormat
import Time

// HealthFormat/FORMAT.md specifies the layout.
extension Health {
    /// The text of the key of the blob.
    package static let key = "health"
    /// The maximum total size of all filters; above it, the largest become doubts of the whole.
    package static let filterByteLimit = 65_536
    private static let reasonByteLimit = 200

    /// The health as a blob; equal health gives equal bytes.
    ///
    /// Takes about 100 microseconds for 450 access points.
    package func encoded() -> [UInt8] {
        var sections: [Section] = []
        for kind in HealthSectionKind.allCases {
            let bytes = keptSections[kind] ?? encoded(kind)
            if !bytes.isEmpty { sections.append(Section(kind: kind.rawValue, bytes: bytes)) }
        }
        sections += otherSections
        let headerByteCount =
            HealthView.headerByteCount + sections.count * HealthView.directoryEntryByteCount
        var blob: [UInt8] = []
        blob.appendInteger(HealthView.magic)
        blob.appendInteger(HealthView.version)
        blob.appendInteger(UInt16(HealthView.headerByteCount))
        blob.appendInteger(
            UInt32(clamping: headerByteCount + sections.reduce(0) { $0 + $1.bytes.count })
        )
        blob.appendInteger(UInt32(clamping: sections.count))
        blob.appendInteger(writtenAt.secondsSinceEpoch)
        blob.appendInteger(UInt32(0))
        blob.appendInteger(UInt32(0))
        var offset = headerByteCount
        for section in sections {
            blob.appendInteger(section.kind)
            blob.appendInteger(UInt32(clamping: offset))
            blob.appendInteger(UInt32(clamping: section.bytes.count))
            blob.appendInteger(UInt32(0))
            offset += section.bytes.count
        }
        for section in sections { blob += section.bytes }
        let checksum = unsafe HealthView.checksum(of: blob.span.bytes)
        for byte in 0..<4 {
            blob[HealthView.checksumOffset + byte] = UInt8(
                truncatingIfNeeded: checksum >> (8 * byte)
            )
        }
        return blob
    }

    /// The section of a kind; empty if there is no content.
    private func encoded(_ kind: HealthSectionKind) -> [UInt8] {
        switch kind {
        case .availability: encodedAvailability()
        case .doubts: encodedDoubts()
        case .closures: encodedClosures()
        }
    }

    private func encodedAvailability() -> [UInt8] {
        guard let probedAt else { return [] }
        var section = HealthSectionWriter(.availability, writtenAt: probedAt)
        for (id, status) in statuses {
            section.add(id) { record, _ in
                record.appendInteger(status.outage?.code ?? 0)
                record.appendInteger(UInt8(status.wantsPause ? 1 : 0))
                record.appendInteger(status.since.wireSeconds)
                record.appendInteger(status.checkedAt.wireSeconds)
                record.appendInteger(status.outage?.status ?? 0)
                let latency = status.latencyMilliseconds.map { min(max($0, 0), 65_534) + 1 }
                record.appendInteger(UInt16(clamping: latency ?? 0))
                record.appendInteger(status.certificateEnd?.wireSeconds ?? 0)
            }
        }
        return section.bytes()
    }

    private func encodedDoubts() -> [UInt8] {
        guard !doubts.isEmpty else { return [] }
        let widened = widenedDoubts()
        var section = HealthSectionWriter(.doubts, writtenAt: writtenAt)
        for (id, doubt) in doubts {
            section.add(id) { record, heap in
                record.appendInteger(doubt.reason.rawValue)
                var filter: [UInt8] = []
                if case .paths(let paths) = doubt.scope, !widened.contains(id) {
                    filter = paths.bits
                }
                let flags = (filter.isEmpty ? 1 : 0) | (doubt.awaitsCheck ? 2 : 0)
                record.appendInteger(UInt8(flags))
                record.appendInteger(doubt.since.wireSeconds)
                record.appendInteger(heap.add(filter))
                record.appendInteger(UInt32(clamping: filter.count))
                var evidence: [UInt8] = []
                for item in doubt.evidence.prefix(Doubt.evidenceLimit) {
                    evidence.appendInteger(item.fileID)
                    evidence.appendInteger(item.outage.code)
                    evidence.appendInteger(UInt8(0))
                    evidence.appendInteger(item.outage.status)
                }
                record.appendInteger(heap.add(evidence))
                record.appendInteger(UInt16(clamping: evidence.count / 8))
                record.appendInteger(UInt16(0))
                record.appendInteger(UInt32(0))
            }
        }
        return section.bytes()
    }

    /// The access points whose filters are too large for all to fit.
    private func widenedDoubts() -> Set<AccessPoint.ID> {
        var sizes: [(id: AccessPoint.ID, byteCount: Int)] = []
        for (id, doubt) in doubts {
            if case .paths(let filter) = doubt.scope { sizes.append((id, filter.bits.count)) }
        }
        sizes.sort { ($0.byteCount, $0.id) > ($1.byteCount, $1.id) }
        var total = sizes.reduce(0) { $0 + $1.byteCount }
        var widened: Set<AccessPoint.ID> = []
        for size in sizes where total > Self.filterByteLimit {
            widened.insert(size.id)
            total -= size.byteCount
        }
        return widened
    }

    private func encodedClosures() -> [UInt8] {
        guard !closures.isEmpty else { return [] }
        var section = HealthSectionWriter(.closures, writtenAt: writtenAt)
        for (id, closure) in closures {
            section.add(id) { record, heap in
                record.appendInteger(UInt16(0))
                record.appendInteger(closure.since.wireSeconds)
                record.appendInteger(closure.until?.wireSeconds ?? 0)
                let reason = Array(closure.reason.utf8.prefix(Self.reasonByteLimit))
                record.appendInteger(heap.add(reason))
                record.appendInteger(UInt16(clamping: reason.count))
                record.appendInteger(UInt16(0))
                record.appendInteger(UInt64(0))
            }
        }
        return section.bytes()
    }
}

extension Health {
    /// Reads a blob; invalid records are dropped.
    package init(decoding blob: [UInt8]) throws(HealthError) {
        self.init()
        let view = unsafe try HealthView(blob.span.bytes)
        writtenAt = Timestamp(secondsSinceEpoch: view.writtenAt)
        let availability = view.availability
        for index in 0..<availability.count {
            guard let id = Self.id(availability, index) else { continue }
            let record = availability.availability(at: index)
            statuses[id] = Status(
                outage: record.outage,
                since: Timestamp(wireSeconds: record.since),
                checkedAt: Timestamp(wireSeconds: record.checkedAt),
                latencyMilliseconds: record.latencyMilliseconds.map { Int64($0) },
                wantsPause: record.wantsPause,
                certificateEnd: record.certificateEnd.map { Timestamp(wireSeconds: $0) }
            )
        }
        let doubted = view.doubts
        for index in 0..<doubted.count {
            guard let id = Self.id(doubted, index) else { continue }
            doubts[id] = Doubt(doubted.doubt(at: index), in: doubted)
        }
        let closed = view.closures
        for index in 0..<closed.count {
            guard let id = Self.id(closed, index) else { continue }
            let record = closed.closure(at: index)
            closures[id] = Closure(
                since: Timestamp(wireSeconds: record.since),
                until: record.until == 0 ? nil : Timestamp(wireSeconds: record.until),
                reason: Self.text(closed.reason(of: record))
            )
        }
        var kept: [HealthSectionKind: [UInt8]] = [:]
        for index in 0..<view.sectionCount {
            guard let section = view.section(at: index) else { continue }
            let bytes = unsafe section.bytes.withUnsafeBytes { unsafe Array($0) }
            guard let kind = HealthSectionKind(rawValue: section.kind) else {
                otherSections.append(Section(kind: section.kind, bytes: bytes))
                continue
            }
            // The first one counts, as in the view.
            if kept[kind] == nil { kept[kind] = bytes }
        }
        if kept[.availability] != nil {
            probedAt = Timestamp(secondsSinceEpoch: availability.writtenAt)
        }
        keptSections = kept
    }

    /// The id of the record at `index`; nil if the bytes are invalid.
    private static func id(_ section: borrowing HealthSectionView, _ index: Int) -> String? {
        let id = text(section.id(at: index))
        return id.isEmpty ? nil : id
    }

    private static func text(_ bytes: RawSpan) -> String {
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension Health.Doubt {
    fileprivate init(_ record: DoubtRecord, in section: borrowing HealthSectionView) {
        let bits = unsafe section.filter(of: record).withUnsafeBytes { unsafe Array($0) }
        self.init(
            reason: record.reason,
            since: Timestamp(wireSeconds: record.since),
            scope: record.isWhole || bits.isEmpty ? .whole : .paths(PathFilter(bits: bits)),
            evidence: (0..<record.evidenceCount).compactMap { index in
                section.evidence(at: index, of: record).map {
                    Health.Evidence(fileID: $0.fileID, outage: $0.outage)
                }
            },
            awaitsCheck: record.awaitsCheck
        )
    }
}

extension Timestamp {
    /// The seconds in the blob's form; times before 1970 and after 2106 are clamped.
    fileprivate var wireSeconds: UInt32 { UInt32(clamping: secondsSinceEpoch) }

    fileprivate init(wireSeconds: UInt32) {
        self.init(secondsSinceEpoch: Int64(wireSeconds))
    }
}
