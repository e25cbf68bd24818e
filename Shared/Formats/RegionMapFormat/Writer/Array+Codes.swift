// How the writer appends what the reader's ``RawSpan`` extensions read.

extension [UInt8] {
    /// Little-endian.
    package mutating func appendInteger(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Unsigned LEB128, as ``RegionMap`` reads it.
    mutating func appendVarint(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// The code of the runs that begin and end at these pairs of boundaries.
    mutating func appendRuns(boundaries: some Collection<UInt16>) {
        var previousEnd = 0
        var iterator = boundaries.makeIterator()
        while let start = iterator.next(), let end = iterator.next() {
            let gap = Int(start) - previousEnd
            let length = Int(end) - Int(start)
            appendVarint(gap * 2 + (length > 1 ? 1 : 0))
            if length > 1 { appendVarint(length - 2) }
            previousEnd = Int(end)
        }
    }

    /// The code of the runs that these access points, ascending, form.
    mutating func appendRuns(of accessPoints: [UInt16]) {
        var boundaries: [UInt16] = []
        for index in accessPoints {
            if boundaries.last == index {
                boundaries[boundaries.count - 1] += 1
            } else {
                boundaries += [index, index + 1]
            }
        }
        appendRuns(boundaries: boundaries)
    }

    /// The number of the most similar base set plus one, or 0 if that is the empty set, and the
    /// difference from it.
    mutating func appendDifference(of set: ArraySlice<UInt16>, bases: [ArraySlice<UInt16>]) {
        var best = Array<UInt16>(set)
        var base = 0
        for (number, candidate) in bases.enumerated() {
            if let difference = Self.difference(set, candidate, below: best.count) {
                best = difference
                base = number + 1
            }
        }
        appendVarint(base)
        appendRuns(boundaries: best)
    }

    /// The boundaries of the symmetric difference of two sets, which are the boundaries that only
    /// one of them has; nil if there are `limit` or more.
    private static func difference(
        _ left: ArraySlice<UInt16>,
        _ right: ArraySlice<UInt16>,
        below limit: Int
    ) -> [UInt16]? {
        var difference: [UInt16] = []
        var (leftIndex, rightIndex) = (left.startIndex, right.startIndex)
        while leftIndex < left.endIndex || rightIndex < right.endIndex {
            if rightIndex == right.endIndex
                || leftIndex < left.endIndex && left[leftIndex] < right[rightIndex]
            {
                difference.append(left[leftIndex])
                leftIndex += 1
            } else if leftIndex == left.endIndex || right[rightIndex] < left[leftIndex] {
                difference.append(right[rightIndex])
                rightIndex += 1
            } else {
                leftIndex += 1
                rightIndex += 1
            }
            if difference.count >= limit { return nil }
        }
        return difference.count < limit ? difference : nil
    }
}
