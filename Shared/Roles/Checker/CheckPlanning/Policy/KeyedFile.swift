import Catalogs

/// A file with a number to sort it by.
struct KeyedFile {
    var key: UInt64
    var file: FileID

    /// Sorts by key in ascending order; files with equal keys keep their order.
    ///
    /// A radix sort by bytes, lowest first, without those that are the same in all keys:
    /// generations and times differ in three or four, so that a file costs a few moves instead of
    /// seventeen comparisons.
    static func sort(_ files: inout [KeyedFile]) {
        guard let first = files.first?.key else { return }
        let varying = files.reduce(0) { $0 | ($1.key ^ first) }
        var other = files
        for shift in stride(from: 0, to: UInt64(UInt64.bitWidth), by: 8)
        where varying >> shift & 0xFF != 0 {
            var nextIndexes = startIndexes(of: files, by: shift)
            for file in files {
                let byte = Int(file.key >> shift & 0xFF)
                other[nextIndexes[byte]] = file
                nextIndexes[byte] += 1
            }
            swap(&files, &other)
        }
    }

    /// For each value of a byte of the keys, the index of the first file with it in the result.
    private static func startIndexes(of files: [KeyedFile], by shift: UInt64) -> [Int] {
        var indexes = [Int](repeating: 0, count: 256)
        for file in files { indexes[Int(file.key >> shift & 0xFF)] += 1 }
        var sum = 0
        for byte in indexes.indices { (indexes[byte], sum) = (sum, sum + indexes[byte]) }
        return indexes
    }
}
