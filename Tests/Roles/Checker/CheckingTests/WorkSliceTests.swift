import Catalogs
import CheckPlanning
import Foundation
import HTTPTransport
import Mirrors
import RsyncListing
import Synchronization
import TestSupport
import Testing

@testable import Checking

/// No step of a transport runs longer than 50 ms without looking at the clock, whatever a server
/// sends.
///
/// Here each look takes a millisecond, so a step that looks too often has worked too long.
@Suite struct WorkSliceTests {
    /// A clock that advances by a millisecond whenever it is looked at.
    final class SlowClock {
        private(set) var now = 0.0

        func look() -> Double {
            now += 0.001
            return now
        }
    }

    static let count = 8000

    static let paths = (0..<count).map { "d/file-\($0)" }

    /// Asks for every file, and returns the longest wait by the clock, and the number of waits.
    static func longestWait(
        _ transport: any Transport,
        _ clock: SlowClock,
        _ paths: [String] = paths
    ) -> (seconds: Double, count: Int, replies: [Reply]) {
        var catalog = Catalog(generation: 1)
        for path in paths { catalog.append(.make(path, byteCount: 5)) }
        transport.expect(catalog)
        var replies = [Reply?](repeating: nil, count: paths.count)
        var (longest, count, next, answerCount) = (0.0, 0, 0, 0)
        let deadline = Date(timeIntervalSinceNow: 120)
        while answerCount < paths.count, Date() < deadline {
            while next < paths.count, transport.room(at: 0) > 0 {
                transport.ask(
                    Question(
                        accessPoint: 0,
                        subject: .file(FileID(UInt32(next))),
                        path: Array(paths[next].utf8)[...],
                        isDirectory: false
                    )
                )
                next += 1
            }
            let start = clock.now
            transport.wait(atMost: .milliseconds(20)) { answer in
                guard case .file(let id) = answer.subject else { return }
                replies[Int(id.rawValue)] = answer.reply
                answerCount += 1
            }
            longest = max(longest, clock.now - start)
            count += 1
        }
        return (longest, count, replies.map { $0 ?? .failed(reason: "NO ANSWER") })
    }

    @Test func aSliceEndsByTheClock() {
        let clock = SlowClock()
        var slice = WorkSlice(clock: clock.look)
        var steps = 0
        while !slice.isOver() { steps += 1 }
        #expect(steps < 32 * 12)
        let isOver = slice.isOverNow()
        #expect(isOver)
    }

    @Test func anRsyncListingIsReadInSlices() throws {
        let folder = try TemporaryFolder("slices")
        let settings = try HostileRsyncTests.program(
            """
            echo '\(HostileRsyncTests.root)'
            echo 'drwxr-xr-x 4096 2026/08/20 10:00:00 d'
            seq -f '-rw-r--r-- 5 2026/08/20 10:00:00 d/file-%.0f' 0 \(Self.count - 1)
            seq -f 'lrwxrwxrwx 3 2026/08/20 10:00:00 l%.0f -> d/d' 0 \(Self.count - 1)
            """,
            in: folder
        )
        let clock = SlowClock()
        let transport = RsyncTransport(
            accessPoints: [.make("m", scheme: .rsync)],
            settings: settings,
            clock: clock.look
        )
        let (seconds, count, replies) = Self.longestWait(transport, clock)
        #expect(replies.allSatisfy { $0 == .answered(status: 200, byteCount: 5) })
        #expect(seconds < 0.05)
        #expect(count > Self.count / 1000)
    }

    @Test func anFTPListingIsReadInSlices() throws {
        let lines = (0..<Self.count).map { "-rw-r--r-- 1 u g 5 Nov 22 19:45 file-\($0)\r\n" }
        let listing = lines.joined()
        let server = try ScriptedFTPServer { command in
            command == "LIST /d"
                ? .init(lines: ["226 done"], data: listing) : .init(lines: ["550 not here"])
        }
        let clock = SlowClock()
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        let points = [AccessPoint.make("m", baseURL: server.baseURL, scheme: .ftp)]
        let registry = HostRegistry(
            accessPoints: points,
            settings: settings,
            clock: clock.look
        )
        let loop = try MultiLoop(connectionLimit: 1)
        let ftp = FTPTransport(
            accessPoints: points,
            registry: registry,
            loop: loop,
            settings: settings
        )
        let (seconds, _, replies) = Self.longestWait(Turning(ftp, loop), clock)
        #expect(replies.allSatisfy { $0 == .answered(status: 200, byteCount: 5) })
        #expect(seconds < 0.05)
    }

