import Foundation
import Glibc
import TestSupport
import Testing

/// What remains of a check that is killed.
@Suite struct InterruptionTests {
    /// The Checker promises to lose at most 20 seconds of answers.
    @Test
    func aKilledCheckGoesOnWhereItStopped() throws {
        let folder = try TemporaryFolder("interruption")
        let tree = SampleTree(distfiles: 1_500)
        try tree.write(to: folder.appending("mirrors/m00"))
        let server = try MirrorNetwork.server(of: folder.appending("mirrors"), logsRequests: true)
        defer { server.stop() }
        let list = MirrorListDocument(entries: [
            .init(url: "http://127.0.0.1:\(server.port)/m00/", country: 0)
        ])
        try folder.write(list.xml, to: "distfiles.xml")
        let storage = try folder.makeFolder("storage")
        func function(_ name: String, rate: Int = 0) -> FunctionBinary {
            Product.function(
                name,
                environment: [
                    "STORAGE_URL": "file://\(storage)", "TREE": folder.appending("mirrors/m00"),
                    "MIRRORS": "file://" + folder.appending("distfiles.xml"),
                    "CHECK_MODE": "check", "CHECK_RATE": "\(rate)", "RECHECK_AFTER_SECONDS": "0",
                    "CHECK_LEASE_SECONDS": "10",
                ]
            )
        }
        let published = try function("leader").run()
        #expect(published.isSuccess, "\(published)")

        // At a rate of 100 per second the first run would take half a minute.
        let streams = try FunctionStreams()
        let first = try function("checker", rate: 100).start(streams: streams)
        let checks = "\(storage)/checks"
        let isSaved = try eventually(within: 60) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: checks)) ?? []
            let times = try names.map { name in
                try FileManager.default.attributesOfItem(atPath: "\(checks)/\(name)")[.size] as? Int
            }
            let asked = server.requests.count
            return asked >= 1_000 && times.contains { ($0 ?? 0) > 1_000 }
        }
        first.signal(SIGKILL)
        #expect(first.wait() == .signalled(SIGKILL))
        let log = try streams.log
        try #require(isSaved, "nothing was saved: \(log)")

        let askedBefore = server.requests.count
        // Its lease expires before anybody else asks there.
        var second = try function("checker").run()
        let isTakenOver = try eventually(within: 60, every: 1) {
            if !second.output.contains("another checker is at work here") { return true }
            second = try function("checker").run()
            return false
        }
        #expect(isTakenOver, "\(second)")
        #expect(second.isSuccess, "\(second)")
        let asked = server.requests
        let paths = tree.entries.count
        let askedAgain = asked.count - askedBefore
        #expect(
            askedAgain < paths,
            "a full pass has \(paths) paths, \(askedBefore) were asked before"
        )
        // Together both runs left nothing out.
        #expect(Set(asked).count >= paths)
    }
}

extension Nginx {
    /// The request lines of the access log so far.
    var requests: [Substring] {
        text(of: "access.log").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\"", maxSplits: 2)
            return parts.count > 1 ? parts[1] : nil
        }
    }
}
