import TestSupport
import Testing

@testable import RegionMapFormat

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension RegionMapAccessPoint {
    static func make(_ name: String = "a", rank: UInt16 = 0) -> RegionMapAccessPoint {
        RegionMapAccessPoint(
            id: "\(name)-https",
            mirrorID: name,
            mirrorName: "Mirror \(name)",
            baseURL: "https://\(name).example.org/gentoo/",
            clientCountries: "",
            scheme: .https,
            rank: rank
        )
    }
}

/// A catalog kept as a plain dictionary, to compare a map with.
struct Model {
    var accessPointCount: Int
    var accessPointsPerMirror: Int
    var paths: [[UInt8]: [UInt16]] = [:]
    /// The order in which paths are added.
    var order: [[UInt8]] = []

    /// Paths like those of a tree.
    ///
    /// A few patterns of replicas are common, and `faultShare` of the paths differ from theirs in
    /// one to three mirrors, or once in 16 times in a single access point of one.
    init(
        pathCount: Int,
        accessPointCount: Int,
        faultShare: Double,
        accessPointsPerMirror: Int = 1,
        seed: UInt64
    ) {
        self.accessPointCount = accessPointCount
        self.accessPointsPerMirror = accessPointsPerMirror
        var random = SeededGenerator(seed: seed)
        let mirrorCount = (accessPointCount + accessPointsPerMirror - 1) / accessPointsPerMirror
        let patterns = (0..<6).map { _ in
            let holds = (0..<mirrorCount).map { _ in Double.random(in: 0..<1, using: &random) < 0.8
            }
            return (0..<accessPointCount).filter { holds[$0 / accessPointsPerMirror] }
        }
        for number in 0..<pathCount {
            let path = Self.path(number)
            var replicas = Set(patterns[min(5, number.trailingZeroBitCount)])
            if accessPointCount > 0, Double.random(in: 0..<1, using: &random) < faultShare {
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let index = Int.random(in: 0..<accessPointCount, using: &random)
                    let first = index - index % accessPointsPerMirror
                    let isWhole = accessPointsPerMirror > 1 && random.next() % 16 > 0
                    let end = min(accessPointCount, first + accessPointsPerMirror)
                    replicas.formSymmetricDifference(isWhole ? first..<end : index..<(index + 1))
                }
            }
            paths[path] = replicas.sorted().map(UInt16.init)
            order.append(path)
        }
    }

    /// Small, but with base sets, records and both tables.
    static func small() -> Model {
        Model(pathCount: 60, accessPointCount: 12, faultShare: 0.6, seed: 4)
    }

    /// Small, but with ranked sets by mirrors and by access points, and with records.
    static func ranked() -> Model {
        Model(
            pathCount: 160,
            accessPointCount: 16,
            faultShare: 0.7,
            accessPointsPerMirror: 2,
            seed: 4
        )
    }

    /// Numbers beyond a model's count give paths that it does not hold.
    static func path(_ number: Int) -> [UInt8] {
        let folder = String(number &* 0x9E37 & 255, radix: 16)
        let text = "distfiles/\(folder)/file%2F\(number)"
        return Array((number % 7 == 0 ? text + "/" : text + "-1.\(number % 13).tar.xz").utf8)
    }

    func written() throws -> [UInt8] {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 7,
            builtAt: 1_787_359_501,
            expectedPathCount: order.count
        )
        for index in 0..<accessPointCount {
            let mirror = index / accessPointsPerMirror
            try writer.addAccessPoint(.make("m\(mirror)", rank: UInt16(mirror)))
        }
        for path in order { try writer.add(path: path, replicas: paths[path] ?? []) }
        return try writer.finished()
    }
}

/// What the map in `bytes` says about `path`, as an array; nil for an unknown path.
func replicas(of path: [UInt8], in bytes: [UInt8]) throws -> [UInt16]? {
    try unsafe RegionMap(bytes.span.bytes).members(of: path)
}

extension RegionMap {
    func members(of path: [UInt8]) -> [UInt16]? {
        guard var set = unsafe replicas(of: path.span.bytes) else { return nil }
        return set.collected()
    }

    func members(ofSet number: Int) -> [UInt16]? {
        guard var set = replicaSet(at: number) else { return nil }
        return set.collected()
    }
}

extension ReplicaSet {
    @_lifetime(self: copy self)
    fileprivate mutating func collected() -> [UInt16] {
        var members: [UInt16] = []
        while let index = next() { members.append(UInt16(index)) }
        return members
    }
}

/// Opens and verifies a map, as every program does that has enough time.
func verify(_ bytes: [UInt8]) throws(RegionMapError) {
    try unsafe RegionMap(bytes.span.bytes).verifyChecksum()
}

/// Writes `value` over the bytes at `offset`.
func overwrite(_ bytes: inout [UInt8], at offset: Int, with value: some FixedWidthInteger) {
    for place in 0..<(value.bitWidth / 8) {
        bytes[offset + place] = UInt8(truncatingIfNeeded: value >> (8 * place))
    }
}

/// Corrects the header's checksum, as a writer with other ideas would.
func resealHeader(_ bytes: inout [UInt8], byteCount: Int = RegionMapHeader.byteCount) {
    var checksum = CRC32()
    unsafe checksum.update(bytes.span.bytes.extracting(0..<12))
    unsafe checksum.update(bytes.span.bytes.extracting(16..<byteCount))
    overwrite(&bytes, at: 12, with: checksum.value)
}

enum FixtureError: Error {
    case cannotOpen(String)
}

/// The bytes of a file, its path relative to `Tests`.
func fixture(_ path: String) throws -> [UInt8] {
    let path = absolute(path)
    guard let stream = unsafe fopen(path, "rb") else { throw FixtureError.cannotOpen(path) }
    defer { unsafe fclose(stream) }
    var bytes: [UInt8] = []
    while true {
        let byte = unsafe getc(stream)
        if byte == EOF { return bytes }
        bytes.append(UInt8(truncatingIfNeeded: byte))
    }
}

func writeFixture(_ path: String, _ bytes: [UInt8]) throws {
    let path = absolute(path)
    guard let stream = unsafe fopen(path, "wb") else { throw FixtureError.cannotOpen(path) }
    for byte in bytes { unsafe putc(Int32(byte), stream) }
    unsafe fclose(stream)
}

private func absolute(_ path: String) -> String { "\(Repository.root)/Tests/\(path)" }
