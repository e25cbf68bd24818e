import Catalogs
import CheckPlanning
import Checking
import Foundation
import Mirrors
import Synchronization
import TestSupport
import Testing

/// FTP servers that invent permissions, lack SIZE, or truncate listings.
@Suite struct FTPQuirkTests {
    typealias Answer = ScriptedFTPServer.Answer

    static func found(_ byteCount: UInt64) -> Reply {
        .answered(status: 200, byteCount: byteCount)
    }

    static let missing = Reply.answered(status: 404, byteCount: nil)
    static let closed = Reply.answered(status: 403, byteCount: nil)

    /// A listing in which only the owner may read anything.
    static let ownersView = (0..<6).map { "-rw-------   1 u g 5 Nov 22 19:45 f\($0)\r\n" }.joined()

    @Test func permissionsThatAreMadeUpAreFoundOutByOneFileOfAFolder() throws {
        let asked = Mutex<[String]>([])
        let server = try ScriptedFTPServer { command in
            asked.withLock { $0.append(command) }
            switch command {
            case "LIST /d", "LIST /e": return Answer(lines: ["226 done"], data: Self.ownersView)
            case let retr where retr.hasPrefix("RETR"):
                return Answer(lines: ["226 done"], data: String(repeating: "x", count: 5_000_000))
            default: return Answer(lines: ["550 not here"])
            }
        }
        let paths = ["d", "e"].flatMap { folder in (0..<6).map { "\(folder)/f\($0)" } } + ["d/g"]
        let replies = try ListingTransportTests.transport(server.baseURL, .ftp).replies(to: paths)
        #expect(replies.dropLast() == Array(repeating: Self.found(5), count: 12)[...])
        #expect(replies.last == Self.missing)
        #expect(asked.withLock { $0.count { $0.hasPrefix("RETR") } } == 2)
        #expect(asked.withLock { $0.count { $0.hasPrefix("SIZE") } } == 1)
    }

    @Test func intendedPermissionsKeepTheirMeaning() throws {
        let asked = Mutex<[String]>([])
        let server = try ScriptedFTPServer { command in
            asked.withLock { $0.append(command) }
            switch command {
            // If one file is open, the others really are closed.
            case "LIST /mixed":
                let open = "-rw-r--r--   1 u g 6 Nov 22 19:45 open\r\n"
                return Answer(lines: ["226 done"], data: Self.ownersView + open)
            case "LIST /all": return Answer(lines: ["226 done"], data: Self.ownersView)
            default: return Answer(lines: ["550 Permission denied"])
            }
        }
        let paths = ["mixed/open", "mixed/f0", "mixed/f1", "all/f0", "all/f1", "all/f2"]
        let replies = try ListingTransportTests.transport(server.baseURL, .ftp).replies(to: paths)
        #expect(replies == [Self.found(6)] + Array(repeating: Self.closed, count: 5))
        #expect(asked.withLock { $0.filter { $0.hasPrefix("RETR") } } == ["RETR /all/f0"])
    }

