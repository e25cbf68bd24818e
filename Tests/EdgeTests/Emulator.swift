import Foundation
import TestSupport

/// AWS's Runtime Interface Emulator on loopback, with one of our programs as its runtime.
final class Emulator: Sendable {
    private let child: ChildProcess
    private let streams: FunctionStreams
    private let folder: TemporaryFolder
    let port: Int

    /// Starts it; the program starts with the first event, as in AWS's emulator.
    ///
    /// `arguments` are those that the script of its zip gives the program.
    init(
        _ program: String,
        _ arguments: String = "",
        environment: [String: String],
        timeout seconds: Int = 30
    ) throws {
        let emulator = "\(Repository.root)/.build-tools/aws-lambda-rie"
        guard FileManager.default.isExecutableFile(atPath: emulator) else {
            throw EdgeModule.Failure(description: "no \(emulator): run make setup-tests")
        }
        folder = try TemporaryFolder("emulator")
        let bootstrap = try Self.bootstrap(
            Self.program(program),
            arguments,
            named: program,
            in: folder
        )
        port = try freePort()
        streams = try FunctionStreams()
        let own = [
            "PATH": "/usr/bin:/bin", "AWS_LAMBDA_FUNCTION_TIMEOUT": "\(seconds)",
            "TMPDIR": folder.path,
        ]
        child = try FunctionBinary(emulator, environment: environment.merging(own) { $1 })
            .start(
                arguments: [
                    "--runtime-interface-emulator-address", "127.0.0.1:\(port)",
                    "--runtime-api-address", "127.0.0.1:\(try freePort())", bootstrap, "handler",
                ],
                streams: streams
            )
        guard eventually(within: 30, every: 0.02, { [port] in !isFree(port: port) }) else {
            throw EdgeModule.Failure(description: try streams.log)
        }
    }

    deinit {
        child.stop(patience: 2)
    }

    /// The program that the emulator starts, as in the zip: the redirector itself, so that it sees
    /// the handler's name among its arguments; every other program through a script.
    private static func bootstrap(
        _ path: String,
        _ arguments: String,
        named program: String,
        in folder: TemporaryFolder
    ) throws -> String {
        let bootstrap = folder.path + "/bootstrap"
        if program == "redirector" {
            try FileManager.default.createSymbolicLink(
                atPath: bootstrap,
                withDestinationPath: path
            )
            return bootstrap
        }
        return try folder.writeProgram("exec \(path) \(arguments)", to: "bootstrap")
    }

    /// A program from this build, next to the tests.
    private static func program(_ name: String) throws -> String {
        let folder = "\(Repository.root)/.build/debug"
        let path = "\(folder)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw EdgeModule.Failure(description: "no \(path)")
        }
        return path
    }

    /// The result of `event`, or the document of its error.
    func invoke(_ event: String) throws -> String {
        let request = HTTPRequest(
            "POST",
            "/2015-03-31/functions/function/invocations",
            body: Array(event.utf8)
        )
        do {
            let response = try HTTPConnection(port: port).response(to: request)
            if !response.body.isEmpty { return String(decoding: response.body, as: UTF8.self) }
            throw EdgeModule.Failure(description: "status \(response.status) without a body")
        } catch {
            throw EdgeModule.Failure(description: "no answer to an event: \(error); \(try log)")
        }
    }

    var log: String { get throws { try streams.log + streams.printed } }

    /// The processes that the emulator started, and those that these started, oldest first.
    var descendants: [pid_t] {
        var parents: [pid_t: pid_t] = [:]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for process in names.compactMap({ pid_t($0) }) {
            // The name in parentheses may contain anything; the state and the parent follow it.
            let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = status?.components(separatedBy: ") ").last?.split(separator: " ") ?? []
            if fields.count > 1, let parent = pid_t(fields[1]) { parents[process] = parent }
        }
        var found: [pid_t] = []
        var last = [child.processID]
        while !last.isEmpty {
            last = last.flatMap { parent in parents.filter { $0.value == parent }.keys.sorted() }
            found += last
        }
        return found
    }
}
