import Foundation
import Synchronization
import TestSupport

/// Starts the programs of functions, and stops all of them in the end.
final class Launcher: Sendable {
    private struct State {
        var isStopping = false
        var running: [ObjectIdentifier: ChildProcess] = [:]
    }

    /// The variable by which everything that a gateway started can be found.
    static let markVariable = "LOCAL_GATEWAY"

    private let binaries: String
    private let environment: [String: String]
    private let state = Mutex(State())

    /// Runs the executables in the folder `binaries`, with `environment` below that of the stack,
    /// as an image would have it, and with `mark` in all of them.
    init(binaries: String, environment: [String: String], mark: String) {
        self.binaries = binaries
        self.environment = environment.merging([Self.markVariable: mark]) { $1 }
    }

    /// Starts `command`, of which the program is looked for by its name alone; nil when everything
    /// is being stopped.
    ///
    /// Whoever starts a program tells by ``ended(_:)`` that it has ended.
    func start(
        _ command: [String],
        environment more: [String: String],
        input: Int32,
        output: Int32,
        errors: Int32
    ) throws -> ChildProcess? {
        let name = command.first?.split(separator: "/").last.map(String.init) ?? ""
        return try state.withLock { state in
            guard !state.isStopping else { return nil }
            let child = try ChildProcess(
                "\(binaries)/\(name)",
                Array(command.dropFirst()),
                environment: environment.merging(more) { $1 },
                input: input,
                output: output,
                errors: errors
            )
            state.running[ObjectIdentifier(child)] = child
            return child
        }
    }

    func ended(_ child: ChildProcess) {
        state.withLock { $0.running[ObjectIdentifier(child)] = nil }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Asks everything that runs to end, makes it after ten seconds, and starts nothing more.
    func stop() {
        let children = state.withLock { state in
            state.isStopping = true
            return Array(state.running.values)
        }
        for child in children { child.signal(SIGTERM) }
        let deadline = Date(timeIntervalSinceNow: 10)
        for child in children where child.wait(until: deadline) == nil {
            child.signal(SIGKILL)
            _ = child.wait()
        }
    }
}
