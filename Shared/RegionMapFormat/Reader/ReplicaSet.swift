/// The access points that hold one file, best first.
///
/// A view of the map's bytes: going through it allocates nothing. An empty set belongs to a file that
/// is known but that nobody holds.
package struct ReplicaSet: ~Escapable {
    /// The number of the set in its map; files with equal numbers are held by the same access points.
    package let number: Int

    private let codes: RawSpan
    private var base: Runs
    private var difference: Runs
    private let limit: UInt32
    private var position: UInt32 = 0
    /// Up to where every index is as ``isInside`` says.
    private var change: UInt32 = 0
    private var isInside = false

    /// The set whose members are those of `base` or of `difference`, but not of both; each is a part
    /// of `codes`.
    @_lifetime(copy codes)
    init(
        number: Int,
        codes: RawSpan,
        base: RegionMapHeader.Extent,
        difference: RegionMapHeader.Extent,
        accessPointCount: Int
    ) {
        self.number = number
        self.codes = codes
        self.base = Runs(base)
        self.difference = Runs(difference)
        limit = UInt32(clamping: accessPointCount)
        self.base.advance(codes, limit)
        self.difference.advance(codes, limit)
    }

    /// The index of the next access point, in the order of their rank, or nil after the last.
    ///
    /// Every index is less than the number of access points, also when the bytes are damaged.
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
                difference.advance(codes, limit)
            }
            change = min(base.boundary, difference.boundary)
            if !isInside { position = change }
        }
        defer { position += 1 }
        return Int(position)
    }
}

/// Goes through the places where an encoded set begins and ends to hold indexes.
///
/// The code of each run is a varint, twice the gap since the run before, plus one when another
/// varint follows, the run's length less two; without it the run has one member.
private struct Runs {
    private var offset: Int
    private let end: Int
    /// Where the run that began at ``boundary`` ends; 0 when it has ended.
    private var pendingEnd: UInt32 = 0
    /// The next index at which membership changes, never less than the one before; the limit when no
    /// change is left.
    private(set) var boundary: UInt32 = 0

    init(_ extent: RegionMapHeader.Extent) {
        offset = extent.offset
        end = extent.offset + extent.byteCount
    }

    @inline(__always)
    mutating func advance(_ codes: RawSpan, _ limit: UInt32) {
        if pendingEnd > 0 {
            boundary = pendingEnd
            pendingEnd = 0
            return
        }
        guard offset < end, let code = codes.varint(at: &offset) else {
            boundary = limit
            return
        }
        var length: UInt32 = 1
        if code & 1 == 1 { length = 2 + (codes.varint(at: &offset) ?? 0) }
        boundary = min(limit, boundary + code >> 1)
        pendingEnd = min(limit, boundary + length)
    }
}

extension RawSpan {
    /// Reads an unsigned LEB128 number of at most 21 bits at `offset` and moves `offset` past it; nil
    /// at the end of these bytes.
    ///
    /// A number that goes on after three bytes is cut there: only damaged bytes hold one.
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
