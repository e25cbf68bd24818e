import Catalogs
import Foundation
import Glibc
import Mirrors
import ObjectStorage
import RsyncListing
import Synchronization
import TestSupport
import Testing
import Time

@testable import Publishing

/// Accidents that must not harm the published catalog.
@Suite struct AccidentTests {
    let tree = TemporaryTree()
    let now = Timestamp(secondsSinceEpoch: 1_780_000_000)

    /// While a thread makes and removes files and folders, walks see some of them and never fail.
    @Test func walksATreeThatChangesUnderIt() throws {
        for number in 0..<50 { tree.folder("d\(number)").file("d\(number)/stays") }
        let isDone = Atomic(false)
        let root = tree.root
        let listings: [TreeListing] = try withUnsafeThread(
            {
                var number = 0
                while !isDone.load(ordering: .relaxed) {
                    let folder = "\(root)/d\(number % 50)/coming"
                    unsafe mkdir(folder, 0o755)
                    close(unsafe open("\(folder)/f", O_CREAT | O_WRONLY, 0o644))
                    unsafe _ = symlink("f", "\(folder)/l")
                    for name in ["f", "l", ""] { unsafe _ = remove("\(folder)/\(name)") }
                    number += 1
                }
            },
            while: {
                defer { isDone.store(true, ordering: .relaxed) }
                return try (0..<100).map { _ in try TreeWalk.listing(of: root) }
            }
        )
        let expected = Set((0..<50).flatMap { ["d\($0)", "d\($0)/stays"] })
        for listing in listings {
            #expect(Set(listing.entries.pathTexts).isSuperset(of: expected))
            #expect(Set(listing.leftOut.map(\.reason)).isSubset(of: [.vanished]))
            #expect(listing.unknownPaths.isEmpty)
        }
    }

    /// Runs `work` on a thread of its own while `body` runs, and waits for it.
    private func withUnsafeThread<Value>(
        _ work: @escaping @Sendable () -> Void,
        while body: () throws -> Value
    ) rethrows -> Value {
        let finished = DispatchSemaphore(value: 0)
        let thread = Thread {
            work()
            finished.signal()
        }
        thread.start()
        defer { finished.wait() }
        return try body()
    }

    @Test func namesAStorageThatCannotBeWrittenTo() throws {
        tree.folder("tree").file("tree/f").folder("storage/catalog")
        let catalogs = CatalogStore(FileStore(folder: "\(tree.root)/storage"))
        _ = try TreePublication(
            of: TreeWalk.listing(of: "\(tree.root)/tree"),
            in: catalogs,
            at: now
        )
        let before = try catalogs.newest()
        tree.file("tree/g")
        for folder in ["storage/catalog", "storage"] {
            unsafe chmod("\(tree.root)/\(folder)", 0o555)
        }
        unsafe chmod(tree.root, 0o755)
        defer {
            for folder in ["storage", "storage/catalog"] {
                unsafe _ = chmod("\(tree.root)/\(folder)", 0o755)
            }
        }
        let listing = try TreeWalk.listing(of: "\(tree.root)/tree")
        #expect {
            try asNobody { try TreePublication(of: listing, in: catalogs, at: now) }
        } throws: { error in
            guard case .catalog(.storage)? = error as? PublishingError else { return false }
            return "\(error)".contains("Permission denied")
        }
        #expect(try catalogs.newest() == before)
    }

    /// A server that sends the start of a listing and then hangs up.
    @Test func publishesNothingOfHalfAnRsyncListing() throws {
        for number in 0..<2000 { tree.file("file-with-a-name-of-some-length-\(number)") }
        unsafe chmod(tree.root, 0o755)
        let daemon = try RsyncDaemon(root: tree.root)
        for byteCount in [0, 100, 20_000] {
            let proxy = try CuttingProxy(to: daemon.port, after: byteCount)
            #expect {
                try RsyncTree(url: "rsync://127.0.0.1:\(proxy.port)/tree/").listing()
            } throws: { error in
                guard case .unreadableSource? = error as? PublishingError else { return false }
                return true
            }
        }
        #expect(try RsyncTree(url: daemon.baseURL).listing().entries.count == 2000)
    }

    @Test func keepsWhatWasPublishedWhenASourceOfSeveralFails() throws {
        tree.file("f")
        let sources: [any TreeSource] = [
            LocalTree(root: tree.root), TreeListingFile(path: "\(tree.root)/none"),
        ]
        #expect {
            try TreeListing(of: sources)
        } throws: { "\($0)".contains("none cannot be read: No such file") }
    }
}

/// Passes bytes between a client and a server on loopback, and closes both connections after the
/// server has sent a given number.
private final class CuttingProxy: Sendable {
    private let server: LoopbackServer

    var port: Int { server.port }

    init(to target: Int, after limit: Int) throws {
        server = try LoopbackServer { client in Self.pass(client, to: target, atMost: limit) }
    }

    private static func pass(_ client: Int32, to target: Int, atMost limit: Int) {
        guard let server = try? connectedSocket(to: target) else { return }
        defer { close(server) }
        var sent = 0
        var buffer = [UInt8](repeating: 0, count: 4096)
        while sent < limit {
            var events = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&events, 2, 60_000) > 0 else { return }
            for (from, to) in [(0, server), (1, client)] where events[from].revents != 0 {
                let room = from == 0 ? buffer.count : min(buffer.count, limit - sent)
                let count = unsafe recv(events[from].fd, &buffer, room, 0)
                guard count > 0, sendAll(Array(buffer[..<count]), to: to) else { return }
                if from == 1 { sent += count }
            }
        }
    }
}
