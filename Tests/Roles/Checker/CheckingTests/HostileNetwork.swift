import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import TestSupport
import Testing

@testable import Checking

extension HostileServerTests {
    /// A transport that counts the answers about files from each access point.
    final class CountedTransport: Transport {
        let pipelined: PipelinedTransport
        private(set) var answerCounts: [AccessPointNumber: Int] = [:]

        init(_ pipelined: PipelinedTransport) {
            self.pipelined = pipelined
        }

        func speaks(_ scheme: AccessPoint.Scheme) -> Bool { pipelined.speaks(scheme) }
        func room(at accessPoint: AccessPointNumber) -> Int { pipelined.room(at: accessPoint) }
        func pause(at accessPoint: AccessPointNumber) -> Duration {
            pipelined.pause(at: accessPoint)
        }
        func ask(_ question: Question) { pipelined.ask(question) }

        func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
            pipelined.wait(atMost: longest) { answer in
                if case .file = answer.subject { answerCounts[answer.accessPoint, default: 0] += 1 }
                receive(answer)
            }
        }
    }

    /// The servers of some cases, each at its own address, followed by one without faults.
    final class Network {
        let servers: [ScriptedServer]
        let points: [AccessPoint]
        let transport: CountedTransport
        let store = InMemoryStore()
        private let settings: CheckSettings

        init(
            _ cases: [Case],
            place: UInt32,
            answerPatience: Duration = .seconds(1)
        ) throws {
            let good = Case.always("good", .right, Case.right)
            servers = try (cases + [good]).enumerated().map { index, server in
                try ScriptedServer(
                    address: place << 8 | UInt32(index + 1),
                    prefersPipelines: server.needsStream,
                    server.script
                )
            }
            points = servers.enumerated().map { .make("m\($0)", baseURL: $1.baseURL) }
            var settings = CheckSettings()
            settings.requestsPerSecond = 0
            settings.policy.recheckSeconds = 0
            self.settings = settings
            transport = CountedTransport(
                try WebTransports(points, settings, answerPatience: answerPatience).pipelined
            )
        }

        deinit { for server in servers { server.stop() } }

        func check(shouldStop: @escaping () -> Bool = { false }) throws -> CheckReport {
            try CheckRun(
                targets: .each(points),
                policy: .make(HostileServerTests.catalog, settings),
                transport: transport,
                states: CheckStateStore(store),
                leases: CheckLeases(store),
                settings: settings,
                clock: SystemCheckClock(),
                shouldStop: shouldStop
            ).run()
        }

        /// False statements about a server's files; empty if all are right.
        func wrong(_ index: Int, isConfirmed: Bool? = true) throws -> [String] {
            let state = try CheckStateStore(store).load(points[index]).state
            return HostileServerTests.catalog.ids.compactMap { id in
                let isPresent = id.rawValue < HostileServer.presentCount
                let seen = state[id]
                let isRight =
                    isPresent
                    ? seen.outcome == .present
                    : seen.outcome == .absent && seen.isConfirmed == isConfirmed ?? seen.isConfirmed
                return isRight
                    ? nil : "\(HostileServerTests.catalog.path(of: id)): \(seen.outcome)"
            }
        }

        func expect(_ hostile: Case, _ index: Int, _ line: CheckReport.Line) throws {
            let wrong = try wrong(index)
            let problem = line.problem ?? ""
            switch hostile.outcome {
            case .right:
                #expect(wrong.isEmpty, "\(hostile.name): \(problem) \(wrong.prefix(3))")
            case .nothing, .left:
                let state = try CheckStateStore(store).load(points[index]).state
                let present = HostileServerTests.catalog.ids.filter {
                    state[$0].outcome == .present
                        || state[$0].outcome == .absent
                            && $0.rawValue < HostileServer.presentCount
                }
                #expect(present.isEmpty, "\(hostile.name): \(problem)")
                if case .left(let reason) = hostile.outcome {
                    #expect(line.problem?.contains(reason) == true, "\(hostile.name): \(problem)")
                }
            }
            if let hasProblem = hostile.hasProblem {
                // Its last answers may not have been read when the run ended.
                _ = eventually(within: hasProblem ? 30 : 0, every: 0.001) {
                    transport.wait(atMost: .milliseconds(10)) { _ in }
                    return transport.pipelined.problem(at: AccessPointNumber(index: index)) != nil
                }
                let problem = transport.pipelined.problem(at: AccessPointNumber(index: index))
                #expect((problem != nil) == hasProblem, "\(hostile.name): \(problem ?? "none")")
            }
            // 4 connections at a time, each with a socket's buffer.
            #expect(servers[index].sentByteCount < 200_000_000, "\(hostile.name)")
        }
    }
}
