/// Writes small databases in the MaxMind DB format, according to its specification.
///
/// A reader that was only tested against its own writer could share its mistakes: the hexdump in
/// `MaxMindDatabaseTests` was analysed by hand with the specification, and another program's
/// databases are read there, too.
package struct MaxMindWriter {
    package enum Value: Sendable {
        case string(String)
        case unsigned(UInt32)
        case map([(String, Value)])
        case array([Value])
        case boolean(Bool)
        case double
        case number(Double)
        case small(Float)
        /// To the offset of another value in the data.
        case pointer(Int)
    }

    package var recordBitCount = 24
    package var ipVersion = 6
    package var version: UInt32 = 2
    private var data: [UInt8] = []
    /// Two records per node: a child's number, nil for nothing, or data.
    private var nodes: [[Record]] = [[.empty, .empty]]

    private enum Record {
        case empty
        case node(Int)
        case data(Int)
    }

    package init() {}

    /// Appends a value to the data; returns its offset.
    package mutating func add(_ value: Value) -> Int {
        let offset = data.count
        data += Self.encoded(value)
        return offset
    }

    /// Makes the first `prefixLength` of the 128 (or 32) bits of an address lead to the data at
    /// `offset`.
    package mutating func insert(_ bits: [Int], leadingTo offset: Int) {
        var node = 0
        for (index, bit) in bits.enumerated() {
            if index == bits.count - 1 {
                nodes[node][bit] = .data(offset)
            } else if case .node(let next) = nodes[node][bit] {
                node = next
            } else {
                nodes.append([.empty, .empty])
                nodes[node][bit] = .node(nodes.count - 1)
                node = nodes.count - 1
            }
        }
    }

    /// Makes a block of IPv4 lead to the data at `offset`, in a database of both families.
    package mutating func insert(
        ipv4 address: (UInt8, UInt8, UInt8, UInt8),
        prefixLength: Int,
        leadingTo offset: Int
    ) {
        let bits = [address.0, address.1, address.2, address.3].flatMap { byte in
            (0..<8).map { Int(byte >> (7 - $0) & 1) }
        }
        insert([Int](repeating: 0, count: 96) + bits.prefix(prefixLength), leadingTo: offset)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for node in nodes {
            let values = node.map { record in
                switch record {
                case .empty: nodes.count
                case .node(let number): number
                case .data(let offset): nodes.count + 16 + offset
                }
            }
            bytes += Self.record(values[0], values[1], bitCount: recordBitCount)
        }
        bytes += [UInt8](repeating: 0, count: 16)
        bytes += data
        bytes += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        bytes += Self.encoded(
            .map([
                ("binary_format_major_version", .unsigned(version)),
                ("database_type", .string("Test-Country")),
                ("ip_version", .unsigned(UInt32(ipVersion))),
                ("languages", .array([.string("en")])),
                ("node_count", .unsigned(UInt32(nodes.count))),
                ("record_size", .unsigned(UInt32(recordBitCount))),
            ])
        )
        return bytes
    }

    private static func record(_ left: Int, _ right: Int, bitCount: Int) -> [UInt8] {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        if bitCount == 28 {
            let middle = UInt8(left >> 24) << 4 | UInt8(right >> 24)
            return bytes(left, 3) + [middle] + bytes(right, 3)
        }
        return bytes(left, bitCount / 8) + bytes(right, bitCount / 8)
    }

    private static func encoded(_ value: Value) -> [UInt8] {
        switch value {
        case .string(let text): control(2, text.utf8.count) + Array(text.utf8)
        case .unsigned(let number):
            control(6, 4) + (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        case .map(let members):
            control(7, members.count)
                + members.flatMap { encoded(.string($0.0)) + encoded($0.1) }
        case .array(let elements): control(11, elements.count) + elements.flatMap(encoded)
        case .boolean(let value): control(14, value ? 1 : 0)
        case .double: control(3, 8) + [UInt8](repeating: 0x40, count: 8)
        case .number(let value):
            control(3, 8)
                + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(56 - 8 * $0)) }
        case .small(let value):
            control(15, 4)
                + (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(24 - 8 * $0)) }
        case .pointer(let offset):
            offset < 2048
                ? [0x20 | UInt8(offset >> 8), UInt8(offset & 0xFF)]
                : [
                    0x28 | UInt8((offset - 2048) >> 16), UInt8((offset - 2048) >> 8 & 0xFF),
                    UInt8((offset - 2048) & 0xFF),
                ]
        }
    }

    private static func control(_ kind: Int, _ size: Int) -> [UInt8] {
        let kindBits = kind < 8 ? UInt8(kind) << 5 : 0
        let extended = kind < 8 ? [] : [UInt8(kind - 7)]
        if size < 29 { return [kindBits | UInt8(size)] + extended }
        if size < 285 { return [kindBits | 29] + extended + [UInt8(size - 29)] }
        let rest = size - 285
        return [kindBits | 30] + extended + [UInt8(rest >> 8), UInt8(rest & 0xFF)]
    }
}
