import Foundation
import Synchronization
import TestSupport

/// Starts the programs of functions, and stops all of them at the end.
final class Launcher: Sendable {
    private struct State {
        var isStopping = false
        var running: [ObjectIdentifier: ChildProcess] = [:]
    }

    /// The variable that marks everything that a gateway started.
    static let markVariable = "LOCAL_GATEWAY"

    private let binaries: String
    private let environment: [String: String]
    private let state = Mutex(State())

    /// Runs the executables in the folder `binaries`.
    ///
    /// `environment` is overridden by that of the stack, as in an image, and all of them get
    /// `mark`.
    init(binaries: String, environment: [String: String], mark: String) {
        self.binaries = binaries
        self.environment = environment.merging([Self.markVariable: mark]) { $1 }
    }

    /// Starts `command`, whose program is searched by its name only; nil if everything is being
    /// stopped.
    ///
    /// The caller must report by ``ended(_:)`` that the program has ended.
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

    /// Asks all programs to end, kills them after ten seconds, and starts no more.
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
