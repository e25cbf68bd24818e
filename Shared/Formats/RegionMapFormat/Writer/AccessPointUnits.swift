/// Access points of one mirror that usually hold the same files, so that one number stands for all
/// of them.
///
/// The units are learnt from the sets. An access point in which no set differs from its base set is
/// in no unit, which makes the numbers of the others smaller.
struct AccessPointUnits {
    static let none = UInt16.max

    /// The access points of each unit, ascending; the units with the last access points come first.
    private(set) var members: [[UInt16]] = []
    /// The unit of each access point, or ``none``.
    private(set) var numbers: [UInt16]
    /// For each access point the next one of its unit; for the last the first.
    private var next: [UInt16]

    /// In how many differences from the base set each access point occurs, and in how many of these
    /// the previous one of the same mirror does, too.
    struct Counts {
        fileprivate var changes: [Int]
        fileprivate var commonChanges: [Int]
        /// For each access point the previous one of the same mirror, or ``none``.
        fileprivate let previous: [UInt16]

        /// `mirrors` gives the mirror of each access point as a number.
        init(mirrors: [UInt16]) {
            changes = Array(repeating: 0, count: mirrors.count)
            commonChanges = changes
            var last: [UInt16: UInt16] = [:]
            previous = mirrors.enumerated().map { index, mirror in
                last.updateValue(UInt16(index), forKey: mirror) ?? none
            }
        }

        /// Counts a set that differs from its base set in these access points, ascending.
        mutating func add(_ difference: [UInt16]) {
            for index in difference {
                changes[Int(index)] += 1
                if previous[Int(index)] != none, difference.contains(previous[Int(index)]) {
                    commonChanges[Int(index)] += 1
                }
            }
        }
    }

    init(_ counts: Counts) {
        let count = counts.changes.count
        numbers = Array(repeating: Self.none, count: count)
        next = (0..<count).map { UInt16($0) }
        var units: [[UInt16]] = []
        for index in 0..<count where counts.changes[index] > 0 {
            let previous = counts.previous[index]
            if previous != Self.none, numbers[Int(previous)] != Self.none,
                counts.commonChanges[index] * 4
                    >= 3 * max(counts.changes[index], counts.changes[Int(previous)])
            {
                numbers[index] = numbers[Int(previous)]
                units[Int(numbers[index])].append(UInt16(index))
            } else {
                numbers[index] = UInt16(units.count)
                units.append([UInt16(index)])
            }
        }
        members = units.reversed()
        for (number, unit) in members.enumerated() {
            for (position, index) in unit.enumerated() {
                numbers[Int(index)] = UInt16(number)
                next[Int(index)] = unit[(position + 1) % unit.count]
            }
        }
    }

    /// The number of complete units that `difference` consists of; nil if there are incomplete
    /// ones.
    ///
    /// `set` and `base` are what differs in it.
    func count(of difference: [UInt16], set: SetBits, base: SetBits) -> Int? {
        var count = 0
        for index in difference {
            guard numbers[Int(index)] != Self.none else { return nil }
            let next = next[Int(index)]
            guard set.contains(next) != base.contains(next) else { return nil }
            // The last of a unit is the one that is followed by the first.
            if next <= index { count += 1 }
        }
        return count
    }

    /// For each unit and one more the position where its access points begin in the list that
    /// follows, and the list.
    var section: [UInt8] {
        guard !members.isEmpty else { return [] }
        var bytes: [UInt8] = []
        var position = 0
        for unit in members {
            bytes.appendInteger(UInt16(position))
            position += unit.count
        }
        bytes.appendInteger(UInt16(position))
        for index in members.joined() { bytes.appendInteger(index) }
        return bytes
    }
}
