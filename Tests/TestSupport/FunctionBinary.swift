package import Foundation
import Glibc

/// One of the product's executables, called as by the classic watchdog: a request on stdin, a
/// result on stdout, log lines on stderr.
package struct FunctionBinary: Sendable {
    package let path: String
    /// The complete environment of the function.
    package var environment: [String: String]

    package init(_ path: String, environment: [String: String] = [:]) {
        self.path = path
        self.environment = environment
    }

    /// Runs the function until it ends, or kills it after `seconds`.
    package func run(
        _ request: String = "",
        arguments: [String] = [],
        environment more: [String: String] = [:],
        seconds: Double = 900
    ) throws -> FunctionResult {
        let streams = try FunctionStreams(request: request)
        let started = Date()
        let child = try start(arguments: arguments, environment: more, streams: streams)
        var peakMemory = 0
        // The kernel does not keep the peak of a program that has ended, so it is read repeatedly.
        while child.wait(until: Date(timeIntervalSinceNow: 0.1)) == nil {
            peakMemory = max(peakMemory, child.peakMemory ?? 0)
            if Date().timeIntervalSince(started) > seconds { child.signal(SIGKILL) }
        }
        var result = try streams.result(of: child)
        result.seconds = Date().timeIntervalSince(started)
        result.peakMemory = peakMemory
        return result
    }

    /// Starts the function and returns immediately; `streams` receives what it writes.
    package func start(
        arguments: [String] = [],
        environment more: [String: String] = [:],
        streams: FunctionStreams
    ) throws -> ChildProcess {
        try ChildProcess(
            path,
            arguments,
            environment: environment.merging(more) { $1 },
            input: streams.input.fileDescriptor,
            output: streams.output.fileDescriptor,
            errors: streams.errors.fileDescriptor
        )
    }
}

/// The standard streams of a function, as files: nothing blocks, whatever the function writes.
package final class FunctionStreams: Sendable {
    private let folder: TemporaryFolder
    package let input: FileHandle
    package let output: FileHandle
    package let errors: FileHandle

    package init(request: String = "") throws {
        folder = try TemporaryFolder("streams")
        for (name, text) in [("stdin", request), ("stdout", ""), ("stderr", "")] {
            try folder.write(text, to: name)
        }
        input = try Self.open(folder.appending("stdin"), O_RDONLY)
        output = try Self.open(folder.appending("stdout"), O_WRONLY | O_APPEND)
        errors = try Self.open(folder.appending("stderr"), O_WRONLY | O_APPEND)
    }

    private static func open(_ path: String, _ flags: Int32) throws -> FileHandle {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// The output of the function so far.
    package var printed: String {
        get throws { try text("stdout") }
    }

    /// The log of the function so far.
    package var log: String {
        get throws { try text("stderr") }
    }

    /// Waits for the function and returns its result.
    package func result(of child: ChildProcess) throws -> FunctionResult {
        guard let ending = child.wait() else { throw SystemError("wait", code: ECHILD) }
        return FunctionResult(ending: ending, output: try printed, log: try log)
    }

    private func text(_ name: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: folder.appending(name))),
            as: UTF8.self
        )
    }
}

/// The result of one run of a function.
package struct FunctionResult: Sendable, CustomStringConvertible {
    package let ending: ChildProcess.Ending
    package let output: String
    package let log: String
    /// The duration in seconds.
    package fileprivate(set) var seconds = 0.0
    /// Its peak resident memory in bytes, up to a tenth of a second before its end.
    package fileprivate(set) var peakMemory = 0

    /// Whether the function reports that its work was done.
    package var isSuccess: Bool { ending == .exited(0) }

    /// The lines of the log.
    package var logLines: [Substring] { log.split(separator: "\n") }

    /// Parses the result line as `Result`.
    package func decoded<Result: Decodable>(as type: Result.Type = Result.self) throws -> Result {
        try JSONDecoder().decode(type, from: Data(output.utf8))
    }

    package var description: String {
        "\(ending)\nstdout: \(output)\nstderr: \(log)"
    }
}
