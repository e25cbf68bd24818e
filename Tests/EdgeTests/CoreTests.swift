import Foundation
import TestSupport
import Testing

/// The core in WebAssembly as such.
struct CoreTests {
    /// Requests of all kinds, clocks to the year 9999 and beyond, and blobs with flipped bits: a small share of
    /// what `make fuzz-edge` tries.
    @Test(arguments: [EdgeWorld.Shape.weighted, .wide])
    func nothingMakesItTrap(shape: EdgeWorld.Shape) throws {
        let folder = try TemporaryFolder("fuzz")
        try EdgeWorld(shape).write(to: folder)
        let result = try EdgeModule.run(
            "fuzz.mjs",
            [
                "\(EdgeModule.built())/redirector.wasm", folder.appending("state"), "europe",
                "\(Repository.root)/Tests/Fixtures/fuzz", "\(UInt32.random(in: 0...UInt32.max))",
                "20000", "500",
            ]
        )
        #expect(result.isSuccess, "\(result)")
    }

    /// Old maps are freed: an instance is kept, and what it takes is bounded.
    @Test func hundredMapsTakeTheMemoryOfTwo() throws {
        let folder = try TemporaryFolder("swaps")
        try EdgeWorld(.wide).write(to: folder)
        let result = try EdgeModule.run(
            "swaps.mjs",
            [
                "\(EdgeModule.built())/redirector.wasm", EdgeModule.hosts,
                folder.appending("state"), "europe",
            ]
        )
        #expect(result.isSuccess, "\(result)")
    }
}
