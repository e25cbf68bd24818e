import RegionMapFormat

/// The result of the latest probe of one access point.
package struct AvailabilityRecord: Hashable, Sendable {
    /// Nil while it is up.
    package let outage: Outage?
    /// It asked for fewer requests (429).
    package let wantsPause: Bool
    /// Since when it has been up or down, in seconds since 1970.
    package let since: UInt32
    /// When it was probed, in seconds since 1970.
    package let checkedAt: UInt32
    /// From the question to the first byte of the answer; nil if there was none.
    package let latencyMilliseconds: UInt16?
    /// The end of its certificate, in seconds since 1970; nil if unknown.
    package let certificateEnd: UInt32?
}

extension HealthSectionView {
    /// Whether the record at `index` of the section ``HealthSectionKind/availability`` has an
    /// outage.
    package func isDown(at index: Int) -> Bool {
        // The code of no outage is 0, whatever the status.
        record(at: index).integer(at: 14, as: UInt8.self) ?? 0 != 0
    }

    /// The record at `index` of the section ``HealthSectionKind/availability``.
    package func availability(at index: Int) -> AvailabilityRecord {
        let record = record(at: index)
        let code = record.integer(at: 14, as: UInt8.self) ?? 0
        let status = record.integer(at: 24, as: UInt16.self) ?? 0
        let latency = record.integer(at: 26, as: UInt16.self) ?? 0
        let certificateEnd = record.integer(at: 28, as: UInt32.self) ?? 0
        return AvailabilityRecord(
            outage: Outage(code: code, status: status),
            wantsPause: (record.integer(at: 15, as: UInt8.self) ?? 0) & 1 == 1,
            since: record.integer(at: 16, as: UInt32.self) ?? 0,
            checkedAt: record.integer(at: 20, as: UInt32.self) ?? 0,
            latencyMilliseconds: latency == 0 ? nil : latency - 1,
            certificateEnd: certificateEnd == 0 ? nil : certificateEnd
        )
    }
}
