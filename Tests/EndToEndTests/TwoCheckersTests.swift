import Foundation
import TestSupport
import Testing

/// Checkers as separate processes with one store.
@Suite struct TwoCheckersTests {
    enum Store: String, CaseIterable {
        case folder
        case bucket
    }

    private static let mirrorCount = 4

    private struct Report: Decodable {
        struct Line: Decodable {
            var asked: Int
            /// Nil if the access point's state was not opened, because nothing was due.
            var left: Int?
            var problem: String?
        }
        var accessPoints: [Line]
    }

    private struct Publication: Decodable {
        var files: Int
        var folders: Int
    }

    /// The first checker takes an access point; no file is requested by both.
    @Test(arguments: Store.allCases)
    func askEachAccessPointOnce(store: Store) throws {
        let folder = try TemporaryFolder("two-checkers")
        let tree = SampleTree(distfiles: 200)
        let names = (0..<Self.mirrorCount).map { "m0\($0)" }
        for name in names { try tree.write(to: folder.appending("mirrors/\(name)")) }
        let server = try MirrorNetwork.server(of: folder.appending("mirrors"), logsRequests: true)
        defer { server.stop() }
        let list = MirrorListDocument(
            entries: names.map { name in
                .init(
                    name: name,
                    region: "Europe",
                    country: "DE",
                    countryName: "Germany",
                    url: "http://127.0.0.1:\(server.port)/\(name)/"
                )
            }
        )
        try folder.write(list.xml, to: "distfiles.xml")
        let bucket = store == .bucket ? try SeaweedFS() : nil
        let storage = try folder.makeFolder("storage")
        var environment =
            bucket?.environment(prefix: "two") ?? ["STORAGE_URL": "file://\(storage)"]
        environment["TREE"] = folder.appending("mirrors/m00")
        environment["MIRRORS"] = "file://" + folder.appending("distfiles.xml")
        environment["CHECK_RATE"] = "400"
        let published = try Product.function("leader", environment: environment).run()
        #expect(published.isSuccess, "\(published)")

        let checker = Product.function("checker", environment: environment)
        let runs = try (0..<2).map { _ in
            let streams = try FunctionStreams()
            return (streams, try checker.start(streams: streams))
        }
        var asked = 0
        for (streams, child) in runs {
            let result = try streams.result(of: child)
            #expect(result.isSuccess, "\(result)")
            asked += try result.decoded(as: Report.self).accessPoints.reduce(0) { $0 + $1.asked }
        }
        // The next one does the work that a lease kept both from.
        let last = try checker.run()
        let report = try last.decoded(as: Report.self)
        asked += report.accessPoints.reduce(0) { $0 + $1.asked }
        let isDone = report.accessPoints.allSatisfy { $0.left ?? 0 == 0 && $0.problem == nil }
        #expect(isDone, "\(last)")
        let publication = try published.decoded(as: Publication.self)
        #expect(asked == (publication.files + publication.folders) * Self.mirrorCount)
    }
}
