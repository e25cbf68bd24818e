import RegionMapFormat

/// A doubt: earlier proofs at an access point do not count.
package struct DoubtRecord: Hashable, Sendable {
    package let reason: DoubtReason
    /// Whether it concerns all paths; otherwise only those in the filter.
    package let isWhole: Bool
    /// Whether a probe wrote it and no check has taken it over yet.
    package let awaitsCheck: Bool
    /// In seconds since 1970.
    package let since: UInt32
    let filterOffset: UInt32
    let filterByteCount: UInt32
    let evidenceOffset: UInt32
    /// The number of answers behind it that a check should know.
    package let evidenceCount: Int
}

/// An answer that contradicted a proof.
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
            reason: DoubtReason(rawValue: reason) ?? .other,
            isWhole: flags & 1 == 1,
            awaitsCheck: flags & 2 == 2,
            since: record.integer(at: 16, as: UInt32.self) ?? 0,
            filterOffset: record.integer(at: 20, as: UInt32.self) ?? 0,
            filterByteCount: record.integer(at: 24, as: UInt32.self) ?? 0,
            evidenceOffset: record.integer(at: 28, as: UInt32.self) ?? 0,
            evidenceCount: Int(record.integer(at: 32, as: UInt16.self) ?? 0)
        )
    }

    /// The bits of the filter of `doubt`, which is in this section; empty if it concerns all paths.
    @_lifetime(copy self)
    package func filter(of doubt: DoubtRecord) -> RawSpan {
        part(at: doubt.filterOffset, byteCount: doubt.filterByteCount)
    }

    /// The answer at `index` of those behind `doubt`; nil if the bytes are invalid.
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
