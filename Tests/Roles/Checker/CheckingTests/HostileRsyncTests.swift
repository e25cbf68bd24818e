import Catalogs
import CheckPlanning
import Foundation
import Mirrors
import RsyncListing
import Synchronization
import TestSupport
import Testing

@testable import Checking

/// rsync servers that make listings as expensive as they can.
@Suite struct HostileRsyncTests {
    static func found(_ byteCount: UInt64) -> Reply {
        .answered(status: 200, byteCount: byteCount)
    }

    /// A program that lists the output of `script`, whatever it is asked for.
    static func program(_ script: String, in folder: TemporaryFolder) throws -> RsyncRun.Settings {
        var settings = RsyncRun.Settings()
        settings.program = try folder.writeProgram(script, to: "rsync")
        return settings
    }

    static let root = "drwxr-xr-x 4096 2026/08/20 10:00:00 ."

    /// Links of maximum length that lead through one another, in a real daemon.
    @Test func linksOfFourKilobytesThroughFortyOthersCostNothing() throws {
        let folder = try TemporaryFolder("links")
        for number in 0..<41 {
            let name = "l\(number)"
            let next = number == 40 ? "." : "l\(number + 1)"
            let text = Array(repeating: next, count: 4000 / (next.utf8.count + 1))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(name),
                withDestinationPath: text.joined(separator: "/")
            )
        }
        try folder.write("12345", to: "a")
        let daemon = try RsyncDaemon(root: folder.path)
        let transport = try ListingTransportTests.transport(daemon.baseURL, .rsync)
        let paths = (0..<200).map { "l\($0 % 41)/l\($0 % 13)/a\($0)" } + ["a", "l40/a"]
        let replies = transport.replies(to: paths)
        #expect(replies[200] == Self.found(5))
        for reply in replies.prefix(200) {
            switch reply {
            case .unusable, .answered(404, _): break
            default: Issue.record("\(reply)")
            }
        }
    }

    /// The rest of an excessive listing is not read, and files that were not read are not
    /// condemned.
    @Test func anEndlessListingIsEndedAndCondemnsNothing() throws {
        let folder = try TemporaryFolder("endless")
        let settings = try Self.program(
            """
            echo '\(Self.root)'
            echo '-rw-r--r-- 5 2026/08/20 10:00:00 a'
            yes -- '-rw-r--r-- 5 2026/08/20 10:00:00 junk' 2>/dev/null
            """,
            in: folder
        )
        let transport = RsyncTransport(
            accessPoints: [.make("m", scheme: .rsync)],
            settings: settings,
            spareLineCount: 5000
        )
        let replies = transport.replies(to: ["a", "none"])
        #expect(replies[0] == Self.found(5))
        #expect(
            replies[1]
                == .unusable(
                    reason: "the listing has more than 5008 lines and was not read to its end"
                )
        )
    }

    /// An endless message of the day comes before any entry.
    @Test func anEndlessMessageIsEnded() throws {
        let folder = try TemporaryFolder("message")
        let settings = try Self.program("yes hello 2>/dev/null", in: folder)
        let transport = RsyncTransport(
            accessPoints: [.make("m", scheme: .rsync)],
            settings: settings,
            spareLineCount: 1000
        )
        for reply in transport.replies(to: ["a", "b"]) {
            guard case .unusable(let reason, _) = reply, reason.contains("was not read") else {
                Issue.record("\(reply)")
                return
            }
        }
    }

    /// A server that makes the program use too much memory ends the program, not the Checker.
    @Test func aProgramThatTakesTooMuchMemoryIsNoListing() throws {
        let folder = try TemporaryFolder("memory")
        let settings = try Self.program(
            "exec python3 -c \"print('\(Self.root)', flush=True); b'x' * (400 << 20)\"",
            in: folder
        )
        let transport = RsyncTransport(
            accessPoints: [.make("m", scheme: .rsync)],
            settings: settings
        )
        for reply in transport.replies(to: ["a", "b"]) {
            if case .answered = reply { Issue.record("\(reply)") }
        }
    }
}
