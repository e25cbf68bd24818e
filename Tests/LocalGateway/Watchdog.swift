import Foundation
import Glibc
import NIOHTTP1
import Synchronization
import TestSupport

/// A function behind the classic watchdog: one process for each call, with the request on its
/// standard input and the answer on its standard output.
///
/// It follows the watchdog's contract as far as a function can notice: methods, environment,
/// streams, exit status, limits. Two things are specific to this program: what a function leaves
/// behind in its process group is ended with it, as it would be with the container at the latest;
/// and `limits.memory` is compared with the memory of the function's own process, twenty times a
/// second.
final class Watchdog: Sendable {
    private let name: String
    private let settings: WatchdogSettings
    private let environment: [String: String]
    private let memoryLimit: Int?
    private let launcher: Launcher
    private let runningCount = Mutex(0)

    private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    init(_ function: StackFile.Function, process: String, launcher: Launcher) {
        name = function.name
        settings = WatchdogSettings(process: process, environment: function.environment)
        environment = function.environment
        memoryLimit = function.memoryLimit
        self.launcher = launcher
    }

    /// Runs the function once and waits for it.
    func outcome(of invocation: Invocation) -> Outcome {
        guard Self.methods.contains(invocation.method) else { return .answer(Answer(405)) }
        let isAdmitted = runningCount.withLock { count in
            guard count < settings.concurrencyLimit ?? .max else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            return .answer(
                Answer(
                    429,
                    text: "Concurrent request limit exceeded\n",
                    headers: ["X-OpenFaaS-Internal": "faas-middleware"]
                )
            )
        }
        defer { runningCount.withLock { $0 -= 1 } }
        do {
            return try run(invocation)
        } catch {
            Console.print("local-gateway: \(name): \(error)")
            return .answer(Answer(500, text: "\(error)\n"))
        }
    }

    private func run(_ invocation: Invocation) throws -> Outcome {
        let input = try NamelessFile(holding: invocation.body)
        let output = try NamelessFile()
        let log = settings.combinesOutput ? nil : try Console.prefixed(name)
        defer { try? log?.close() }
        var environment = environment
        if settings.passesHeaders {
            environment.merge(invocation.watchdogEnvironment) { $1 }
        }
        let startedAt = ContinuousClock.now
        guard
            let child = try launcher.start(
                settings.command,
                environment: environment,
                input: input.descriptor,
                output: output.descriptor,
                errors: log?.fileDescriptor ?? output.descriptor
            )
        else { return .cut }
        defer { launcher.ended(child) }
        let ending = wait(for: child)
        let duration = ContinuousClock.now - startedAt
        // Go's server notices only when writing that the time for writing is over.
        guard duration < .seconds(settings.writeLimit) else { return .cut }
        var answer = try answer(ending, printed: output.bytes(), to: invocation)
        answer.headers.add(name: "X-Duration-Seconds", value: "\(duration / .seconds(1))")
        return .answer(answer)
    }

    /// Waits for `child` to end; nil if it ran out of time and was killed.
    private func wait(for child: ChildProcess) -> ChildProcess.Ending? {
        let deadline = settings.executionLimit.map { Date(timeIntervalSinceNow: Double($0)) }
        guard let memoryLimit else {
            if let ending = child.wait(until: deadline) { return ending }
            child.signal(SIGKILL)
            _ = child.wait()
            return nil
        }
        while true {
            if let ending = child.wait(until: Date(timeIntervalSinceNow: 0.05)) { return ending }
            if let deadline, deadline <= Date() {
                child.signal(SIGKILL)
                _ = child.wait()
                return nil
            }
            if let peak = child.peakMemory, peak > memoryLimit {
                Console.print("local-gateway: \(name) took more memory than its limit: killed")
                child.signal(SIGKILL)
            }
        }
    }

    private func answer(
        _ ending: ChildProcess.Ending?,
        printed: [UInt8],
        to invocation: Invocation
    ) -> Answer {
        switch ending {
        case nil:
            Console.print("local-gateway: \(name) was killed at its exec_timeout")
            return Answer(408, text: "Killed process.")
        case .exited(0):
            var answer = Answer(200, body: printed)
            let type =
                settings.contentType ?? invocation.headers["Content-Type"].first
                ?? (printed.isEmpty ? nil : sniffedContentType(of: printed))
            if let type { answer.headers.add(name: "Content-Type", value: type) }
            return answer
        case .exited(let status):
            return Answer(500, body: Array("exit status \(status)\n".utf8) + printed)
        case .signalled(let number):
            let signal = number == SIGKILL ? "killed" : unsafe String(cString: strsignal(number))
            return Answer(500, body: Array("signal: \(signal.lowercased())\n".utf8) + printed)
        }
    }
}
