/// The access points that hold one file, best first.
///
/// A view of the map's bytes: iterating over it allocates nothing. A set is empty if the file is
/// known but nobody holds it.
package struct ReplicaSet: ~Escapable {
    private let codes: RawSpan
    private var base: Runs
    private var difference: Runs
    private var toggled: ToggledAccessPoints
    private let storedNumber: UInt32
    private let limit: UInt32
    private var position: UInt32 = 0
    /// Until this index, membership is as ``isInside`` says.
    private var change: UInt32 = 0
    private var isInside = false

    /// The set of those that are in an odd number of `base`, `difference` and `toggled`; the former
    /// two are parts of `codes`.
    @_lifetime(copy codes)
    @inline(__always)
    init(
        number: Int,
        codes: RawSpan,
        base: RegionMapHeader.Extent,
        difference: RegionMapHeader.Extent = RegionMapHeader.Extent(),
        toggled: ToggledAccessPoints = ToggledAccessPoints(),
        accessPointCount: Int
    ) {
        storedNumber = UInt32(truncatingIfNeeded: number)
        self.codes = codes
        self.base = Runs(base)
        self.difference = Runs(difference)
        self.toggled = toggled
        limit = UInt32(truncatingIfNeeded: accessPointCount)
        self.base.advance(codes, limit)
        advanceDifference()
    }

    /// The number of the set in its map; files with equal numbers are held by the same access
    /// points.
    package var number: Int { Int(storedNumber) }

    /// The index of the next access point in the order of rank, or nil after the last.
    ///
    /// Every index is less than the number of access points, even if the bytes are damaged.
    @_lifetime(self: copy self)
    package mutating func next() -> Int? {
        while position >= change {
            guard position < limit else { return nil }
            while position == base.boundary {
                isInside.toggle()
                base.advance(codes, limit)
            }
            while position == difference.boundary {
                isInside.toggle()
                advanceDifference()
            }
            change = min(base.boundary, difference.boundary)
            if !isInside { position = change }
        }
        defer { position += 1 }
        return Int(position)
    }

    /// The next range of indexes, or nil after the last: what ``next()`` would return one by one,
    /// though not always the longest possible range.
    @_lifetime(self: copy self)
    package mutating func nextRun() -> Range<Int>? {
        guard let first = next() else { return nil }
        // All up to there are members, as the first one is.
        position = change
        return first..<Int(change)
    }

    /// Whether `index` is in the set; takes as long as iterating up to it.
    package func contains(_ index: Int) -> Bool {
        var rest = self
        while let run = rest.nextRun() {
            if index < run.upperBound { return index >= run.lowerBound }
        }
        return false
    }

    @_lifetime(self: copy self)
    @inline(__always)
    private mutating func advanceDifference() {
        if difference.hasEnded, let index = toggled.next() {
            difference.begin(at: index, limit)
        } else {
            difference.advance(codes, limit)
        }
    }
}

/// Iterates over the indexes at which membership in an encoded set changes.
///
/// The code of each run is a varint, twice the gap since the previous run, plus one if another
/// varint follows, which is the length of the run minus two; otherwise the run has one member.
private struct Runs {
    /// A map is shorter than 4 GiB.
    private var offset: UInt32
    private let end: UInt32
    /// Where the run that began at ``boundary`` ends; 0 if it has ended.
    private var pendingEnd: UInt32 = 0
    /// The next index at which membership changes, never less than the previous one; the limit if
    /// no change remains.
    private(set) var boundary: UInt32 = 0

    @inline(__always)
    init(_ extent: RegionMapHeader.Extent) {
        offset = UInt32(truncatingIfNeeded: extent.offset)
        end = UInt32(truncatingIfNeeded: extent.offset &+ extent.byteCount)
    }

    /// Whether the current run has ended, so that another may begin.
    var hasEnded: Bool { pendingEnd == 0 }

    /// Makes the next run one of a single member.
    @inline(__always)
    mutating func begin(at index: UInt16, _ limit: UInt32) {
        // In damaged bytes an index may occur twice.
        boundary = min(limit, max(boundary, UInt32(index)))
        pendingEnd = min(limit, boundary + 1)
    }

    @inline(__always)
    mutating func advance(_ codes: RawSpan, _ limit: UInt32) {
        if pendingEnd > 0 {
            boundary = pendingEnd
            pendingEnd = 0
            return
        }
        var position = Int(offset)
        guard offset < end, let code = codes.varint(at: &position) else {
            boundary = limit
            return
        }
        var length: UInt32 = 1
        if code & 1 == 1 { length = 2 + (codes.varint(at: &position) ?? 0) }
        offset = UInt32(truncatingIfNeeded: position)
        boundary = min(limit, boundary + code >> 1)
        pendingEnd = min(limit, boundary + length)
    }
}

extension RawSpan {
    /// Reads an unsigned LEB128 number of at most 21 bits at `offset` and moves `offset` past it;
    /// nil at the end of these bytes.
    ///
    /// A number is cut off after three bytes: only damaged bytes contain longer ones.
    @inline(__always)
    func varint(at offset: inout Int) -> UInt32? {
        guard let first = integer(at: offset, as: UInt8.self) else { return nil }
        offset += 1
        var value = UInt32(first & 0x7F)
        guard first >= 0x80, let second = integer(at: offset, as: UInt8.self) else { return value }
        offset += 1
        value |= UInt32(second & 0x7F) << 7
        guard second >= 0x80, let third = integer(at: offset, as: UInt8.self) else { return value }
        offset += 1
        return value | UInt32(third & 0x7F) << 14
    }
}
