import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import local_gateway

/// How functions are run and ended; they are shell scripts here.
@Suite struct WatchdogTests {
    private let folder: TemporaryFolder
    private let launcher: Launcher

    init() throws {
        folder = try TemporaryFolder("watchdog")
        launcher = Launcher(
            binaries: "/bin",
            environment: ["PATH": "/usr/bin:/bin", "FOLDER": folder.path],
            mark: "none"
        )
    }

    private func watchdog(
        _ script: String,
        environment: [String: String] = [:],
        limits: [String: String] = [:]
    ) throws -> Watchdog {
        let process = "/bin/sh \(try folder.write(script + "\n", to: "job.sh"))"
        let function = StackFile.Function(
            name: "job",
            process: process,
            environment: environment,
            limits: limits
        )
        return Watchdog(function, process: process, launcher: launcher)
    }

    private func text(_ name: String) -> String? {
        try? String(contentsOfFile: folder.appending(name), encoding: .utf8)
    }

    private func isRunning(processIn name: String) -> Bool {
        guard let id = text(name)?.split(separator: "\n").first else { return false }
        return FileManager.default.fileExists(atPath: "/proc/\(id)")
    }

    /// `fprocess` does not support quotes.
    @Test func splitsTheCommandAtEverySpace() throws {
        let process = "/bin/echo \"a  b\""
        let function = StackFile.Function(name: "job", process: process)
        let outcome = Watchdog(function, process: process, launcher: launcher)
            .outcome(of: Invocation())
        guard case .answer(let answer) = outcome else {
            Issue.record("no answer")
            return
        }
        #expect(String(decoding: answer.body, as: UTF8.self) == "\"a  b\"\n")
    }

    @Test func saysThatAProgramIsMissing() throws {
        let function = StackFile.Function(name: "job", process: "/bin/no-such-program")
        let watchdog = Watchdog(function, process: "/bin/no-such-program", launcher: launcher)
        #expect(watchdog.outcome(of: Invocation()).status == 500)
    }

    @Test
    func refusesCallsBeyondItsLimitAndTakesThemAgainLater() throws {
        let watchdog = try watchdog(
            "touch $FOLDER/started; while [ ! -e $FOLDER/go ]; do sleep 0.01; done",
            environment: ["max_inflight": "1"]
        )
        let first = Mutexed<Int?>(nil)
        Thread.detachNewThread { first.set(watchdog.outcome(of: Invocation()).status) }
        #expect(eventually(within: 30) { text("started") != nil })
        guard case .answer(let refusal) = watchdog.outcome(of: Invocation()) else {
            Issue.record("no answer")
            return
        }
        #expect(refusal.status == 429)
        #expect(refusal.headers["X-OpenFaaS-Internal"].first == "faas-middleware")
        try folder.write("", to: "go")
        #expect(eventually(within: 30) { first.value == 200 })
        #expect(watchdog.outcome(of: Invocation()).status == 200)
    }

    @Test
    func killsAtTheExecutionLimitWithAllThatWasStarted() throws {
        let watchdog = try watchdog(
            "sleep 600 & echo $! > $FOLDER/grandchild; wait",
            environment: ["exec_timeout": "1s"]
        )
        #expect(watchdog.outcome(of: Invocation()).status == 408)
        #expect(eventually(within: 30) { !isRunning(processIn: "grandchild") })
    }

    @Test
    func endsWhatAFinishedFunctionLeavesBehind() throws {
        let watchdog = try watchdog("sleep 600 & echo $! > $FOLDER/grandchild")
        #expect(watchdog.outcome(of: Invocation()).status == 200)
        #expect(eventually(within: 30) { !isRunning(processIn: "grandchild") })
    }

    @Test
    func killsAFunctionThatTakesMoreMemoryThanItsLimit() throws {
        // A shell that holds a string of 64 MB.
        let watchdog = try watchdog(
            "word=$(head -c 67108864 /dev/zero | tr '\\0' x); sleep 600",
            limits: ["memory": "32Mi"]
        )
        guard case .answer(let answer) = watchdog.outcome(of: Invocation()) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.status == 500)
        #expect(String(decoding: answer.body, as: UTF8.self).hasPrefix("signal: killed\n"))
    }

    @Test
    func stopsWhatRunsAndStartsNothingMore() throws {
        let watchdog = try watchdog("echo $$ > $FOLDER/id; sleep 600")
        let outcome = Mutexed<Int?>(nil)
        Thread.detachNewThread { outcome.set(watchdog.outcome(of: Invocation()).status) }
        #expect(eventually(within: 30) { isRunning(processIn: "id") })
        launcher.stop()
        #expect(eventually(within: 30) { outcome.value == 500 })
        #expect(!isRunning(processIn: "id"))
        #expect(watchdog.outcome(of: Invocation()).status == nil)
    }
}
