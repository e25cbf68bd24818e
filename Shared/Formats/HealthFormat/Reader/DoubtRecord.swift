import RegionMapFormat

/// A doubt: earlier proofs of an access point are not believed.
package struct DoubtRecord: Hashable, Sendable {
    package let reason: DoubtCause
    /// Nothing is believed; else only what the filter does not hold.
    package let isWhole: Bool
    /// A probe wrote it, and no check has taken it over yet.
    package let isUnheard: Bool
    /// In seconds since 1970.
    package let since: UInt32
    let filterOffset: UInt32
    let filterByteCount: UInt32
    let evidenceOffset: UInt32
    /// How many answers led to it that a check should know of.
    package let evidenceCount: Int
}

/// One answer that contradicted a proof.
package struct EvidenceRecord: Hashable, Sendable {
    /// The number of the file in the catalog.
    package let fileID: UInt32
    package let outage: Outage
}

extension HealthSectionView {
    /// The record at `index` of the section ``HealthSectionKind/doubts``.
    package func doubt(at index: Int) -> DoubtRecord {
        let record = record(at: index)
        let reason = record.integer(at: 14, as: UInt8.self) ?? 0
        let flags = record.integer(at: 15, as: UInt8.self) ?? 1
        return DoubtRecord(
            reason: DoubtCause(rawValue: reason) ?? .other,
            isWhole: flags & 1 == 1,
            isUnheard: flags & 2 == 2,
            since: record.integer(at: 16, as: UInt32.self) ?? 0,
            filterOffset: record.integer(at: 20, as: UInt32.self) ?? 0,
            filterByteCount: record.integer(at: 24, as: UInt32.self) ?? 0,
            evidenceOffset: record.integer(at: 28, as: UInt32.self) ?? 0,
            evidenceCount: Int(record.integer(at: 32, as: UInt16.self) ?? 0)
        )
    }

    /// The bits of the filter of `doubt`, which is of this section; none where it is whole.
    @_lifetime(copy self)
    package func filter(of doubt: DoubtRecord) -> RawSpan {
        part(at: doubt.filterOffset, byteCount: doubt.filterByteCount)
    }

    /// The answer at `index` of those that led to `doubt`; nil where the bytes are wrong.
    package func evidence(at index: Int, of doubt: DoubtRecord) -> EvidenceRecord? {
        let (offset, overflow) = doubt.evidenceOffset.addingReportingOverflow(
            UInt32(clamping: index &* 8)
        )
        guard index >= 0, index < doubt.evidenceCount, !overflow else { return nil }
        let record = part(at: offset, byteCount: 8)
        guard let file = record.integer(at: 0, as: UInt32.self),
            let code = record.integer(at: 4, as: UInt8.self),
            let status = record.integer(at: 6, as: UInt16.self),
            let outage = Outage(code: code, status: status)
        else { return nil }
        return EvidenceRecord(fileID: file, outage: outage)
    }
}
