/// A few access points, ascending, in which a set differs from its base set.
struct ToggledAccessPoints {
    /// The maximum number, so that no memory is allocated for them; sets that differ in more are
    /// stored as records.
    static let limit = 24

    private var indexes = [24 of UInt16](repeating: 0)
    private var count: UInt8 = 0
    private var position: UInt8 = 0

    init() {}

    /// The access points of the units of `combination`, out of `unitCount`, by the `units` section
    /// of a map: for each unit and one more the position where its access points begin in a list,
    /// and the list.
    ///
    /// Without this section every access point is a unit, counted from the last one.
    init(_ combination: UnitCombination, of unitCount: Int, in units: RawSpan?) {
        var combination = combination
        while let unit = combination.next() {
            guard let units else {
                insert(UInt16(truncatingIfNeeded: unitCount - 1 - unit))
                continue
            }
            guard let bounds = units.integer(at: unit * 2, as: UInt32.self) else { return }
            let end = Int(bounds >> 16)
            // At most ``limit`` are taken, whatever a damaged map says.
            var position = Int(bounds & 0xFFFF)
            while position < end, Int(count) < Self.limit,
                let index = units.integer(at: (unitCount + 1 + position) * 2, as: UInt16.self)
            {
                insert(index)
                position += 1
            }
        }
    }

    /// The next access point, or nil after the last; never less than the previous one.
    @inline(__always)
    mutating func next() -> UInt16? {
        guard position < count else { return nil }
        defer { position &+= 1 }
        return indexes[Int(position)]
    }

    /// The units with the first access points come first, and so do the access points of each unit:
    /// this one usually follows all others.
    @inline(__always)
    private mutating func insert(_ index: UInt16) {
        var position = Int(count)
        guard position < Self.limit else { return }
        while position > 0, indexes[position - 1] > index {
            indexes[position] = indexes[position - 1]
            position -= 1
        }
        indexes[position] = index
        count &+= 1
    }
}
