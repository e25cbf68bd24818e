/// Sets of small numbers as words of 64 bits.
typealias Words = [UInt64]

extension [UInt64] {
    /// An empty set with room for `count` numbers.
    static func empty(_ count: Int) -> Words { Words(repeating: 0, count: (count + 63) / 64) }

    func contains(_ number: Int) -> Bool { self[number >> 6] >> UInt64(number & 63) & 1 == 1 }

    mutating func set(_ number: Int, _ isMember: Bool) {
        if isMember {
            self[number >> 6] |= 1 << UInt64(number & 63)
        } else {
            self[number >> 6] &= ~(1 << UInt64(number & 63))
        }
    }

    /// Calls `body` for each member, in ascending order.
    func forEachMember(_ body: (Int) -> Void) {
        for index in indices {
            var word = self[index]
            while word != 0 {
                body(index << 6 + word.trailingZeroBitCount)
                word &= word - 1
            }
        }
    }

    var memberCount: Int { reduce(0) { $0 + $1.nonzeroBitCount } }
}
