import BlobFormat

/// A value for each file, in as few bytes as the number of distinct values allows: none if all are
/// equal, one for up to 256 of them, two for up to 65,536, three for more.
///
/// For each file the column has a code, the index of its value among the distinct ones. Codes are
/// in planes of bytes as ``IntegerColumn`` stores them, so that reading a column is copying it. A
/// value that no file has any more remains among the distinct ones until there is no room for
/// others.
struct CompactColumn: Sendable {
    private(set) var count = 0
    /// The distinct values; empty only if there are no files.
    private(set) var distinct: [UInt64] = []
    private var low: [UInt8] = []
    private var middle: [UInt8] = []
    private var high: [UInt8] = []
    /// The code of each distinct value; empty until a value is set.
    private var codes: [UInt64: Int] = [:]
    /// The code that was looked up last: mostly the next file has the same value.
    private var latestCode = 0
    /// All values are within these bounds.
    private(set) var bounds: ClosedRange<UInt64> = 0...0

    init() {}

    /// Whether all files have the same value.
    var isUniform: Bool { low.isEmpty }

    /// The code of the file with the number `index`, which is below `count`.
    func code(at index: Int) -> Int {
        if low.isEmpty { return 0 }
        var code = Int(low[index])
        if middle.isEmpty { return code }
        code |= Int(middle[index]) << 8
        return high.isEmpty ? code : code | Int(high[index]) << 16
    }

    /// The value of the file with the number `index`, which is below `count`.
    subscript(index: Int) -> UInt64 {
        get { distinct[code(at: index)] }
        set { setCode(code(of: newValue), at: index) }
    }

    /// What `value` makes of the numbers of some files, all below `count`; it is called once for
    /// each distinct number.
    func map<Value>(_ files: Range<Int>, _ value: (UInt64) -> Value) -> [Value] {
        let values = distinct.map(value)
        if low.isEmpty { return files.map { _ in values[0] } }
        if middle.isEmpty { return low[files].map { values[Int($0)] } }
        return files.map { values[code(at: $0)] }
    }

    /// Adds files with `value` until there are `newCount`.
    mutating func grow(to newCount: Int, _ value: UInt64 = 0) {
        let addedCount = newCount - count
        guard addedCount > 0 else { return }
        let code = code(of: value)
        append(addedCount, code)
    }

    /// Adds `addedCount` files with `code`, which fits into the planes.
    private mutating func append(_ addedCount: Int, _ code: Int) {
        count += addedCount
        func extend(_ plane: inout [UInt8], _ shift: Int) {
            guard !plane.isEmpty else { return }
            let byte = UInt8(truncatingIfNeeded: code >> shift)
            plane.append(contentsOf: repeatElement(byte, count: addedCount))
        }
        extend(&low, 0)
        extend(&middle, 8)
        extend(&high, 16)
    }

    private mutating func setCode(_ code: Int, at index: Int) {
        guard !low.isEmpty else { return }
        low[index] = UInt8(truncatingIfNeeded: code)
        guard !middle.isEmpty else { return }
        middle[index] = UInt8(truncatingIfNeeded: code >> 8)
        guard !high.isEmpty else { return }
        high[index] = UInt8(truncatingIfNeeded: code >> 16)
    }

    /// The code of `value`, which is added to the distinct values if it is new.
    ///
    /// The planes then have room for it.
    private mutating func code(of value: UInt64) -> Int {
        if latestCode < distinct.count, distinct[latestCode] == value { return latestCode }
        if codes.isEmpty { listCodes() }
        if let code = codes[value] {
            latestCode = code
            return code
        }
        if count > 0, distinct.count == 256 || distinct.count == 65_536 { dropUnused() }
        let code = distinct.count
        switch code {
        case 0: bounds = value...value
        case 1 where low.isEmpty: low = [UInt8](repeating: 0, count: count)
        case 256 where middle.isEmpty: middle = [UInt8](repeating: 0, count: count)
        case 65_536 where high.isEmpty: high = [UInt8](repeating: 0, count: count)
        default: break
        }
        bounds = min(bounds.lowerBound, value)...max(bounds.upperBound, value)
        distinct.append(value)
        codes[value] = code
        latestCode = code
        return code
    }

    private mutating func listCodes() {
        codes.reserveCapacity(distinct.count)
        for (code, value) in distinct.enumerated() { codes[value] = code }
    }

    /// Drops the values that no file has, if they are an eighth of all or more.
    private mutating func dropUnused() {
        let isUsed = usage
        let usedCount = isUsed.count { $0 }
        guard usedCount <= distinct.count - distinct.count / 8 else { return }
        var kept = CompactColumn()
        var newCodes = [Int](repeating: 0, count: distinct.count)
        for code in distinct.indices where isUsed[code] {
            newCodes[code] = kept.code(of: distinct[code])
        }
        kept.fill(count) { newCodes[code(at: $0)] }
        self = kept
    }

    /// For each distinct value, whether any file has it.
    private var usage: [Bool] {
        var isUsed = [Bool](repeating: false, count: distinct.count)
        guard !isUniform else {
            if count > 0 { isUsed[0] = true }
            return isUsed
        }
        for index in 0..<count { isUsed[code(at: index)] = true }
        return isUsed
    }

