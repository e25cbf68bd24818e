import Catalogs

/// Values by file: a hash table with open addressing.
///
/// A question is put in and taken out once, which with `Dictionary` costs as much as judging its
/// answer. The slots are small and the values densely packed, so that thousands of pending
/// questions fit the processor's caches. The numbers of files are ours: no server can choose them
/// to collide.
struct FileTable<Value> {
    private var slots: [Slot] = []
    private var values: [Value] = []
    /// The indexes in `values` that are not in use, the latest last.
    private var freeIndexes: [UInt32] = []

    private struct Slot {
        var file: UInt32
        /// In `values`; the greatest number for an empty slot.
        var index: UInt32

        static var empty: Slot { Slot(file: 0, index: .max) }

        var isEmpty: Bool { index == .max }
    }

    private var count: Int { values.count - freeIndexes.count }

    private static var leastSlotCount: Int { 64 }

    /// Adds or replaces the value of a file.
    mutating func set(_ value: Value, for file: FileID) {
        // At most half of the slots are in use.
        if 2 * (count + 1) > slots.count { grow() }
        let slot = slot(of: file.rawValue)
        if !slots[slot].isEmpty {
            values[Int(slots[slot].index)] = value
        } else if let index = freeIndexes.popLast() {
            values[Int(index)] = value
            slots[slot] = Slot(file: file.rawValue, index: index)
        } else {
            slots[slot] = Slot(file: file.rawValue, index: UInt32(values.count))
            values.append(value)
        }
    }

    /// Removes and returns the value of a file; nil if there is none.
    mutating func remove(_ file: FileID) -> Value? {
        guard count > 0 else { return nil }
        var gap = slot(of: file.rawValue)
        let removed = slots[gap]
        guard !removed.isEmpty else { return nil }
        // Those behind it move up, unless they would get before their own index.
        var next = after(gap)
        while !slots[next].isEmpty {
            let distance = (next - home(of: slots[next].file)) & (slots.count - 1)
            if distance >= (next - gap) & (slots.count - 1) {
                slots[gap] = slots[next]
                gap = next
            }
            next = after(next)
        }
        slots[gap] = .empty
        freeIndexes.append(removed.index)
        return values[Int(removed.index)]
    }

    /// The slot of a file, or the empty one where it would be.
    private func slot(of file: UInt32) -> Int {
        var slot = home(of: file)
        while !slots[slot].isEmpty, slots[slot].file != file { slot = after(slot) }
        return slot
    }

    /// Where the search for a file begins: the upper bits of a product, which depend on all bits of
    /// the number.
    private func home(of file: UInt32) -> Int {
        let hash = UInt64(file) &* 0x9E37_79B9_7F4A_7C15
        return Int(hash >> 40) & (slots.count - 1)
    }

    private func after(_ slot: Int) -> Int { (slot + 1) & (slots.count - 1) }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: .empty, count: max(Self.leastSlotCount, 2 * old.count))
        for entry in old where !entry.isEmpty { slots[slot(of: entry.file)] = entry }
    }
}
