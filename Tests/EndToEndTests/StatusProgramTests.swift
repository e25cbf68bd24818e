import Foundation
import Glibc
import TestSupport
import Testing

/// The program's pages in a folder and in a real bucket.
@Suite struct StatusProgramTests {
    private func succeed(
        _ name: String,
        _ environment: [String: String],
        _ arguments: [String] = []
    ) throws {
        let result = try Product.function(name, environment: environment)
            .run(arguments: arguments, seconds: 120)
        #expect(result.isSuccess, "\(name) \(arguments): \(result)")
    }

    /// The bytes of every file, by path below `folder`.
    private func files(below folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            // A folder cannot be read like this.
            files[path] = try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)"))
        }
        return files
    }

    /// Both use the same moment: the clock stands still.
    @Test(.needs("libfaketime", if: MovedClock.library != nil))
    func aFolderAndABucketGetTheSameBytes() throws {
        let stages = try StagedStorage(on: .folder)
        defer { stages.stop() }
        let server = try SeaweedFS()
        let folder = stages.environment(of: StagedStorage.Stage.built.rawValue)
        let bucket = folder.merging(server.environment(prefix: "pages")) { $1 }
        let places = [folder["STORAGE_URL"] ?? "", bucket["STORAGE_URL"] ?? ""]
        try succeed("storage", bucket, ["copy"] + places)

        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        var clock = MovedClock(offset: 0).environment
        clock["FAKETIME"] = formatter.string(from: Date())
        clock["TZ"] = "UTC"
        clock["STATUS_URL"] = "https://example.org/_/status/"
        for environment in [folder, bucket] {
            try succeed("status", environment.merging(clock) { $1 })
        }

        let copy = stages.folder.appending("from-bucket")
        try succeed("storage", bucket, ["copy", places[1], "file://\(copy)"])
        for kind in ["status", "history"] {
            // The status function remembers the versions that the store gives its inputs.
            let ours = try files(below: stages.folder.appending("built/\(kind)"))
                .filter { $0.key != "facts" }
            let theirs = try files(below: "\(copy)/\(kind)").filter { $0.key != "facts" }
            #expect(ours.keys.sorted() == theirs.keys.sorted())
            #expect(ours.count >= (kind == "status" ? 20 : 1), "\(ours.keys.sorted())")
            for (path, bytes) in ours { #expect(theirs[path] == bytes, "\(kind)/\(path)") }
        }
    }

    /// If it is killed at any moment, each of its pages is whole, and the index links to existing
    /// pages only; the next run completes them.
    @Test(arguments: StorageKind.allCases)
    func killedAnywhereItLeavesWholePages(_ kind: StorageKind) throws {
        let stages = try StagedStorage(on: kind)
        defer { stages.stop() }
        let environment = stages.environment(of: StagedStorage.Stage.built.rawValue)
        let status = Product.function("status", environment: environment)
        let whole = try status.run(seconds: 60)
        #expect(whole.isSuccess, "\(whole)")
        let all = try pages(environment, in: stages, as: "whole")
        #expect(all.count > 20)
        var random = SeededGenerator(seed: kind == .folder ? 3 : 4)
        var kills = 0
        var partial = 0
        for round in 0..<60 where kills < 12 {
            // Either no page is there, or all except those that a run writes first.
            let gone = Set(all.keys.filter { _ in round % 2 == 0 || Bool.random(using: &random) })
            try succeed("storage", environment, ["rm"] + gone.map { "status/\($0)" }.sorted())
            let child = try status.start(streams: FunctionStreams())
            let moment = Double.random(in: 0..<1, using: &random) * whole.seconds
            if child.wait(until: Date(timeIntervalSinceNow: moment)) == nil {
                child.signal(SIGKILL)
                if child.wait() == .signalled(SIGKILL) { kills += 1 }
            }
            let found = try pages(environment, in: stages, as: "round-\(round)")
            if found.count > all.count - gone.count, found.count < all.count { partial += 1 }
            for (name, bytes) in found { checkPage(name, bytes) }
            if gone.contains("index.html"), let index = found["index.html"] {
                for link in String(decoding: index, as: UTF8.self).links {
                    #expect(found[link] != nil, "\(link), after \(moment) s")
                }
            }
            #expect(try stages.verify(environment) == [])
            try succeed("status", environment)
            let names = try pages(environment, in: stages, as: "again-\(round)").keys.sorted()
            #expect(names == all.keys.sorted())
        }
        #expect(kills >= 12)
        #expect(partial > 0, "no run was killed while it wrote")
    }

    /// The files below `status/`.
    private func pages(
        _ environment: [String: String],
        in stages: StagedStorage,
        as name: String
    ) throws -> [String: Data] {
        let copy = stages.folder.appending("copies/\(name)")
        try succeed(
            "storage",
            environment,
            ["copy", environment["STORAGE_URL"] ?? "", "file://\(copy)"]
        )
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let folder = "\(copy)/status"
        return FileManager.default.fileExists(atPath: folder) ? try files(below: folder) : [:]
    }

    /// A truncated page does not end as its kind does.
    private func checkPage(_ name: String, _ bytes: Data) {
        let text = String(decoding: bytes, as: UTF8.self)
        let ends = [".html": "</html>\n", ".svg": "</svg>\n", ".atom": "</feed>\n"]
        if name.hasSuffix(".json") {
            #expect(throws: Never.self, "\(name)") {
                _ = try JSONSerialization.jsonObject(with: bytes)
            }
        } else {
            let end = ends.first { name.hasSuffix($0.key) }?.value ?? "\n"
            #expect(text.hasSuffix(end), "\(name): \(text.suffix(40))")
        }
    }
}

extension String {
    /// The targets of its relative links.
    fileprivate var links: [String] {
        split(separator: "href=\"").dropFirst().compactMap { rest in
            let link = rest.prefix { $0 != "\"" && $0 != "#" }
            return link.isEmpty || link.contains(":") ? nil : String(link)
        }
    }
}
