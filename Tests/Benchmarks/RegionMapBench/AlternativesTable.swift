import RegionMapFormat

/// A structure that knows paths, with a code of a few bits for each.
protocol PathFunction {
    /// The size of everything that a look-up may read.
    var byteCount: Int { get }
    /// The code of a path, or nil if the path is not known.
    func code(of path: RawSpan) -> UInt32?
}

/// The path table of a region map compared with possible alternatives.
///
/// All of them get the same paths with the same codes, those of the map's own table: the number of
/// a frequent list, or "ask the rare table". The rest of the map, with its lists, access points and
/// rare table, would be the same for each of them and is included in every size.
struct AlternativesTable {
    static let heading = """
        | paths | path table | built s | bytes a path | whole map | ratio to bound | known ns | \
        unknown ns |
        |---|---|---|---|---|---|---|---|
        """

    private let pathCount: Int
    private let boundBits: Double
    private let mapByteCount: Int
    private let codes: [UInt32]
    private let codeBitCount: Int

    init(_ tree: SyntheticTree) throws {
        let built = try BuiltMap(tree)
        let map = try unsafe RegionMap(built.bytes.span.bytes)
        pathCount = tree.pathCount
        boundBits = built.boundBits
        mapByteCount = built.bytes.count
        let rare = map.header.baseSetCount
        codeBitCount = Int.bitWidth - rare.leadingZeroBitCount
        codes = (0..<tree.pathCount).map { number in
            let set = unsafe map.replicas(of: SyntheticTree.path(number).span.bytes)
            return UInt32(min(rare, set?.number ?? rare))
        }
    }

    /// Ours comes first, because the sizes of the others' maps follow from it.
    func printRows() throws {
        let ours = measured { FuseFunction(wise: 4, paths(), codes, codeBitCount) }
        let rest = mapByteCount - ours.byteCount
        show("4-wise binary fuse and fingerprint (ours)", ours, rest)
        show(
            "3-wise binary fuse and fingerprint",
            measured { FuseFunction(wise: 3, paths(), codes, codeBitCount) },
            rest
        )
        show(
            "minimal perfect hash (BBHash) and fingerprint",
            measured { PerfectHashFunction(paths(), codes, codeBitCount) },
            rest
        )
        show("sorted 64-bit hashes", measured { SortedHashes(paths(), codes) }, rest)
        show(
            "front-coded sorted paths, exact",
            measured { FrontCodedPaths(paths(), codes) },
            rest
        )
    }

    private func paths() -> LazyMapSequence<Range<Int>, [UInt8]> {
        (0..<pathCount).lazy.map(SyntheticTree.path)
    }

    private struct Figures {
        var byteCount: Int
        var seconds: Double
        var known: Double
        var unknown: Double
    }

    private func measured<Function: PathFunction>(_ make: () -> Function?) -> Figures {
        var made: Function?
        // The cost of making the paths is excluded.
        var making = Measurement.seconds { made = make() }
        making -= Measurement.seconds { for path in paths() { precondition(!path.isEmpty) } }
        guard let function = made else { preconditionFailure("it cannot be built") }
        for (number, path) in paths().enumerated() where number % 7 == 0 {
            precondition(unsafe function.code(of: path.span.bytes) == codes[number])
        }
        let lookups = 1_000_000
        let known = PathColumn(lookups) { Int(SeededGenerator.mixed($0) % UInt64(pathCount)) }
        let unknown = PathColumn(lookups) { pathCount + Int($0) }
        return Figures(
            byteCount: function.byteCount,
            seconds: making,
            known: Measurement.nanoseconds(of: known, expecting: lookups...lookups) {
                function.code(of: $0) != nil
            },
            unknown: Measurement.nanoseconds(of: unknown, expecting: 0...2) {
                function.code(of: $0) != nil
            }
        )
    }

    private func show(_ name: String, _ figures: Figures, _ rest: Int) {
        let whole = Double(figures.byteCount + rest) / Double(pathCount)
        let fixed = Measurement.fixed
        print(
            Measurement.row(
                "\(pathCount)",
                name,
                fixed(figures.seconds, 2),
                fixed(Double(figures.byteCount) / Double(pathCount), 2),
                fixed(whole, 2),
                fixed(whole * 8 / boundBits, 2),
                fixed(figures.known, 0),
                fixed(figures.unknown, 0)
            )
        )
    }
}

/// The hash that all of them use, like the map.
func hash(of path: RawSpan) -> UInt64 { PathHash.hash(path, seed: 1) }

/// Another 64 bits from the same hash.
func rehashed(_ hash: UInt64, _ seed: UInt64) -> UInt64 {
    SeededGenerator.mixed(hash ^ seed &* 0xD6E8_FEB8_6659_FD93)
}

/// Numbers of a few bits each, end to end.
struct PackedNumbers {
    private var words: [UInt64]
    private let bitCount: Int
    private let mask: UInt64

    init(count: Int, bitCount: Int) {
        words = Array(repeating: 0, count: (count * bitCount + 63) / 64 + 1)
        self.bitCount = bitCount
        mask = 1 << UInt64(bitCount) - 1
    }

    var byteCount: Int { words.count * 8 }

    subscript(index: Int) -> UInt64 {
        get {
            let bit = index &* bitCount
            let low = words[bit / 64] >> UInt64(bit % 64)
            return (low | words[bit / 64 + 1] << UInt64(64 - bit % 64)) & mask
        }
        set {
            let bit = index &* bitCount
            let change = newValue ^ self[index]
            words[bit / 64] ^= change << UInt64(bit % 64)
            words[bit / 64 + 1] ^= change >> UInt64(64 - bit % 64)
        }
    }
}