    /// Steps the loop, which the FTP transport leaves to another transport.
    final class Turning: Transport {
        private let ftp: FTPTransport
        private let loop: MultiLoop

        init(_ ftp: FTPTransport, _ loop: MultiLoop) {
            self.ftp = ftp
            self.loop = loop
        }

        func speaks(_ scheme: AccessPoint.Scheme) -> Bool { ftp.speaks(scheme) }
        func expect(_ catalog: Catalog) { ftp.expect(catalog) }
        func room(at accessPoint: AccessPointNumber) -> Int {
            ftp.room(at: accessPoint) > 0 ? 1 : 0
        }
        func pause(at accessPoint: AccessPointNumber) -> Duration { .zero }
        func ask(_ question: Question) { ftp.ask(question) }

        func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
            loop.step(atMost: ftp.hasWork ? .zero : longest)
            ftp.wait(atMost: .zero, receive)
        }
    }

    /// A server whose every page lists ``count`` files, and a transport to it that reads with
    /// `clock`.
    private static func listingServer(
        _ clock: SlowClock
    ) throws -> (server: ScriptedServer, transport: WebTransport) {
        let rows = (0..<count).map {
            "<a href=\"file-\($0)\">file-\($0)</a> 20-Aug-2026 10:00 5\r\n"
        }
        let page = "<title>Index of /</title><pre>\(rows.joined())</pre></html>"
        let server = try ScriptedServer { request in
            HostileServer.reply(
                "HTTP/1.1 200 OK\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
            )
        }
        let points = [AccessPoint.make("m", baseURL: server.baseURL)]
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        let registry = HostRegistry(
            accessPoints: points,
            settings: settings,
            clock: clock.look
        )
        let transport = WebTransport(
            accessPoints: points,
            registry: registry,
            client: WebClient(loop: try MultiLoop(connectionLimit: 4), userAgent: "test")
        )
        var catalog = Catalog(generation: 1)
        for path in paths { catalog.append(.make(path, byteCount: 5)) }
        transport.expect(catalog)
        return (server, transport)
    }

    private static let listing = Question(
        accessPoint: 0,
        subject: .listing,
        path: Array("d".utf8)[...],
        isDirectory: true
    )

    @Test func aListingPageIsReadInSlices() throws {
        let clock = SlowClock()
        let (server, transport) = try Self.listingServer(clock)
        defer { server.stop() }
        transport.ask(Self.listing)
        var reply: Reply?
        var (longest, count) = (0.0, 0)
        _ = eventually(within: 60, every: 0) {
            let start = clock.now
            transport.wait(atMost: .milliseconds(20)) { reply = $0.reply }
            longest = max(longest, clock.now - start)
            count += 1
            return reply != nil
        }
        guard case .listed(let listing) = reply else {
            Issue.record("\(reply.map { "\($0)" } ?? "no reply")")
            return
        }
        #expect(listing.entries.count == Self.count)
        #expect(longest < 0.05)
        #expect(count > 3)
    }

    /// A page takes longer to read than to arrive: meanwhile its request's number belongs to
    /// another request.
    @Test func aPageThatIsBeingReadIsNotLostToTheNextOne() throws {
        let (server, transport) = try Self.listingServer(SlowClock())
        defer { server.stop() }
        let wanted = 6
        var (asked, listed) = (0, 0)
        _ = eventually(within: 60, every: 0) {
            // One at a time on the wire, as fast as they arrive.
            if asked < wanted, transport.inFlightCount(at: 0) == 0 {
                transport.ask(Self.listing)
                asked += 1
            }
            transport.wait(atMost: .milliseconds(20)) { answer in
                if case .listed(let listing) = answer.reply,
                    listing.entries.count == Self.count
                {
                    listed += 1
                }
            }
            return listed == wanted
        }
        #expect(listed == wanted)
    }
}
