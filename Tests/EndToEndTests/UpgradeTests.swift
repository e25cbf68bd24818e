import Foundation
import JSON
import Redirection
import TestSupport
import Testing

/// Continues with a store left by the programs of 0.1.0 (Tests/Fixtures/store-0.1.0): no file is
/// asked for again, and in a rolling update each version serves what the other wrote.
@Suite(
    .serialized,
    .needs("libfaketime", if: MovedClock.library != nil)
)
struct UpgradeTests {
    /// The two mirrors at the URLs that the store has, and a copy of the store.
    private final class World {
        let folder: TemporaryFolder
        let server: Nginx
        /// For each mirror, the paths whose files match the catalog.
        var right: [String: Set<String>] = [:]
        let clock: MovedClock

        init() throws {
            folder = try TemporaryFolder("upgrade")
            let fixture = "\(Product.root)/Tests/Fixtures/store-0.1.0"
            try FileManager.default.copyItem(
                atPath: fixture,
                toPath: folder.appending("storage")
            )
            for name in ["README.md", "mirrors.txt", "made-at"] {
                try FileManager.default.removeItem(atPath: folder.appending("storage/\(name)"))
            }
            let madeAt = try Fixture.text("store-0.1.0/made-at").trimmingCharacters(in: .newlines)
            // Ten minutes later.
            let offset = (Int(madeAt) ?? 0) + 600 - Int(Date().timeIntervalSince1970)
            clock = MovedClock(offset: offset)
            try Self.makeTrees(folder)
            server = try Nginx(
                server: "autoindex on;",
                root: folder.appending("mirrors"),
                address: "127.0.10.10",
                port: 18_010
            )
            let trees = ["one", "two"].map { ServedTree(root: folder.appending("mirrors/\($0)")) }
            let whole = try trees[0].everyPath().filter { !$0.isDirectory }
            for (name, tree) in zip(["one", "two"], trees) {
                right[name] = Set(
                    whole.filter { tree.entry(at: $0.path) == $0 }
                        .map { String(decoding: $0.path, as: UTF8.self) }
                )
            }
        }

        deinit { server.stop() }

        private static func makeTrees(_ folder: TemporaryFolder) throws {
            let files = FileManager.default
            for line in try Fixture.text("store-0.1.0/mirrors.txt").split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                let path = "mirrors/\(words[0])/\(words[2])"
                try folder.makeFolder(path.split(separator: "/").dropLast().joined(separator: "/"))
                guard words[1] == "file", let byteCount = Int(words[3]), let time = Double(words[4])
                else {
                    try files.createSymbolicLink(
                        atPath: folder.appending(path),
                        withDestinationPath: words[3]
                    )
                    continue
                }
                try folder.write(String(repeating: "x", count: byteCount), to: path)
                try files.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: time)],
                    ofItemAtPath: folder.appending(path)
                )
            }
        }

        var storageURL: String { "file://" + folder.appending("storage") }

        func run(_ name: String, _ request: String = "") throws {
            let result = try Product.function(name, environment: ["STORAGE_URL": storageURL])
                .run(request, environment: clock.environment, seconds: 120)
            guard result.isSuccess else { throw EndToEndError.failed(name, result) }
        }

        /// The requests that the mirrors got so far: method and path.
        var requests: [String] {
            server.text(of: "access.log").split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "\"")
                let words = parts.count > 1 ? parts[1].split(separator: " ") : []
                return words.count > 1 ? "\(words[0]) \(words[1])" : nil
            }
        }

        func blob(_ key: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: folder.appending("storage/\(key)")))
        }

        /// Every path of the catalog is redirected to a mirror that has it.
        func expectRedirectsAreRight(_ note: String) throws {
            let redirector = try Redirector(storageURL: storageURL, region: "europe")
            defer { redirector.child.stop() }
            let paths = (right["one"] ?? []).sorted()
            #expect(paths.count > 150)
            let locations = try redirector.locations(
                of: paths.map { "/" + percentEncoded($0.utf8) }
            )
            for (path, location) in zip(paths, locations) {
                let mirror = ["one", "two"].first {
                    location?.hasPrefix("http://127.0.10.10:18010/\($0)/") == true
                }
                let isRight = mirror.map { right[$0]?.contains(path) == true } ?? false
                #expect(isRight, "\(note): \(path) to \(location ?? "nothing")")
            }
        }
    }

    @Test func nothingIsAskedForThatWasNotDue() throws {
        let world = try World()
        let old = try world.blob("checks/127.0.10.10-2-http.checks")
        try world.run("checker", #"{"mode":"check"}"#)
        // The check of health asks for one file of each mirror; the same file proves that a host
        // pipelines.
        let requests = world.requests
        for mirror in ["one", "two"] {
            let files = Set(requests.filter { $0.hasPrefix("HEAD /\(mirror)/distfiles/") })
            #expect(files.count <= 1, "\(requests)")
        }
        #expect(!requests.contains { $0.hasPrefix("HEAD") && $0.contains("/releases/") })
        // One request finds out whether folders can be listed.
        #expect(requests.count { $0.hasPrefix("GET") } <= 2)
        #expect(requests.count < 20, "\(requests)")
        try world.run("builder")
        try world.expectRedirectsAreRight("after the upgrade")
        // After a downgrade, the old state is still there.
        #expect(try world.blob("checks/127.0.10.10-2-http.checks") == old)
    }

    @Test func eachVersionServesWhatTheOtherWrote() throws {
        let world = try World()
        // A new redirector with the earlier maps and health.
        try world.expectRedirectsAreRight("maps of 0.1.0")
        let before = try world.blob("maps/europe.map")
        // A new builder, before a new checker.
        try world.run("builder")
        try world.expectRedirectsAreRight("states of 0.1.0")
        // Maps have the version that 0.1.0 reads, and so does the rendered health.
        let after = try world.blob("maps/europe.map")
        #expect(after.prefix(8) == before.prefix(8))
        try world.run("checker", #"{"mode":"probe"}"#)
        let health = try JSONValue(parsing: [UInt8](world.blob("health.json")))
        var fields = try JSONFields(health)
        #expect(try fields.integer("version", in: 1...1) == 1)
        #expect(try fields.integer("checkedAt", in: 1...4_000_000_000) != nil)
        #expect(try fields.array("down")?.isEmpty == true)
        try world.run("checker", #"{"mode":"check"}"#)
        try world.run("builder")
        try world.expectRedirectsAreRight("all of it new")
    }
}

extension Fixture {
    fileprivate static func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }
}