    /// Adds `newCount` files to an empty column whose distinct values are known; `code` gives the
    /// code of each.
    private mutating func fill(_ newCount: Int, _ code: (Int) -> Int) {
        count = newCount
        if distinct.count > 1 { low = [UInt8](repeating: 0, count: count) }
        if distinct.count > 256 { middle = [UInt8](repeating: 0, count: count) }
        if distinct.count > 65_536 { high = [UInt8](repeating: 0, count: count) }
        guard distinct.count > 1 else { return }
        for index in 0..<count { setCode(code(index), at: index) }
    }

    /// Replaces every value by what `change` makes of it.
    mutating func map(_ change: (UInt64) -> UInt64) {
        for code in distinct.indices { distinct[code] = change(distinct[code]) }
        codes = [:]
        if let least = distinct.min(), let greatest = distinct.max() { bounds = least...greatest }
    }
}

extension CompactColumn: Equatable {
    static func == (left: CompactColumn, right: CompactColumn) -> Bool {
        left.count == right.count && (0..<left.count).allSatisfy { left[$0] == right[$0] }
    }
}

extension CompactColumn {
    /// Appends a column with the part of each file's value that `part` returns.
    func append(to writer: inout ByteWriter, _ part: (UInt64) -> UInt64 = { $0 }) {
        let isUsed = usage
        let parts = distinct.map(part)
        let written = Set(parts.indices.lazy.filter { isUsed[$0] }.map { parts[$0] }).sorted()
        IntegerColumn.append(distinct: written, to: &writer)
        guard written.count > 1 else { return }
        var numbers: [UInt64: Int] = [:]
        for (number, value) in written.enumerated() { numbers[value] = number }
        let indexes = parts.map { numbers[$0] ?? 0 }
        for plane in 0..<IntegerColumn.planeCount(distinctCount: written.count) {
            let bytes = indexes.map { UInt8(truncatingIfNeeded: $0 >> (8 * plane)) }
            // An array, because the writer, in another module, takes other collections byte
            // by byte.
            writer.append((0..<count).map { bytes[code(at: $0)] })
        }
    }

    /// Reads a column of `count` values of up to 32 bits.
    ///
    /// Throws if a value is not valid, or if the bytes are not what ``append(to:_:)`` writes.
    init(
        _ count: Int,
        _ name: String,
        from reader: inout ByteReader,
        atMost limit: UInt64 = UInt64(UInt32.max),
        where isValid: (UInt64) -> Bool = { _ in true }
    ) throws(BlobFormatError) {
        self.count = count
        distinct = try IntegerColumn.readDistinct(count, name, from: &reader) { value in
            value <= limit && isValid(value)
        }
        if let first = distinct.first, let last = distinct.last { bounds = first...last }
        let planeCount = IntegerColumn.planeCount(distinctCount: distinct.count)
        if planeCount > 0 { low = Array(try reader.readBytes(count)) }
        if planeCount > 1 { middle = Array(try reader.readBytes(count)) }
        if planeCount > 2 { high = Array(try reader.readBytes(count)) }
        let largest = greatestCode
        guard largest < max(1, distinct.count) else {
            throw .valueOutOfRange(field: "\(name): index", value: "\(largest)")
        }
    }

    private var greatestCode: Int {
        guard !middle.isEmpty else { return Int(low.max() ?? 0) }
        var greatest = 0
        for index in 0..<count { greatest = max(greatest, code(at: index)) }
        return greatest
    }

    /// A column of what `joined` makes of each file's values in three equally long columns.
    init(
        _ first: CompactColumn,
        _ second: CompactColumn,
        _ third: CompactColumn,
        _ joined: (UInt64, UInt64, UInt64) -> UInt64
    ) {
        let count = first.count
        guard count > 0 else { return }
        if first.isUniform, second.isUniform, third.isUniform {
            grow(to: count, joined(first[0], second[0], third[0]))
            return
        }
        var codes: [Int: Int] = [:]
        let combinations = first.distinct.count * second.distinct.count * third.distinct.count
        // A table, if it is small: on many mirrors, neighbouring files have different
        // combinations.
        var table = [Int32](repeating: -1, count: combinations <= 65_536 ? combinations : 0)
        var joinedCodes = [UInt32](repeating: 0, count: count)
        for index in 0..<count {
            let parts = (first.code(at: index), second.code(at: index), third.code(at: index))
            let combination =
                (parts.0 * second.distinct.count + parts.1) * third.distinct.count + parts.2
            var code = table.isEmpty ? codes[combination] ?? -1 : Int(table[combination])
            if code < 0 {
                code = self.code(
                    of: joined(
                        first.distinct[parts.0],
                        second.distinct[parts.1],
                        third.distinct[parts.2]
                    )
                )
                if table.isEmpty {
                    codes[combination] = code
                } else {
                    table[combination] = Int32(code)
                }
            }
            joinedCodes[index] = UInt32(code)
        }
        fill(count) { Int(joinedCodes[$0]) }
    }

    /// A column of `values`.
    init(_ values: some Collection<UInt64>) {
        var codes: [UInt32] = []
        codes.reserveCapacity(values.count)
        for value in values { codes.append(UInt32(code(of: value))) }
        fill(codes.count) { Int(codes[$0]) }
    }
}
