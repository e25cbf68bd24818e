import Foundation
import Glibc
import Mirrors
import TestSupport
import Testing
import Time

@testable import RsyncListing

/// The real program with the real daemon.
@Suite struct RsyncRunTests {
    private func list(
        _ url: String,
        settings: RsyncRun.Settings = .init()
    ) -> (entries: [TreePath: RsyncEntry], outcome: RsyncOutcome, run: RsyncRun) {
        let run = RsyncRun(url: url, settings: settings)
        var entries: [TreePath: RsyncEntry] = [:]
        let outcome = run.finish { entries[$0.path] = $0 }
        return (entries, outcome, run)
    }

    @Test func everyNameComesAsTheBytesItIs() throws {
        let folder = try TemporaryFolder()
        let names: [[UInt8]] = [
            Array("plain".utf8), Array(" two  blanks ".utf8), Array("new\nline".utf8),
            Array("tab\there".utf8), Array("a -> b".utf8), Array("back\\slash\\#012".utf8),
            Array("naïve".utf8), [0x66, 0xFC, 0xFF, 0x80], [1, 2, 0x7F], Array("100%2F#?*[]".utf8),
            Array(repeating: 0x0A, count: 255),
        ]
        for (index, name) in names.enumerated() {
            let path = (Array(folder.path.utf8) + [0x2F] + name + [0]).map(CChar.init(bitPattern:))
            let file = unsafe open(path, O_CREAT | O_WRONLY, 0o644)
            #expect(file >= 0 && ftruncate(file, off_t(index)) == 0)
            close(file)
        }
        let link = Array("\(folder.path)/c -> d".utf8CString)
        #expect(unsafe symlink("x -> y -> z", link) == 0)
        let large = unsafe open(folder.appending("large"), O_CREAT | O_WRONLY, 0o644)
        #expect(ftruncate(large, 5 << 40) == 0)
        close(large)

        let daemon = try RsyncDaemon(root: folder.path, global: "motd file = /etc/hostname")
        let (entries, outcome, run) = list(daemon.baseURL)
        #expect(outcome == .complete)
        #expect(run.unknownLineCount == 0)
        for (index, name) in names.enumerated() {
            #expect(entries[TreePath(bytes: name)]?.byteCount == UInt64(index))
        }
        #expect(entries[TreePath("c -> d")]?.target == TreePath("x -> y -> z"))
        #expect(entries[TreePath("large")]?.byteCount == 5 << 40)
        #expect(entries[TreePath("")]?.kind == .directory)
        #expect(entries.count == names.count + 3)
    }

    @Test func timesAreUTC() throws {
        let tree = SampleTree(distfiles: 5)
        let folder = try TemporaryFolder()
        try tree.write(to: folder.appending("root"))
        let daemon = try RsyncDaemon(root: folder.path)
        // A folder within the module, and a slash that the URL may omit.
        let (entries, outcome, _) = list(daemon.baseURL + "root")
        #expect(outcome == .complete)
        for (path, entry) in tree.entries {
            guard case .file(let byteCount, let modified, _) = entry else { continue }
            let listed = try #require(entries[TreePath(path)])
            #expect(listed.byteCount == UInt64(byteCount))
            #expect(listed.modified == Timestamp(secondsSinceEpoch: Int64(modified)))
        }
        #expect(entries.count == tree.entries.count + 1)
    }

    @Test(.enabled(if: getuid() == 0, "only root's daemon serves as somebody else"))
    func whatCannotBeReadMakesTheListingPartial() throws {
        let folder = try TemporaryFolder()
        for name in ["open", "closed"] {
            try folder.makeFolder(name)
            try folder.write("text", to: "\(name)/file")
        }
        #expect(unsafe chmod(folder.appending("closed"), 0o700) == 0)
        let daemon = try RsyncDaemon(root: folder.path)
        let (entries, outcome, _) = list(daemon.baseURL)
        guard case .partial(let unread) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(unread.count == 1 && unread[0].contains("closed"))
        #expect(entries[TreePath("open/file")]?.byteCount == 4)
        #expect(entries[TreePath("closed")]?.isOpenToOthers == false)
        #expect(entries[TreePath("closed/file")] == nil)
    }

    private func failure(_ outcome: RsyncOutcome) -> RsyncFailure? {
        if case .failed(let failure) = outcome { failure } else { nil }
    }

    @Test func aRefusalIsNamedInTheServersWords() throws {
        let folder = try TemporaryFolder()
        let daemon = try RsyncDaemon(root: folder.path, module: "max connections = -1")
        let busy = try #require(failure(list(daemon.baseURL).outcome))
        #expect(busy.kind == .refused)
        #expect(busy.reason.contains("max connections"))

        let unknown = try #require(failure(list("rsync://127.0.0.1:\(daemon.port)/none/").outcome))
        #expect(unknown.kind == .refused)
        #expect(unknown.reason.contains("Unknown module 'none'"))

        let secret = try RsyncDaemon(root: folder.path, module: "auth users = somebody")
        #expect(failure(list(secret.baseURL).outcome)?.kind == .refused)
    }

    @Test func aMissingFolderCondemnsNothing() throws {
        let folder = try TemporaryFolder()
        let daemon = try RsyncDaemon(root: folder.path)
        let (entries, outcome, _) = list(daemon.baseURL + "none/")
        #expect(entries.isEmpty)
        guard case .partial(let unread) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(unread.count == 1 && unread[0].contains("none"))
    }

    @Test func nobodyThereIsNoConnection() throws {
        let refused = try #require(failure(list("rsync://127.0.0.1:\(try freePort())/m/").outcome))
        #expect(refused.kind == .connectionRefused)
    }

    @Test(
        arguments: [
            "http://127.0.0.1/m/", "rsync://127.0.0.1", "rsync://127.0.0.1/%zz/",
            "rsync://127.0.0.1/a%00b/",
        ] as [String]
    ) func anotherURLIsRefused(_ url: String) {
        #expect(failure(list(url).outcome)?.kind == .unusable)
    }

    @Test func aURLIsDecodedOnce() {
        #expect(RsyncRun.location("rsync://h:87/m/a%20b%2541") == "rsync://h:87/m/a b%41/")
    }

    @Test func aMissingProgramIsNamed() throws {
        var settings = RsyncRun.Settings()
        settings.program = "rsync-that-is-not-there"
        let missing = try #require(
            failure(list("rsync://127.0.0.1/m/", settings: settings).outcome)
        )
        #expect(missing.kind == .unusable)
        #expect(missing.reason.contains("rsync-that-is-not-there"))
    }

    @Test func aListingThatIsNoLongerWantedEnds() throws {
        let folder = try TemporaryFolder()
        let daemon = try RsyncDaemon(root: folder.path)
        let run = RsyncRun(url: daemon.baseURL)
        let outcome = run.finish(shouldStop: { true }) { _ in }
        #expect(failure(outcome)?.kind == .stopped)
        #expect(run.finish { _ in } == outcome)
    }
}
