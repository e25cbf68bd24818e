/// The section of the sets that are stored as differences from a base set: their blocks.
struct SetBlockWriter {
    /// The number in the map of each set in the pool.
    private(set) var numbers: [UInt32]
    private(set) var blockCount = 0
    private(set) var unitSection: [UInt8] = []
    private(set) var unitCount = 0

    private var nextNumber: UInt32
    private var entries: [(offset: Int, fields: [UInt8])] = []
    private var data: [UInt8] = []
    private var usesUnits = false

    /// Numbers the first `baseSetCount` sets of `order` in this order, then those up to
    /// `commonSetCount`, then the rest.
    init(
        _ pool: ReplicaSetPool,
        order: [Int],
        baseSetCount: Int,
        commonSetCount: Int,
        mirrors: [UInt16]
    ) {
        numbers = Array(repeating: 0, count: pool.count)
        for (number, set) in order.prefix(baseSetCount).enumerated() {
            numbers[set] = UInt32(number)
        }
        nextNumber = UInt32(baseSetCount)
        guard baseSetCount < order.count else { return }
        let grouping = SetGrouping(
            pool,
            order: order,
            baseSetCount: baseSetCount,
            mirrors: mirrors
        )
        let border = max(baseSetCount, commonSetCount)
        let bases = order.prefix(min(baseSetCount, SetGrouping.candidateLimit)).map {
            pool.boundaries(of: $0)
        }
        append(order[baseSetCount..<border], pool, grouping, bases)
        append(order[border...], pool, grouping, bases)
        if usesUnits {
            unitSection = grouping.units.section
            unitCount = grouping.units.members.count
        }
        blockCount = entries.count
    }

    var section: [UInt8] {
        guard !entries.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let start = entries.count * SetBlock.entryByteCount
        for entry in entries {
            bytes += entry.fields[..<4]
            // If this is cut off, the map is refused for its length.
            bytes.appendInteger(UInt32(truncatingIfNeeded: start + entry.offset))
            bytes += entry.fields[4...]
        }
        bytes += data
        return bytes + [UInt8](repeating: 0, count: SetBlock.paddingByteCount)
    }

    /// Appends the blocks of `sets`, ranked if that takes fewer bytes than records.
    private mutating func append(
        _ sets: ArraySlice<Int>,
        _ pool: ReplicaSetPool,
        _ grouping: SetGrouping,
        _ bases: [ArraySlice<UInt16>]
    ) {
        var members: [SetGrouping.Group: [(rank: UInt64, set: Int)]] = [:]
        var recorded: [Int] = []
        for set in sets {
            if let found = grouping.group(of: set) {
                let rank = grouping.rank(of: found.difference, in: found.group)
                members[found.group, default: []].append((rank, set))
            } else {
                recorded.append(set)
            }
        }
        for group in members.keys.sorted(by: <) {
            guard var all = members[group] else { continue }
            all.sort { $0.rank < $1.rank }
            var rest = all[...]
            while !rest.isEmpty {
                let part = rest.prefix(SetBlock.rankedSetLimit)
                rest = rest.dropFirst(part.count)
                let ranks = RankCode(part.map(\.rank))
                // A record takes one byte for the base and one or two for each unit.
                let least = part.count * (1 + Int(group.unitCount))
                if ranks.bytes.count + SetBlock.entryByteCount < least {
                    append(ranks, group, part.map(\.set))
                } else {
                    recorded += part.map(\.set)
                }
            }
        }
        appendRecords(of: recorded, pool, bases)
    }

    private mutating func append(_ ranks: RankCode, _ group: SetGrouping.Group, _ sets: [Int]) {
        startBlock(
            recordByteCount: 0,
            [
                group.base, group.unitCount, group.isByAccessPoint ? 1 : 0, ranks.lowBitCount, 0, 0,
            ]
        )
        number(sets)
        data += ranks.bytes
        usesUnits = usesUnits || !group.isByAccessPoint
    }

    /// One block for each length, so that the position of a record follows from its number.
    private mutating func appendRecords(
        of sets: [Int],
        _ pool: ReplicaSetPool,
        _ bases: [ArraySlice<UInt16>]
    ) {
        var codes: [UInt8] = []
        var byLength: [Int: [(set: Int, code: Range<Int>)]] = [:]
        for set in sets {
            let start = codes.count
            codes.appendDifference(of: pool.boundaries(of: set), bases: bases)
            byLength[codes.count - start, default: []].append((set, start..<codes.count))
        }
        for length in byLength.keys.sorted() {
            guard let records = byLength[length] else { continue }
            startBlock(recordByteCount: length, [0, 0, 0, 0, 0, 0])
            number(records.map(\.set))
            for record in records { data += codes[record.code] }
        }
    }

    private mutating func startBlock(recordByteCount: Int, _ form: [UInt8]) {
        var fields: [UInt8] = []
        fields.appendInteger(nextNumber)
        fields.appendInteger(UInt16(recordByteCount))
        entries.append((data.count, fields + form))
    }

    private mutating func number(_ sets: [Int]) {
        for set in sets {
            numbers[set] = nextNumber
            nextNumber += 1
        }
    }
}
