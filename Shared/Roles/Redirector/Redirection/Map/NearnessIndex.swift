import RegionMapFormat

/// Which access points are near which places; built once for a map, so that a choice by place
/// examines a few dozen holders instead of all.
///
/// The globe is divided into cells, and each cell has *guides*, places of mirrors in or near it. A
/// guide lists the access points with the shortest time to first byte from there. A client goes
/// down the list of its nearest guide, and stops when no later one can be among the best: by the
/// triangle inequality, an access point is no nearer to the client than to the guide, less the
/// distance between the two. The result is the same as from examining all holders.
///
/// Guides are the pivots in Chávez and others, "Searching in metric spaces", ACM Computing Surveys
/// 33(3), 2001.
package final class NearnessIndex: Sendable {
    /// With fewer holders, examining all of them is as fast.
    static let usefulCount = 48
    /// The maximum length of a list.
    private static let listLength = 96
    private static let guideLimit = 255
    private static let guidesPerCell = 4
    /// A cell is a square on one of the six sides of a cube around the globe; each side is divided
    /// into this many along an edge.
    private static let cellsPerEdge = 12
    /// The resolution of times in a list.
    fileprivate static let stepsPerMillisecond = 2.0
    private static let stepLimit = 511
    /// More than the error of three angles plus the rounding of the sums of times.
    private static let tolerance = 0.5

    private let guides: [GlobePoint]
    /// For each cell, the numbers of its guides, the nearest to its centre first.
    private let cells: [UInt8]
    /// For each guide its list: a time in steps, rounded down, in the upper half, and the index of
    /// an access point in the lower.
    private let lists: [UInt32]
    private let length: Int

    /// Builds the index of `table`; nil if examining all holders is as fast, or ``HolderBits`` has
    /// no room for them.
    ///
    /// Time and memory are proportional to guides times access points: 170 lists of 96 four-byte
    /// entries for 170 mirrors.
    init?(_ table: borrowing AccessPointTable) {
        guard table.entries.count > Self.listLength, table.entries.count <= HolderBits.capacity
        else { return nil }
        let guides = table.firstSites(limit: Self.guideLimit)
        guard !guides.isEmpty else { return nil }
        var lists: [UInt32] = []
        lists.reserveCapacity(guides.count * Self.listLength)
        for guide in guides { Self.append(listOf: guide, in: table, to: &lists) }
        self.guides = guides
        self.lists = lists
        length = lists.count / guides.count
        cells = Self.cells(of: guides)
    }

    /// Appends the list of `guide`.
    ///
    /// All lists have the same length, because each omits access points without a location.
    private static func append(
        listOf guide: GlobePoint,
        in table: borrowing AccessPointTable,
        to lists: inout [UInt32]
    ) {
        var steps = [UInt16](repeating: .max, count: table.entries.count)
        // A counting sort: where the access points of each step begin.
        var starts = [Int](repeating: 0, count: stepLimit + 2)
        for index in steps.indices {
            let cosine = table.cosine(of: index, from: guide)
            guard cosine >= -1.5 else { continue }
            let time = table.approaches[index].milliseconds(atCosine: cosine)
            let step = UInt16(min(Double(stepLimit), max(0, time * stepsPerMillisecond)))
            steps[index] = step
            starts[Int(step) + 1] += 1
        }
        for step in 1..<starts.count { starts[step] += starts[step - 1] }
        let base = lists.count
        let count = min(listLength, starts[stepLimit + 1])
        lists.append(contentsOf: repeatElement(0, count: count))
        for (index, step) in steps.enumerated() where step != .max {
            let position = starts[Int(step)]
            starts[Int(step)] += 1
            if position < count {
                lists[base + position] = UInt32(step) << 16 | UInt32(truncatingIfNeeded: index)
            }
        }
    }

    /// The guides of all cells.
    private static func cells(of guides: [GlobePoint]) -> [UInt8] {
        var cells: [UInt8] = []
        for cell in 0..<GlobePoint.squareCount(edge: cellsPerEdge) {
            let middle = GlobePoint(middleOfSquare: cell, edge: cellsPerEdge)
            var best = InlineArray<4, UInt8>(repeating: 0)
            var cosines = InlineArray<4, Double>(repeating: -2)
            for (number, guide) in guides.enumerated() {
                var cosine = middle.cosine(to: guide)
                var number = UInt8(truncatingIfNeeded: number)
                for position in 0..<guidesPerCell where cosine > cosines[position] {
                    swap(&cosine, &cosines[position])
                    swap(&number, &best[position])
                }
            }
            for position in 0..<guidesPerCell { cells.append(best[position]) }
        }
        return cells
    }
}

extension NearnessIndex {
    /// A client's way down a guide's list.
    struct Path {
        let positions: Range<Int>
        /// By how many steps an access point may be faster than the list says.
        fileprivate let lead: Double

        /// The step after which no access point answers within `milliseconds`.
        func step(at milliseconds: Double) -> Double {
            milliseconds * stepsPerMillisecond + lead
        }
    }

    @inline(__always)
    func path(from place: GlobePoint) -> Path {
        let cell = place.square(edge: Self.cellsPerEdge) * Self.guidesPerCell
        var nearest = 0
        var greatest = -2.0
        for position in cell..<cell + Self.guidesPerCell {
            let guide = Int(cells[position])
            let cosine = place.cosine(to: guides[guide])
            if cosine > greatest { (greatest, nearest) = (cosine, guide) }
        }
        let way = GlobePoint.angle(ofCosine: greatest) * Approach.millisecondsPerRadian
        return Path(
            positions: nearest * length..<(nearest + 1) * length,
            lead: way * Self.stepsPerMillisecond + Self.tolerance
        )
    }

    /// The entry at `position` of a list: the minimum time in steps, and the index of the access
    /// point.
    @inline(__always)
    subscript(position: Int) -> (step: UInt32, accessPoint: Int) {
        let entry = lists[position]
        return (entry >> 16, Int(entry & 0xFFFF))
    }
}
