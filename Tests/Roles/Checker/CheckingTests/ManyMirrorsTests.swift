import CheckPlanning
import CheckStates
import Foundation
import Mirrors
import Synchronization
import TestSupport
import Testing

@testable import Checking

/// A run over many mirrors takes as long as the slowest one, because it waits for all at once.
@Suite struct ManyMirrorsTests {
    /// Lets no member through before a given number have arrived.
    final class Barrier: Sendable {
        private let expected: Int
        private let present = Mutex<Set<Int>>([])

        init(of count: Int) { expected = count }

        var count: Int { present.withLock { $0.count } }

        /// Waits for the others; false if they do not arrive within two minutes.
        func wait(as member: Int) -> Bool {
            present.withLock { _ = $0.insert(member) }
            return eventually(within: 120, every: 0.005) { count == expected }
        }
    }

    /// A mirror answers questions about files only after every other mirror was asked about one: a
    /// run that asked them one by one would never end.
    @Test func sixtyMirrorsAreAskedBeforeOneHasAnswered() throws {
        let count = 60
        let barrier = Barrier(of: count)
        let servers = try (0..<count).map { index in
            try ScriptedServer(address: 0x1300 | UInt32(index + 1)) { request in
                if request.path.hasPrefix("/f") { _ = barrier.wait(as: index) }
                return HostileServer.right(request)
            }
        }
        defer { for server in servers { server.stop() } }
        let points = servers.enumerated().map { AccessPoint.make("m\($0)", baseURL: $1.baseURL) }
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        settings.policy.recheckSeconds = 0
        let store = InMemoryStore()
        let report = try CheckRun(
            targets: .each(points),
            policy: .make(HostileServerTests.catalog, settings),
            transport: try WebTransports(points, settings).pipelined,
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: SystemCheckClock(),
            shouldStop: { false }
        ).run()
        #expect(barrier.count == count)
        #expect(report.ending == .nothingDue)
        #expect(report.accessPoints.allSatisfy { $0.problem == nil })
        #expect(
            report.accessPoints.allSatisfy {
                $0.summary?.counts.present == HostileServer.presentCount
                    && $0.summary?.counts.absent == HostileServer.missingCount
            }
        )
    }
}
