/// Finds strings of a ``ByteColumn`` by their bytes.
///
/// Open addressing with linear probing over 32-bit positions, at most half full: 8 to 16 bytes a
/// string without allocations, while a `Dictionary` of arrays takes about 100. The strings stay in
/// the column, which is passed to every call.
package struct PathIndex: Sendable {
    private var slots: [UInt32]
    private var count = 0

    /// Marks an empty slot; a column cannot contain that many strings.
    private static let empty = UInt32.max

    /// An empty index with room for `capacity` strings and a few more, because growing would need a
    /// second table of the same size.
    package init(capacity: Int) {
        slots = Array(repeating: Self.empty, count: 2 * (capacity + capacity / 16 + 8))
    }

    /// Indexes all strings of `column`; of equal ones, the first is found.
    package init(_ column: ByteColumn) {
        self.init(capacity: column.count)
        for position in 0..<column.count { insert(position, of: column) }
    }

    /// The position of `string` in `column`, or nil if it is missing.
    package func position(of string: ArraySlice<UInt8>, in column: ByteColumn) -> Int? {
        let occupant = slots[slot(of: string, in: column)]
        return occupant == Self.empty ? nil : Int(occupant)
    }

    /// Adds the string at `position`, which was appended to `column`.
    package mutating func insert(_ position: Int, of column: ByteColumn) {
        if 2 * (count + 1) > slots.count { grow(column) }
        let slot = slot(of: column[position], in: column)
        guard slots[slot] == Self.empty else { return }
        slots[slot] = UInt32(position)
        count += 1
    }

    private mutating func grow(_ column: ByteColumn) {
        let occupants = slots
        slots = Array(repeating: Self.empty, count: 2 * occupants.count)
        for occupant in occupants where occupant != Self.empty {
            slots[slot(of: column[Int(occupant)], in: column)] = occupant
        }
    }

    /// The slot of `string`, or the empty one where it belongs.
    private func slot(of string: ArraySlice<UInt8>, in column: ByteColumn) -> Int {
        var hasher = Hasher()
        unsafe string.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let hash = UInt(bitPattern: hasher.finalize())
        var slot = Int(hash.multipliedFullWidth(by: UInt(slots.count)).high)
        while slots[slot] != Self.empty, !column.equals(string, at: Int(slots[slot])) {
            slot += 1
            if slot == slots.count { slot = 0 }
        }
        return slot
    }
}

/// Finds the number of a path in a catalog, including removed files.
package struct CatalogIndex: Sendable {
    private var index: PathIndex

    package init(_ catalog: Catalog) {
        index = PathIndex(catalog.entries.paths)
    }

    /// An empty index with room for `capacity` files, which must be inserted one by one.
    package init(capacity: Int) {
        index = PathIndex(capacity: capacity)
    }

    /// The number of `path` in `catalog`, which must be the indexed one, extended only by files
    /// passed to ``insert(_:of:)``; nil if no generation had the path.
    package func id(of path: ArraySlice<UInt8>, in catalog: Catalog) -> FileID? {
        index.position(of: path, in: catalog.entries.paths).map { FileID(UInt32($0)) }
    }

    /// Adds the file `id`, which was appended to `catalog`.
    package mutating func insert(_ id: FileID, of catalog: Catalog) {
        index.insert(Int(id.rawValue), of: catalog.entries.paths)
    }
}
