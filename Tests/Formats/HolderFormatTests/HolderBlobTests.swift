import HolderFormat
import RegionMapFormat
import TestSupport
import Testing

@Suite struct HolderBlobTests {
    typealias Statement = HolderView.Statement

    /// Three access points: `a` holds all, `b` lacks `x/1` since 100, `c` refuses everything.
    private func sample() throws -> [UInt8] {
        var writer = HolderWriter(catalogGeneration: 7, builtAt: 1000)
        for id in ["a", "b", "c"] { try writer.addAccessPoint("\(id)-https", ofMirror: id) }
        let lacking = UInt16(try writer.addStatement(.lacking, at: 1, since: 100))
        let refused = UInt16(try writer.addStatement(.refused, at: 2, since: nil))
        try writer.add(path: Array("x/1".utf8), statements: [lacking, refused])
        try writer.add(path: Array("x/".utf8), statements: [refused])
        return try writer.finished()
    }

    private func statements(_ bytes: [UInt8], _ path: String) throws -> [Statement]? {
        let view = try unsafe HolderView(bytes.span.bytes)
        return unsafe view.statements(about: Array(path.utf8).span.bytes)
    }

    @Test func saysWhatWasWritten() throws {
        let bytes = try sample()
        let held = Statement(.held)
        #expect(
            try statements(bytes, "x/1") == [
                held, Statement(.lacking, since: 100), Statement(.refused),
            ]
        )
        #expect(try statements(bytes, "x/") == [held, held, Statement(.refused)])
        #expect(try statements(bytes, "x") == nil)
        let view = try unsafe HolderView(bytes.span.bytes)
        try view.verify()
        #expect(view.accessPointCount == 3)
        var id: [UInt8] = []
        if let bytes = view.id(of: 2) { unsafe bytes.withUnsafeBytes { unsafe id += $0 } }
        #expect(id == Array("c-https".utf8))
        #expect(view.header.catalogGeneration == 7)
    }

    @Test func readsABlobWithoutAccessPointsOrPaths() throws {
        let bytes = try HolderWriter(catalogGeneration: 1, builtAt: 0).finished()
        #expect(try statements(bytes, "x") == nil)
        var writer = HolderWriter(catalogGeneration: 1, builtAt: 0)
        try writer.add(path: Array("x".utf8), statements: [])
        #expect(try statements(writer.finished(), "x") == [])
    }

    @Test func refusesStatementsAboutNobodyAndOutOfOrder() throws {
        var writer = HolderWriter(catalogGeneration: 1, builtAt: 0)
        try writer.addAccessPoint("a", ofMirror: "a")
        #expect(throws: RegionMapError.unknownAccessPoint(index: 1, accessPointCount: 1)) {
            try writer.addStatement(.lacking, at: 1, since: nil)
        }
        _ = try writer.addStatement(.refused, at: 0, since: nil)
        #expect(throws: RegionMapError.ranksNotAscending(accessPoint: 2)) {
            try writer.addStatement(.lacking, at: 0, since: nil)
        }
    }

    /// A statement that only a newer builder makes is no proof that the file is there.
    @Test func kindsThatAreNotKnownAreNoProof() throws {
        var map = RegionMapWriter(regionID: "all", catalogGeneration: 1, builtAt: 0)
        for (id, rank) in [("a", 0), ("", 200)] as [(String, UInt16)] {
            try map.addAccessPoint(
                RegionMapAccessPoint(
                    id: id,
                    mirrorID: "a",
                    mirrorName: "",
                    baseURL: "",
                    clientCountries: "",
                    scheme: nil,
                    rank: rank,
                    weight: 0
                )
            )
        }
        try map.add(path: Array("x".utf8), replicas: [1])
        #expect(try statements(map.finished(), "x") == [Statement(.unasked)])
    }

    @Test func rejectsEveryProperPrefix() throws {
        let bytes = try sample()
        for count in 0..<bytes.count {
            #expect(throws: RegionMapError.self) {
                _ = try unsafe HolderView(Array(bytes[..<count]).span.bytes)
            }
        }
    }

    /// Verification finds damage; without it, damage causes no traps.
    @Test func findsEveryFlippedBit() throws {
        let bytes = try sample()
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                #expect(throws: RegionMapError.self) {
                    let view = try unsafe HolderView(damaged.span.bytes)
                    for path in ["x/1", "x/", "y"] {
                        _ = unsafe view.statements(about: Array(path.utf8).span.bytes)
                    }
                    for number in 0..<view.accessPointCount { _ = view.id(of: number) }
                    try view.verify()
                }
            }
        }
    }
}
