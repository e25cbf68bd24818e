import Foundation
import TestSupport
import Testing

/// Package managers update while mirrors synchronize, file by file, with a check and a build after
/// each file.
///
/// One mirror stays behind, the other gets the new release; the master is the fallback host. A
/// client would fail if it got its metadata from two states, or was redirected to a missing file.
@Suite(
    .serialized,
    .needs("libfaketime", if: MovedClock.library != nil)
)
struct SynchronizationTests {
    /// The order in which a mirror gets new files.
    enum Order: Sendable, CaseIterable {
        /// Packages, other metadata, the head; then old files are removed.
        case asItShouldBe
        /// By name, old files last, as rsync does.
        case byName
        /// Old files first, then the new ones by name in reverse order.
        case backwards
    }

    static let cases =
        [Ecosystem.debian, .fedora, .arch].flatMap { kind in
            Order.allCases.map { (kind, $0) }
        } + [(.flatDebian, .byName), (.fixedFedora, .byName)]

    @Test(arguments: cases)
    func noUpdateFailsWhileAMirrorSynchronizes(_ row: (kind: Ecosystem, order: Order)) throws {
        var world = try SynchronizedWorld(row.kind)
        defer { world.stop() }
        try world.publish()
        try world.checkAndBuild()
        try world.update("before the release")
        #expect(try world.mirrorsOfHead() == [0, 1])

        try world.release(3)
        try world.publish()
        let steps = try world.steps(row.order)
        #expect(steps.count >= 4)
        try world.checkAndBuild()
        try world.update("released")
        for (number, step) in steps.enumerated() {
            try world.take(step)
            try world.checkAndBuild()
            try world.update("\(row.order), step \(number + 1) of \(steps.count): \(step)")
        }
        // The up-to-date mirror gets the traffic; the one that is behind does not.
        let isOffered = try (0..<12).contains { _ in
            try world.checkAndBuild()
            return try world.mirrorsOfHead() == [0]
        }
        #expect(isOffered)
        try world.update("synchronized")
    }

    static let fixedNames = Ecosystem.allCases.filter { $0.companion != nil }

    /// One mirror got the new release a moment ago, the other does not have it yet, and the maps
    /// are older than that.
    ///
    /// If files are independent, some clients are redirected to one mirror for the head and to the
    /// other for the file that it names, under the same name. With sets each client gets both from
    /// one mirror.
    @Test(arguments: fixedNames)
    func setsKeepAClientOnOneMirror(kind: Ecosystem) throws {
        var world = try SynchronizedWorld(kind, oneIsNearest: false)
        defer { world.stop() }
        try world.publish()
        try world.useSets(false)
        try world.checkAndBuild()
        #expect(try world.mirrorsOfHead() == [0, 1])
        try world.release(3)
        try world.synchronize(0)

        // Clients that get files which do not match.
        let companion = try #require(kind.companion)
        let redirector = try world.redirector()
        defer { redirector.child.stop() }
        let torn = try (0..<200).filter { network in
            let head = try world.mirror(of: kind.head, for: network, redirector)
            return try world.mirror(of: companion, for: network, redirector) != head
        }
        let clients = Array(torn.prefix(4))
        #expect(clients.count == 4)
        let failed = try world.failedUpdates(from: clients)
        #expect(failed.count == (kind.clientHelpsItself ? 0 : 4), "\(failed)")

        try world.useSets(true)
        try world.build()
        let failures = try world.failedUpdates(from: clients)
        #expect(failures.isEmpty, "\(failures)")
        let whole = try world.redirector()
        defer { whole.child.stop() }
        for network in torn {
            let head = try world.mirror(of: kind.head, for: network, whole)
            #expect(head != nil)
            #expect(try world.mirror(of: companion, for: network, whole) == head)
        }
    }

    /// The leader reads the tree while its owner changes it: the index is new, the head is not.
    ///
    /// If files are independent, mirrors have the head and only the master has the index. With sets
    /// both stay as they were until the head follows.
    @Test(arguments: [Ecosystem.flatDebian, .fixedFedora], [true, false])
    func setsAreNotPublishedInPart(kind: Ecosystem, withSets: Bool) throws {
        var world = try SynchronizedWorld(kind)
        defer { world.stop() }
        try world.publish()
        try world.useSets(withSets)
        try world.releaseAllButTheHead(3)
        try world.publish()
        try world.checkAndBuild()
        let failures = try world.failedUpdates(from: [1, 2])
        #expect(failures.count == (withSets ? 0 : 2), "\(failures)")
    }
}
