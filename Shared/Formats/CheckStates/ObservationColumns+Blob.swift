import BlobFormat

extension ObservationColumns {
    /// Appends all columns; how many rows there are is written elsewhere.
    func append(to writer: inout ByteWriter) {
        IntegerColumn.append(statuses, to: &writer)
        IntegerColumn.append(failures, to: &writer)
        IntegerColumn.append(generations, to: &writer)
        IntegerColumn.append(askedTimes, to: &writer)
        IntegerColumn.append(zip(askedTimes, observedTimes).map { $0 &- $1 }, to: &writer)
    }

    /// Reads `count` rows that ``append(to:)`` wrote.
    init(count: Int, from reader: inout ByteReader) throws(BlobFormatError) {
        statuses = try IntegerColumn.read(count, "status", from: &reader) { status in
            status & ~Self.flags <= Self.outcomeLimit
        }
        failures = try IntegerColumn.read(count, "failures", from: &reader)
        generations = try IntegerColumn.read(count, "generation", from: &reader)
        askedTimes = try IntegerColumn.read(count, "asked at", from: &reader)
        var times: [UInt32] = try IntegerColumn.read(count, "age of evidence", from: &reader)
        for (index, askedAt) in askedTimes.enumerated() { times[index] = askedAt &- times[index] }
        observedTimes = times
    }
}
