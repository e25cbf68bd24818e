import Foundation
import TestSupport
import Testing

/// The core in WebAssembly, without a host module.
struct CoreTests {
    /// Requests of all kinds, clocks up to the year 9999 and beyond, and blobs with flipped bits: a
    /// small share of the cases of `make fuzz-edge`.
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

    /// Old maps are freed: an instance is kept, and its memory is bounded.
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

    /// Every sandbox at the edge loads this zip; that of `make lambda` is no larger.
    @Test func theZipOfTheEdgeHasAtMost200Kilobytes() throws {
        let folder = try TemporaryFolder("edge-zip")
        let content = try folder.makeFolder("content")
        let module = try "\(EdgeModule.built())/redirector.wasm"
        let hosts = ["answer", "core", "lambda-edge", "state"].map {
            "\(EdgeModule.hosts)/\($0).mjs"
        }
        for file in [module] + hosts {
            try FileManager.default.copyItem(
                atPath: file,
                toPath: "\(content)/\(file.split(separator: "/").last ?? "")"
            )
        }
        try folder.write("{}", to: "content/config.json")
        let zip = folder.appending("edge.zip")
        let packing = try FunctionBinary("/usr/bin/python3")
            .run(
                arguments: [
                    "\(Repository.root)/Deployment/aws/zip.py", "1700000000", content, zip,
                ]
            )
        #expect(packing.isSuccess, "\(packing)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: zip)).count <= 200_000)
    }

    /// It is a quarter smaller; a request for a page gets the answer for the path itself.
    @Test func aCoreWithoutPagesRedirectsWhateverIsAsked() throws {
        let folder = try TemporaryFolder("redirects")
        let world = try EdgeWorld(.plain)
        try world.write(to: folder)
        let path = "/" + String(decoding: world.paths[0], as: UTF8.self)
        let result = try EdgeModule.run(
            "redirects.mjs",
            [
                "\(EdgeModule.built())/redirects.wasm", EdgeModule.hosts,
                folder.appending("state"), "europe", path,
            ]
        )
        let answers = result.output.split(separator: "\n").map { $0.split(separator: " ") }
        try #require(answers.count == 7, "\(result)")
        #expect(answers.allSatisfy { $0.count == 3 && $0[1] == "302" }, "\(result.output)")
        let mirror = answers[0][2]
        #expect(!mirror.hasPrefix("https://fallback.example/"))
        for question in [1, 2, 4] {
            #expect(answers[question][2] == mirror, "\(answers[question])")
        }
        for question in [3, 5, 6] {
            #expect(answers[question][2].hasPrefix("https://fallback.example/"))
        }
    }
}
