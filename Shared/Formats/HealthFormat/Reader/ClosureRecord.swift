import RegionMapFormat

/// An operator's closure of an access point.
package struct ClosureRecord: Hashable, Sendable {
    /// In seconds since 1970.
    package let since: UInt32
    /// When it reopens, in seconds since 1970; 0 if only the operator reopens it.
    package let until: UInt32
    let reasonOffset: UInt32
    let reasonByteCount: UInt16

    /// Whether it is closed at `now`, in seconds since 1970.
    package func isInForce(at now: Int64) -> Bool {
        until == 0 || now < Int64(until)
    }
}

extension HealthSectionView {
    /// The record at `index` of the section ``HealthSectionKind/closures``.
    package func closure(at index: Int) -> ClosureRecord {
        let record = record(at: index)
        return ClosureRecord(
            since: record.integer(at: 16, as: UInt32.self) ?? 0,
            until: record.integer(at: 20, as: UInt32.self) ?? 0,
            reasonOffset: record.integer(at: 24, as: UInt32.self) ?? 0,
            reasonByteCount: record.integer(at: 28, as: UInt16.self) ?? 0
        )
    }

    /// The operator's text for `closure`, which is in this section, as UTF-8.
    @_lifetime(copy self)
    package func reason(of closure: ClosureRecord) -> RawSpan {
        text(at: closure.reasonOffset, byteCount: closure.reasonByteCount)
    }
}
