import Foundation
import TestSupport
import Testing

/// Whatever one mirror does, its neighbours are asked and their answers stored within the budget.
@Suite struct HostileMirrorsTests {
    private static let goodCount = 5
    private static let budget = 12
    /// All scripts of the checker's own suite that answer web requests wrongly.
    private static let scripts =
        HostileServer.passing + HostileServer.harmless + HostileServer.holding

    private struct Report: Decodable {
        struct Line: Decodable {
            var id: String
            /// Nil if nothing is known about the mirror.
            var present: Int?
            var left: Int?
        }
        var accessPoints: [Line]
    }

    /// Five good mirrors alone, and then beside every hostile one.
    @Test func goodMirrorsAreAskedWhateverTheirNeighboursDo() throws {
        let folder = try TemporaryFolder("hostile-mirrors")
        let tree = SampleTree(distfiles: 300)
        for number in 0..<Self.goodCount {
            try tree.write(to: folder.appending("mirrors/m\(number)"))
            try Self.writeScriptedFiles(to: folder, "mirrors/m\(number)")
        }
        let good = try (0..<Self.goodCount).map { number in
            try Nginx(
                server: "autoindex on; access_log off;",
                root: folder.appending("mirrors"),
                address: "127.0.0.\(50 + number)"
            )
        }
        defer { for server in good { server.stop() } }
        let goodURLs = good.enumerated().map { "\($1.baseURL)m\($0)/" }

        let alone = try check(goodURLs, in: folder, "alone")
        let scripted = try Self.scripts.enumerated().map { index, server in
            try ScriptedServer(
                address: 0x2000 | UInt32(index + 1),
                prefersPipelines: server.needsStream,
                server.script
            )
        }
        let web = try HostileMirrors.servers()
        let ftp = try HostileFTP.Manner.allCases.enumerated().map { index, manner in
            try HostileFTP(manner, address: UInt32(100 + index))
        }
        let rsync = try RsyncDaemon(root: Self.treeOfLinks(in: folder))
        defer {
            for server in scripted { server.stop() }
            for server in web { server.server.stop() }
            for server in ftp { server.stop() }
        }
        let hostile =
            scripted.map(\.baseURL) + web.map(\.url) + ftp.map(\.url) + [rsync.baseURL]
        let beside = try check(goodURLs + hostile, in: folder, "beside")

        #expect(beside.present == alone.present)
        // All had their turn, and none could send without limit.
        for (index, server) in scripted.enumerated() {
            let name = Self.scripts[index].name
            #expect(server.requestCount > 0, "\(name)")
            #expect(server.sentByteCount < 200_000_000, "\(name)")
        }
        // Starting and ending the run come on top of the budget.
        #expect(beside.result.seconds < Double(Self.budget + 10))
        let more = beside.result.peakMemory - alone.result.peakMemory
        #expect(more < 200 << 20, "bytes more than without them")
        print(
            "checker beside \(hostile.count) hostile mirrors: \(beside.result.seconds) s,",
            "\(beside.result.peakMemory >> 20) MiB; alone: \(alone.result.seconds) s,",
            "\(alone.result.peakMemory >> 20) MiB"
        )
    }

    /// Runs one check of `urls`; returns the report's counts of the good mirrors, and the store.
    private func check(
        _ urls: [String],
        in folder: TemporaryFolder,
        _ name: String
    ) throws -> (result: FunctionResult, present: [Int]) {
        let mirrors = urls.enumerated().map { index, url in
            #"{"name": "mirror\#(index)", "country": "DE", "urls": ["\#(url)"]}"#
        }
        try folder.write("{\"mirrors\": [\(mirrors.joined(separator: ", "))]}", to: "\(name).json")
        let storage = try folder.makeFolder(name)
        let environment = [
            "STORAGE_URL": "file://\(storage)", "TREE": folder.appending("mirrors/m0"),
            "MIRRORS": "file://" + folder.appending("\(name).json"), "CHECK_RATE": "0",
            "RECHECK_AFTER_SECONDS": "0", "CHECK_BUDGET_SECONDS": "\(Self.budget)",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
        ]
        let published = try Product.function("leader", environment: environment).run()
        #expect(published.isSuccess, "\(published)")
        let result = try Product.function("checker", environment: environment).run(seconds: 90)
        #expect(result.isSuccess, "\(result)")
        let lines = try result.decoded(as: Report.self).accessPoints
        let good = lines.filter { line in
            (0..<Self.goodCount).contains { line.id == "127.0.0.\(50 + $0)-http" }
        }
        #expect(good.count == Self.goodCount, "\(lines.map(\.id))")
        let states = try FileManager.default.contentsOfDirectory(atPath: "\(storage)/checks")
        for line in good {
            #expect(line.left == 0, "\(line.id)")
            #expect(line.present ?? 0 > 300, "\(line.id)")
            #expect(states.contains("\(line.id).state"), "\(states)")
        }
        return (result, good.sorted { $0.id < $1.id }.map { $0.present ?? 0 })
    }

    /// The files that scripted servers have, and the files that they lack.
    private static func writeScriptedFiles(
        to folder: TemporaryFolder,
        _ root: String
    ) throws {
        for number in 0..<HostileServer.presentCount {
            try folder.write(String(repeating: "x", count: number + 1), to: "\(root)/f\(number)")
        }
        for number in 0..<HostileServer.missingCount {
            try folder.write("x", to: "\(root)/m\(number)")
        }
    }

    /// A module of 41 symlinks, each with a target of nearly 4 kB that leads through the others.
    private static func treeOfLinks(in folder: TemporaryFolder) throws -> String {
        let root = try folder.makeFolder("links")
        let target = String(repeating: "a/", count: 2_000)
        for number in 0...40 {
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/link\(number)",
                withDestinationPath: "link\((number + 1) % 41)/\(target)"
            )
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/distfiles",
            withDestinationPath: "link0/\(target)"
        )
        return root
    }
}
