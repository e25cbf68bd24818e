import Glibc
import RegionMapFormat

/// Prints how the size, time and memory of a region map grow with the number of paths, and the
/// costs of many lists of replicas and of other structures.
///
/// `region-map-bench [path count]…`; the default counts are 10^4, 149,000, 10^6 and 10^7. Times
/// depend on the machine, so compare only figures of the same run.
@main
struct RegionMapBench {
    static func main() throws {
        var counts = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        if counts.isEmpty { counts = [10_000, 149_000, 1_000_000, 10_000_000] }
        guard counts.allSatisfy({ (1...100_000_000).contains($0) }) else {
            print("usage: region-map-bench [path count]...")
            exit(2)
        }
        print("A region map of 60 mirrors with faults, 120 access points\n")
        print(Self.heading)
        for count in counts { print(try GrowthRow(SyntheticTree(pathCount: count)).text) }
        print("\nThe same with every mirror lacking 1, 2, 4, 4.5 % of all files by chance\n")
        print(Self.heading)
        for missing in [0.01, 0.02, 0.04, 0.045] {
            print(try GrowthRow(SyntheticTree(pathCount: 149_000, missing: missing)).text)
        }
        print("\nWhat could stand in for its path table, by the same paths\n")
        print(AlternativesTable.heading)
        for count in counts where count <= 1_000_000 && count > 10_000 {
            try AlternativesTable(SyntheticTree(pathCount: count)).printRows()
        }
        print("\n\(try mistakes(pathCount: 149_000))")
    }

    private static let heading = """
        | paths | lists | built s | peak MiB | bytes a path | bound | ratio | opened us | \
        CRC ms | known ns | unknown ns |
        |---|---|---|---|---|---|---|---|---|---|---|
        """

    /// The number of unknown paths, out of 2^26, that are mistaken for known ones.
    private static func mistakes(pathCount: Int) throws -> String {
        let bytes = try BuiltMap(SyntheticTree(pathCount: pathCount)).bytes
        let map = try unsafe RegionMap(bytes.span.bytes)
        // Eight bytes that occur in no path of the tree.
        let tries = UInt64(1) << 26
        var mistaken = 0
        for number in 0..<tries {
            let path = [1 of UInt64](repeating: number)
            if unsafe map.replicas(of: path.span.bytes) != nil { mistaken += 1 }
        }
        return "\(mistaken) of \(tries) unknown paths were taken for known; expected 4"
    }
}

/// A map, and the cost of writing it.
struct BuiltMap {
    private(set) var bytes: [UInt8] = []
    private(set) var seconds = 0.0
    let peakMebibytes: Int
    /// 24 bits plus the entropy of the list, in bits: on average no structure needs less for a
    /// path.
    private(set) var boundBits = 24.0
    private(set) var listCount = 0

    /// Writes the map; making the input is not part of the time.
    init(_ tree: SyntheticTree) throws(RegionMapError) {
        var tree = tree
        var counts: [UInt64: Int] = [:]
        var copy = tree
        copy.forEachPath { _, replicas in
            counts[unsafe PathHash.hash(replicas.span.bytes, seed: 0), default: 0] += 1
        }
        listCount = counts.count
        for count in counts.values {
            let share = Double(count) / Double(tree.pathCount)
            boundBits -= share * log2(share)
        }
        counts = [:]

        Measurement.resetPeak()
        var writer = try tree.writer()
        var batch: [(path: [UInt8], replicas: [UInt16])] = []
        var spent = 0.0
        func flush() throws(RegionMapError) {
            spent += try Measurement.seconds { () throws(RegionMapError) in
                for entry in batch { try writer.add(path: entry.path, replicas: entry.replicas) }
            }
            batch.removeAll(keepingCapacity: true)
        }
        try tree.forEachPath { (number, replicas) throws(RegionMapError) in
            batch.append((SyntheticTree.path(number), replicas))
            if batch.count == 4096 { try flush() }
        }
        try flush()
        var map: [UInt8] = []
        spent += try Measurement.seconds { () throws(RegionMapError) in
            map = try writer.finished()
        }
        bytes = map
        seconds = spent
        peakMebibytes = Measurement.peakMebibytes
    }
}

/// A map of one size: written, opened, verified and looked up in.
private struct GrowthRow {
    let text: String

    init(_ tree: SyntheticTree) throws {
        let built = try BuiltMap(tree)
        let bytes = built.bytes
        let bits = Double(bytes.count * 8) / Double(tree.pathCount)
        let rounds = 10_000
        var opened = 0
        let opening = try Measurement.seconds {
            for _ in 0..<rounds {
                opened += try unsafe RegionMap(bytes.span.bytes).header.pathCount
            }
        }
        precondition(opened == rounds * tree.pathCount)
        let verifying = try Measurement.seconds {
            try unsafe RegionMap(bytes.span.bytes).verifyChecksum()
        }

        let map = try unsafe RegionMap(bytes.span.bytes)
        var first = 0
        func isKnown(_ path: RawSpan) -> Bool {
            guard var set = map.replicas(of: path) else { return false }
            if let best = set.next() { first &+= best }
            return true
        }
        let lookups = 1_000_000
        // In an order without locality.
        let known = PathColumn(lookups) {
            Int(SeededGenerator.mixed($0) % UInt64(tree.pathCount))
        }
        let knownTime = Measurement.nanoseconds(of: known, expecting: lookups...lookups, isKnown)
        let unknown = PathColumn(lookups) { tree.pathCount + Int($0) }
        let unknownTime = Measurement.nanoseconds(of: unknown, expecting: 0...2, isKnown)
        precondition(first >= 0)
        let fixed = Measurement.fixed
        text = Measurement.row(
            "\(tree.pathCount)",
            "\(built.listCount)",
            fixed(built.seconds, 2),
            "\(built.peakMebibytes)",
            fixed(bits / 8, 2),
            fixed(built.boundBits / 8, 2),
            fixed(bits / built.boundBits, 2),
            fixed(opening / Double(rounds) * 1e6, 1),
            fixed(verifying * 1e3, 2),
            fixed(knownTime, 0),
            fixed(unknownTime, 0)
        )
    }
}
