import BlobFormat
import Mirrors

extension ObservationColumns {
    /// Appends all columns; the number of rows is stored elsewhere.
    func append(to writer: inout ByteWriter) {
        IntegerColumn.append(statuses, to: &writer)
        IntegerColumn.append(failures, to: &writer)
        IntegerColumn.append(generations, to: &writer)
        IntegerColumn.append(askedTimes, to: &writer)
        // Usually the evidence is the answer to the latest question. Otherwise it comes from
        // listings, which have few distinct times.
        IntegerColumn.append(zip(askedTimes, observedTimes).map { $0 == $1 ? 0 : $1 }, to: &writer)
    }

    /// Reads `count` rows written by ``append(to:)``.
    init(count: Int, from reader: inout ByteReader) throws(BlobFormatError) {
        try readStatuses(count, outcomeLimit: Self.outcomeLimit, flags: Self.flags, from: &reader)
        var times: [UInt32] = try IntegerColumn.read(count, "observed at", from: &reader)
        for (index, askedAt) in askedTimes.enumerated() where times[index] == 0 {
            times[index] = askedAt
        }
        observedTimes = times
    }

    private mutating func readStatuses(
        _ count: Int,
        outcomeLimit: UInt8,
        flags: UInt8,
        from reader: inout ByteReader
    ) throws(BlobFormatError) {
        statuses = try IntegerColumn.read(count, "status", from: &reader) { status in
            status & ~flags <= outcomeLimit
        }
        failures = try IntegerColumn.read(count, "failures", from: &reader)
        generations = try IntegerColumn.read(count, "generation", from: &reader)
        askedTimes = try IntegerColumn.read(count, "asked at", from: &reader)
    }

    /// Reads `count` rows of version 1.
    ///
    /// There, the evidence of an absence was the latest one, and the rest of a file was determined
    /// by its failures: 60 seconds, doubled with each, up to a day. Now it is determined by how
    /// long the file has been missing; so that time is set such that the next question is due when
    /// it was.
    init(version1 count: Int, from reader: inout ByteReader) throws(BlobFormatError) {
        try readStatuses(
            count,
            outcomeLimit: Observation.Outcome.stale.rawValue,
            flags: Self.confirmedBit | Self.lossBit,
            from: &reader
        )
        var times: [UInt32] = try IntegerColumn.read(count, "age of evidence", from: &reader)
        for (index, askedAt) in askedTimes.enumerated() { times[index] = askedAt &- times[index] }
        observedTimes = times
        let present = Observation.Outcome.present.rawValue
        for index in statuses.indices where statuses[index] & Self.confirmedBit != 0 {
            guard statuses[index] & ~Self.flags != present else { continue }
            // 2^11 minutes are more than a day.
            let doublings = UInt32(min(max(failures[index], 1) - 1, 11))
            let rest = min(60 << doublings, 86_400) as UInt32
            observedTimes[index] = min(
                observedTimes[index],
                askedTimes[index] - min(askedTimes[index], 2 * rest)
            )
        }
    }
}
