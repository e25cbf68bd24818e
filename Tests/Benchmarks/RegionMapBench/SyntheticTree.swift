import RegionMapFormat

/// A tree and mirrors with faults, made from a seed, with the proportions of a real one.
///
/// Half of the paths are symlinks beside their files; files have an age and one of 256 folders;
/// three in a hundred belong to releases. Every mirror has one fault profile and two access points.
struct SyntheticTree {
    /// The way in which a mirror falls short.
    private enum Profile {
        case perfect
        case empty
        /// A random share of all files is absent.
        case missing(share: Double)
        /// It has nothing newer than this age, on a scale from 0 to 1.
        case lagging(age: Double)
        case missingFolders(Set<Int>)
        case noLinks
        case noReleases
    }

    private var random: SeededGenerator
    private let profiles: [Profile]
    let pathCount: Int

    /// With `missing`, every mirror lacks a random share of all files: few files then have a list
    /// of replicas in common.
    init(pathCount: Int, mirrorCount: Int = 60, missing: Double? = nil, seed: UInt64 = 7) {
        self.pathCount = pathCount
        var random = SeededGenerator(seed: seed)
        profiles = (0..<mirrorCount).map { index in
            if let missing { return .missing(share: missing) }
            return switch index % 11 {
            case 0, 1: .perfect
            case 2: .missing(share: Double.random(in: 0.003...0.03, using: &random))
            case 3, 4: .missing(share: Double.random(in: 0.001...0.01, using: &random))
            case 5:
                .missingFolders(
                    Set((0..<3).map { _ in Int.random(in: 0..<256, using: &random) })
                )
            case 6: .empty
            case 7: .lagging(age: Double.random(in: 0.001...0.02, using: &random))
            case 8: .noLinks
            case 9: .noReleases
            default: .perfect
            }
        }
        self.random = random
    }

    var accessPointCount: Int { profiles.count * 2 }

    /// Appends the path with a number, always the same one; numbers of ``pathCount`` and above give
    /// paths that the tree does not contain.
    static func append(pathOf number: Int, to path: inout [UInt8]) {
        let name = SeededGenerator.mixed(UInt64(number))
        path += "distfiles/".utf8
        path.append(name & 255, radix: 16)
        path.append(UInt8(ascii: "/"))
        path.append(name >> 30, radix: 36)
        path.append(UInt8(ascii: "-"))
        path.append(UInt64(number), radix: 10)
        path.append(UInt8(ascii: "."))
        path.append(name >> 8 & 15, radix: 10)
        path += ".tar.xz".utf8
    }

    static func path(_ number: Int) -> [UInt8] {
        var path: [UInt8] = []
        append(pathOf: number, to: &path)
        return path
    }

    /// Calls `body` with the number of each path and the access points that hold it.
    mutating func forEachPath<E: Error>(
        _ body: (Int, [UInt16]) throws(E) -> Void
    ) throws(E) {
        var replicas: [UInt16] = []
        var folder = 0
        var age = 0.0
        var isRelease = false
        for number in 0..<pathCount {
            let isLink = number % 2 == 1
            if !isLink {
                folder = Int.random(in: 0..<256, using: &random)
                age = Double.random(in: 0..<1, using: &random)
                isRelease = Int.random(in: 0..<100, using: &random) < 3
            }
            replicas.removeAll(keepingCapacity: true)
            for (mirror, profile) in profiles.enumerated() {
                let holds =
                    switch profile {
                    case .perfect: true
                    case .empty: false
                    case .missing(let share): Double.random(in: 0..<1, using: &random) >= share
                    case .lagging(let limit): age >= limit
                    case .missingFolders(let folders): isRelease || !folders.contains(folder)
                    case .noLinks: !isLink
                    case .noReleases: !isRelease
                    }
                if holds {
                    replicas.append(UInt16(mirror * 2))
                    replicas.append(UInt16(mirror * 2 + 1))
                }
            }
            try body(number, replicas)
        }
    }

    /// The writer with all access points; their texts are as long as those of the real mirror list.
    func writer() throws(RegionMapError) -> RegionMapWriter {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 1,
            builtAt: 1_787_359_501,
            expectedPathCount: pathCount
        )
        for index in 0..<accessPointCount {
            let host = "mirror\(1000 + index / 2).example.org"
            let scheme = index % 2 == 0 ? "https" : "http"
            try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "\(host)-\(scheme)",
                    mirrorID: host,
                    mirrorName: "University of Example \(index / 2)",
                    baseURL: "\(scheme)://\(host)/pub/gentoo/",
                    clientCountries: "",
                    scheme: index % 2 == 0 ? .https : .http,
                    rank: UInt16(index / 2)
                )
            )
        }
        return writer
    }
}

extension [UInt8] {
    /// Appends the digits of `value`, the most significant first.
    fileprivate mutating func append(_ value: UInt64, radix: UInt64) {
        let start = count
        var rest = value
        repeat {
            let digit = UInt8(rest % radix)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            rest /= radix
        } while rest > 0
        self[start...].reverse()
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
