import BlobFormat
import Mirrors

extension ObservationColumns {
    /// Appends all columns; the number of rows is stored elsewhere.
    func append(to writer: inout ByteWriter) {
        kinds.append(to: &writer) { $0 & 0xFF }
        kinds.append(to: &writer) { $0 >> 8 & 0xFF }
        kinds.append(to: &writer) { $0 >> 16 }
        asked.append(to: &writer)
        // What is not the answer to the latest question, but a listing's, has few times.
        observed.append(to: &writer) { $0 == 0 ? 0 : $0 - 1 }
    }

    /// Reads `count` rows written by ``append(to:)``.
    init(count: Int, from reader: inout ByteReader) throws(BlobFormatError) {
        try readKinds(count, outcomeLimit: Self.outcomeLimit, flags: Self.flags, from: &reader)
        observed = try CompactColumn(count, "observed at", from: &reader)
        observed.map { $0 == 0 ? 0 : $0 + 1 }
    }

    private mutating func readKinds(
        _ count: Int,
        outcomeLimit: UInt8,
        flags: UInt8,
        from reader: inout ByteReader
    ) throws(BlobFormatError) {
        let statuses = try CompactColumn(count, "status", from: &reader, atMost: 255) { status in
            UInt8(truncatingIfNeeded: status) & ~flags <= outcomeLimit
        }
        let failures = try CompactColumn(count, "failures", from: &reader, atMost: 255)
        let generations = try CompactColumn(count, "generation", from: &reader)
        kinds = CompactColumn(statuses, failures, generations) {
            Self.kind(status: $0, failures: $1, generation: $2)
        }
        asked = try CompactColumn(count, "asked at", from: &reader)
    }

    /// Reads `count` rows of version 1.
    ///
    /// There, the evidence of an absence was the latest one, and the rest of a file was determined
    /// by its failures: 60 seconds, doubled with each, up to a day. Now it is determined by how
    /// long the file has been missing; so that time is set such that the next question is due when
    /// it was.
    init(version1 count: Int, from reader: inout ByteReader) throws(BlobFormatError) {
        try readKinds(
            count,
            outcomeLimit: Observation.Outcome.stale.rawValue,
            flags: Self.confirmedBit | Self.lossBit,
            from: &reader
        )
        let ages = try CompactColumn(count, "age of evidence", from: &reader)
        observed.grow(to: count)
        let present = Observation.Outcome.present.rawValue
        for index in 0..<count {
            let askedAt = askedTime(at: index)
            var time = askedAt &- UInt32(truncatingIfNeeded: ages[index])
            let status = status(at: index)
            if status & Self.confirmedBit != 0, status & ~Self.flags != present {
                // 2^11 minutes are more than a day.
                let doublings = UInt32(min(max(failures(at: index), 1) - 1, 11))
                let rest = min(60 << doublings, 86_400) as UInt32
                time = min(time, askedAt - min(askedAt, 2 * rest))
            }
            setObservedTime(time, at: index)
        }
    }
}
