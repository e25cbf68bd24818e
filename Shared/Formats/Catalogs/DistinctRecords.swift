/// Each distinct byte string once, numbered from 1; 0 stands for none.
///
/// An unused record stays until the catalog is written.
struct DistinctRecords: Sendable {
    private(set) var records = ByteColumn()
    /// Built when a record is first looked up by its bytes, so that it costs nothing when a catalog
    /// is only read.
    private var index: PathIndex?

    /// The number of `record`, which is added if it is new; 0 for an empty one.
    mutating func number(of record: ArraySlice<UInt8>) -> UInt32 {
        guard !record.isEmpty else { return 0 }
        var index = self.index.take() ?? PathIndex(records)
        defer { self.index = index }
        if let known = index.position(of: record, in: records) { return UInt32(known) + 1 }
        records.append(record)
        index.insert(records.count - 1, of: records)
        return UInt32(records.count)
    }

    /// The record under `number`; empty for 0.
    func record(_ number: UInt32) -> ArraySlice<UInt8> {
        number == 0 ? [] : records[Int(number) - 1]
    }

    /// Adds a record that is known to be new.
    mutating func append(_ record: some Collection<UInt8>) {
        records.append(record)
    }
}
