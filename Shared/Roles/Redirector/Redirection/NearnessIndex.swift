import RegionMapFormat

/// Which access points are near which places: made once for a map, so that a choice by place looks
/// at a few dozen holders instead of all.
///
/// The globe is cut into cells, and each cell names *guides*, places of mirrors in or near it. A
/// guide lists the access points that have the shortest time to the first byte from there. A client
/// goes down the list of its nearest guide, and stops where no later one can be among the best: by
/// the triangle inequality an access point is no nearer to the client than to the guide less the
/// way between the two. What is chosen is what a look at all holders would choose.
///
/// Guides are the pivots of Chávez and others, "Searching in metric spaces", ACM Computing Surveys
/// 33(3), 2001.
package final class NearnessIndex: Sendable {
    /// With so few holders a look at all of them is as quick.
    static let usefulCount = 48
    /// How long a list is at most.
    private static let listLength = 96
    private static let guideLimit = 255
    private static let guidesPerCell = 4
    /// A cell is a square on one of the six sides of a cube around the globe, which are cut as
    /// often.
    private static let cellsPerEdge = 12
    /// The steps in which a list tells times.
    fileprivate static let stepsPerMillisecond = 2.0
    private static let stepLimit = 511
    /// More than three angles are wrong by, and what the sums of times are rounded by.
    private static let tolerance = 0.5

    private let guides: [GlobePoint]
    /// By cell the numbers of its guides, the nearest to its middle first.
    private let cells: [UInt8]
    /// By guide its list: a time in steps, rounded down, in the upper half, and the index of an
    /// access point below.
    private let lists: [UInt32]
    private let length: Int

    /// Makes the index of `table`; nil where a look at all holders is as good, or ``HolderBits``
    /// has no room for them.
    ///
    /// Takes time and memory in proportion to guides times access points: 170 lists of 96 entries
    /// of four bytes for 170 mirrors.
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

    /// Appends the list of `guide`: as long as that of any other, for all leave out those without
    /// place.
    private static func append(
        listOf guide: GlobePoint,
        in table: borrowing AccessPointTable,
        to lists: inout [UInt32]
    ) {
        var steps = [UInt16](repeating: .max, count: table.entries.count)
        // Sorted by counting: where the access points of each step begin.
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
    /// The list to go down from a place.
    struct Path {
        let positions: Range<Int>
        /// How much sooner than the list tells an access point may answer, in steps.
        fileprivate let lead: Double

        /// The step behind which nobody answers within `milliseconds`.
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

    /// What a list has at `position`: a time in steps, which the access point needs at least, and
    /// its index.
    @inline(__always)
    subscript(position: Int) -> (step: UInt32, accessPoint: Int) {
        let entry = lists[position]
        return (entry >> 16, Int(entry & 0xFFFF))
    }
}
