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
            var places = places(of: files, by: shift)
            for file in files {
                let byte = Int(file.key >> shift & 0xFF)
                other[places[byte]] = file
                places[byte] += 1
            }
            swap(&files, &other)
        }
    }

    /// For each value of a byte of the keys, the place of the first file with it.
    private static func places(of files: [KeyedFile], by shift: UInt64) -> [Int] {
        var places = [Int](repeating: 0, count: 256)
        for file in files { places[Int(file.key >> shift & 0xFF)] += 1 }
        var sum = 0
        for byte in places.indices { (places[byte], sum) = (sum, sum + places[byte]) }
        return places
    }
}
