import Catalogs
import CheckPlanning
import Checking
import Foundation
import Mirrors
import Synchronization
import TestSupport
import Testing

/// FTP and rsync servers that misbehave.
@Suite struct ListingTransportTests {
    static func transport(_ baseURL: String, _ scheme: AccessPoint.Scheme) throws
        -> ProtocolTransport
    {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        return try ProtocolTransport(
            accessPoints: [AccessPoint.make("m", baseURL: baseURL, scheme: scheme)],
            settings: settings,
            version: "9.9"
        )
    }

    static func found(_ byteCount: UInt64) -> Reply {
        .answered(status: 200, byteCount: byteCount)
    }

    static let missing = Reply.answered(status: 404, byteCount: nil)

    @Test func aListingThatTheServerCutCondemnsNothing() throws {
        let asked = Mutex<[String]>([])
        let server = try ScriptedFTPServer { command in
            asked.withLock { $0.append(command) }
            switch command {
            case "LIST /d":
                return .init(
                    lines: ["226-Options: -l", "226 Output truncated to 1 matches"],
                    data: "-rw-r--r--   1 u g 5 Nov 22 19:45 a\r\n"
                )
            case "SIZE /d/b": return .init(lines: ["213 6"])
            default: return .init(lines: ["550 not here"])
            }
        }
        let replies = try Self.transport(server.baseURL, .ftp).replies(to: ["d/a", "d/b", "d/c"]
        )
        #expect(replies == [Self.found(5), Self.found(6), Self.missing])
        #expect(asked.withLock { !$0.contains("SIZE /d/a") })
    }

    @Test func aServerWithoutListingsIsAskedForSizes() throws {
        let server = try ScriptedFTPServer { command in
            command.hasPrefix("SIZE") ? .init(lines: ["213 7"]) : .init(lines: ["502 no"])
        }
        let paths = (0..<200).map { "d/\($0)" }
        let replies = try Self.transport(server.baseURL, .ftp).replies(to: paths)
        #expect(replies == paths.map { _ in Self.found(7) })
    }

    @Test func whatTheServerStumblesOverIsLeftOpenAndTheRestAnswered() throws {
        let server = try ScriptedFTPServer { command in
            if command == "SIZE /d/5" { return nil }
            return command.hasPrefix("SIZE") ? .init(lines: ["213 7"]) : .init(lines: ["502 no"])
        }
        let replies = try Self.transport(server.baseURL, .ftp).replies(
            to: (0..<20).map { "d/\($0)" }
        )
        for (number, reply) in replies.enumerated() where number != 5 {
            #expect(reply == Self.found(7), "file \(number)")
        }
        guard case .unusable = replies[5] else {
            Issue.record("\(replies[5])")
            return
        }
    }

    @Test func anAbsenceIsNeverReadOutOfAMachineListing() throws {
        let server = try ScriptedFTPServer { command in
            switch command {
            case "FEAT": .init(lines: ["211-Features:", " MLST type*;size*;", "211 End"])
            case "MLSD /":
                .init(
                    lines: ["226 done"],
                    data: "type=OS.unix=symlink;size=3; link\r\ntype=file;size=4; a\r\n"
                )
            case "LIST /":
                .init(lines: ["226 done"], data: "lrwxrwxrwx 1 u g 1 Nov 22 19:45 link -> a\r\n")
            case "SIZE /hidden": .init(lines: ["213 9"])
            default: .init(lines: ["550 not here"])
            }
        }
        let replies = try Self.transport(server.baseURL, .ftp).replies(to: [
            "link", "a", "hidden", "none", "new\nline",
        ]
        )
        #expect(
            Array(replies[..<4]) == [Self.found(4), Self.found(4), Self.found(9), Self.missing]
        )
        guard case .unusable = replies[4] else {
            Issue.record("\(replies[4])")
            return
        }
    }

    @Test(arguments: [AccessPoint.Scheme.ftp, .rsync]) func nobodyThereIsAFailure(
        scheme: AccessPoint.Scheme
    ) throws {
        let url = "\(scheme)://127.0.0.1:\(try freePort())/m/"
        for reply in try Self.transport(url, scheme).replies(to: ["a", "b", "c"]) {
            guard case .failed = reply else {
                Issue.record("\(reply)")
                return
            }
        }
    }

    @Test func aRefusedLoginIsAFailure() throws {
        let server = try ScriptedFTPServer { _ in .init(lines: ["421 too many of you"]) }
        for reply in try Self.transport(server.baseURL, .ftp).replies(to: ["a", "b"]) {
            guard case .failed(let reason, _) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(reason.contains("too many of you"))
        }
    }

    @Test func theSecondLookAtAnAbsenceIsASecondListing() throws {
        let folder = try TemporaryFolder()
        try folder.write("text", to: "a")
        let daemon = try RsyncDaemon(root: folder.path)
        let transport = try Self.transport(daemon.baseURL, .rsync)
        #expect(transport.replies(to: ["a", "late"]) == [Self.found(4), Self.missing])
        try folder.write("late!", to: "late")
        // The listing at hand answers for files that it was not requested for, and for no others.
        #expect(transport.replies(to: ["a", "late"]) == [Self.found(4), Self.found(5)])
    }
}