    /// With lengths in the announcement, and without: then the single file is listed.
    @Test(arguments: [true, false]) func aServerWithoutSIZEIsAskedToSendAndStopped(
        announcesLength: Bool
    ) throws {
        let server = try ScriptedFTPServer { command in
            switch command.split(separator: " ").first {
            case "SIZE": Answer(lines: ["502 not implemented"])
            case "RETR" where command.hasSuffix("/there"):
                Answer(
                    lines: ["426 aborted"],
                    data: String(repeating: "x", count: 5_000_000),
                    announcement: announcesLength
                        ? "150 Opening BINARY mode data connection for there (5000000 bytes)."
                        : "150 Here it comes"
                )
            case "LIST" where command.hasSuffix("/there"):
                Answer(
                    lines: ["226 done"],
                    data: "-rw-r--r--   1 u g 5000000 Nov 22 19:45 there\r\n"
                )
            case "LIST": Answer(lines: ["226 done"], data: "")
            default: Answer(lines: ["550 not here"])
            }
        }
        let transport = try ListingTransportTests.transport(server.baseURL, .ftp)
        #expect(
            transport.replies(to: ["d/there", "d/none"]) == [Self.found(5_000_000), Self.missing]
        )
        // A probe asks by name, without a listing.
        transport.ask(
            Question(
                accessPoint: 0,
                subject: .knownFile(FileID(0)),
                path: Array("d/there".utf8)[...],
                isDirectory: false
            )
        )
        var reply: Reply?
        _ = eventually(within: 30, every: 0) {
            transport.wait(atMost: .milliseconds(50)) { reply = $0.reply }
            return reply != nil
        }
        #expect(reply == Self.found(5_000_000))
    }

    /// A firewall that lets commands through but no data: two folders show it, and after that no
    /// folder waits for data connections.
    @Test func whereNoDataConnectionComesAboutFilesAreAskedForByName() throws {
        let asked = Mutex<[String]>([])
        let server = try ScriptedFTPServer(hasDataConnections: false) { command in
            asked.withLock { $0.append(command) }
            // The client waits for a connection that never comes.
            if command.hasPrefix("LIST") { return Answer(lines: []) }
            let isThere = command.hasPrefix("SIZE") && command.hasSuffix("/a")
            return Answer(lines: isThere ? ["213 5"] : ["550 not here"])
        }
        let paths = (0..<12).flatMap { ["d\($0)/a", "d\($0)/b"] }
        let replies = try ListingTransportTests.transport(server.baseURL, .ftp).replies(to: paths)
        for (index, reply) in replies.enumerated() {
            #expect(reply == (index % 2 == 0 ? Self.found(5) : Self.missing))
        }
        #expect(asked.withLock { $0.count { $0 == "EPSV" } } <= 3)
    }

    /// A link's text of 4 MB, and a reply of 16 MB: neither takes long, and nothing is condemned.
    @Test func longTextsAreNotFollowed() throws {
        let text = String(repeating: "a/", count: 2_000_000)
        let server = try ScriptedFTPServer { command in
            switch command {
            case "LIST /d":
                Answer(
                    lines: ["226 done"],
                    data: "lrwxrwxrwx 1 u g 4000000 Nov 22 19:45 link -> \(text)\r\n"
                        + "lrwxrwxrwx 1 u g 1500 Nov 22 19:45 short -> \(text.prefix(1500))\r\n"
                        + "-rw-r--r-- 1 u g 5 Nov 22 19:45 a\r\n"
                )
            case "SIZE /d/link", "SIZE /d/short": Answer(lines: ["213 9"])
            default: Answer(lines: ["550 not here"])
            }
        }
        let replies = try ListingTransportTests.transport(server.baseURL, .ftp).replies(
            to: ["d/link", "d/short", "d/a"]
        )
        #expect(replies == [Self.found(9), Self.found(9), Self.found(5)])
    }

    @Test func aReplyOfMegabytesEndsTheSession() throws {
        let server = try ScriptedFTPServer(home: String(repeating: "x", count: 16_000_000)) { _ in
            Answer(lines: ["550 not here"])
        }
        for reply in try ListingTransportTests.transport(server.baseURL, .ftp).replies(
            to: ["a", "b"]
        ) {
            guard case .failed(let reason, _) = reply, reason.utf8.count < 1000 else {
                Issue.record("\(reply)")
                return
            }
        }
    }

    /// pure-ftpd ends every listing at a maximum number of entries.
    @Test(.enabled(if: FTPServer.isPossible)) func whatPureFTPdCutsIsAskedForByName() throws {
        let folder = try TemporaryFolder("pure")
        let count = 250
        for number in 0..<count { try folder.write("x", to: "f\(number)") }
        let paths = (0..<count + 10).map { "f\($0)" }
        let account = "ftp:x:65534:65534::\(folder.path):/bin/false"
        let replies = try NetworkLab.run(accounts: [account]) {
            let server = try FTPServer(.pureFTPd, root: folder.path)
            let transport = try ListingTransportTests.transport(server.baseURL, .ftp)
            return withExtendedLifetime(server) { transport.replies(to: paths) }
        }
        #expect(replies.prefix(count).allSatisfy { $0 == Self.found(1) })
        #expect(replies.dropFirst(count).allSatisfy { $0 == Self.missing })
    }

    /// proftpd can show any permissions, as configured, in both kinds of listings.
    @Test(.enabled(if: FTPServer.isPossible)) func permissionsThatProftpdMakesUpHideNothing() throws
    {
        let folder = try TemporaryFolder("faked")
        try folder.makeFolder("d")
        for number in 0..<20 { try folder.write("12345", to: "d/f\(number)") }
        let server = try FTPServer(.proftpd, root: folder.path, more: "DirFakeMode 0600")
        let paths = (0..<22).map { "d/f\($0)" } + ["d/"]
        let replies = try ListingTransportTests.transport(server.baseURL, .ftp).replies(to: paths)
        #expect(replies.prefix(20).allSatisfy { $0 == Self.found(5) }, "\(replies)")
        #expect(replies[20...21].allSatisfy { $0 == Self.missing })
        #expect(replies[22] == .answered(status: 200, byteCount: nil))
    }

    /// Files that really are closed stay so beside files that are only shown as closed.
    @Test(.enabled(if: FTPServer.isPossible)) func realPermissionsOfProftpdCount() throws {
        let folder = try TemporaryFolder("closed")
        try folder.write("12345", to: "open")
        try folder.write("12345", to: "closed")
        _ = unsafe chmod(folder.appending("closed"), 0o600)
        let server = try FTPServer(.proftpd, root: folder.path)
        let replies = try ListingTransportTests.transport(server.baseURL, .ftp).replies(
            to: ["open", "closed"]
        )
        #expect(replies == [Self.found(5), Self.closed])
    }

    @Test(.enabled(if: FTPServer.isPossible)) func proftpdWithoutSIZETellsLengthsByRETR() throws {
        let folder = try TemporaryFolder("nosize")
        try folder.write("12345", to: "a")
        let server = try FTPServer(
            .proftpd,
            root: folder.path,
            more: "<Limit SIZE>\nDenyAll\n</Limit>"
        )
        let transport = try ListingTransportTests.transport(server.baseURL, .ftp)
        #expect(transport.replies(to: ["a", "b"]) == [Self.found(5), Self.missing])
    }
}
