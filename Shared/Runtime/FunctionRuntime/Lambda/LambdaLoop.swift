import Glibc
import JSON
import Linux

/// A program of stdin and stdout on AWS Lambda: each event is a request, handled by a process of
/// its own.
///
/// The process for an event is started with this process's command line, but without
/// `AWS_LAMBDA_RUNTIME_API`: it is the same program that a watchdog or an operator runs, so nothing
/// of one run remains for the next. Its output is the result; an exit status other than 0 becomes
/// the error `Exit.N`. It must end some seconds before Lambda's deadline.
package struct LambdaLoop {
    /// Serves events if this process is a runtime of AWS Lambda, and returns an exit status when
    /// the Runtime API fails; returns nil elsewhere.
    ///
    /// Without `takesRequest`, the command line says everything, and an event that asks for
    /// something is refused. Throws if the address of the Runtime API is unusable.
    package static func runOnLambda(
        takesRequest: Bool = true,
        takesEnd: Bool = false
    ) throws(FunctionError) -> Int32? {
        guard let api = try RuntimeAPI(.ofProcess()) else { return nil }
        return LambdaLoop(api: api, takesRequest: takesRequest, takesEnd: takesEnd).run()
    }

    /// How long before Lambda's deadline a run must end, if it accepts an end time.
    static let marginSeconds: Int64 = 10
    /// How long before the deadline a run is killed, which leaves time to report that.
    private static let killMilliseconds: Int64 = 1000

    let api: RuntimeAPI
    /// Whether the program reads a request.
    let takesRequest: Bool
    /// Whether the function's requests have the field `endBy`.
    let takesEnd: Bool

    /// Serves until Lambda ends the sandbox; returns an exit status when the Runtime API fails.
    func run() -> Int32 {
        do throws(RuntimeAPI.Failure) {
            let command = try Self.command()
            while true {
                let invocation = try api.next()
                try answer(invocation, command)
            }
        } catch {
            // Lambda starts another sandbox.
            Log.error("\(error)")
            return 1
        }
    }

    private func answer(
        _ invocation: RuntimeAPI.Invocation,
        _ command: [String]
    ) throws(RuntimeAPI.Failure) {
        unsafe Log.trace = invocation.trace
        let request = LambdaEvent.request(
            invocation.event,
            endBy: takesEnd ? invocation.deadline / 1000 - Self.marginSeconds : nil
        )
        guard takesRequest || LambdaEvent.isEmpty(request) else {
            let message = "this function takes no request; send {} or nothing"
            try api.fail(invocation, type: "Event.Unknown", message)
            return
        }
        var output: [UInt8] = []
        let ending: ChildProgram.Ending
        do throws(SystemError) {
            ending = try Self.run(command, input: request, for: invocation) { output += $0 }
        } catch {
            Log.error("\(error)")
            try api.fail(invocation, type: "Exit.Start", "\(error)")
            return
        }
        switch ending {
        case .exited(0):
            while output.last == 0x0A { output.removeLast() }
            try api.respond(to: invocation, output)
        case .exited(let status):
            try api.fail(invocation, type: "Exit.\(status)", Self.message(in: output))
        case .signalled(let signal):
            try api.fail(invocation, type: "Exit.Signal", "the run ended by signal \(signal)")
        case .timedOut, .stopped:
            try api.fail(
                invocation,
                type: "Exit.Timeout",
                "the run was not over in time: give the function a longer timeout or less to do"
            )
        }
    }

    /// The error of a failed run.
    private static func message(in output: [UInt8]) -> String {
        if case .object(let object)? = try? JSONValue(parsing: output),
            case .string(let text)? = object["error"]
        {
            return text
        }
        return String(decoding: output.prefix(1000), as: UTF8.self)
    }

    /// The command line of this process, including the dynamic linker if that was invoked by name.
    private static func command() throws(RuntimeAPI.Failure) -> [String] {
        let command = strings(in: "/proc/self/cmdline")
        guard !command.isEmpty else {
            throw RuntimeAPI.Failure(
                description: "/proc/self/cmdline: expected a command, found none"
            )
        }
        return command
    }

    /// The NUL-terminated strings in a file of the kernel.
    private static func strings(in path: String) -> [String] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let bytes = (try? readAll(from: descriptor, limit: 1 << 21)) ?? []
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs the program with `request` as its input; its log goes where this process's does.
    private static func run(
        _ command: [String],
        input request: [UInt8],
        for invocation: RuntimeAPI.Invocation,
        _ receive: (ArraySlice<UInt8>) -> Void
    ) throws(SystemError) -> ChildProgram.Ending {
        let input = try memoryFile(of: request, "keep an event")
        defer { close(input) }
        let left = invocation.deadline - milliseconds() - killMilliseconds
        let program = try ChildProgram(
            command,
            environment: environment(trace: invocation.trace),
            input: input,
            errors: .inherited,
            limit: .milliseconds(max(100, min(left, 86_400_000)))
        )
        while true {
            let ending = program.step(atMost: .seconds(1)) { _, bytes in receive(bytes) }
            if let ending { return ending }
        }
    }

    private static func milliseconds() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// This process's variables, adjusted for the program of one event.
    private static func environment(trace: String?) -> [String: String] {
        var variables: [String: String] = [:]
        for entry in strings(in: "/proc/self/environ") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        }
        variables["AWS_LAMBDA_RUNTIME_API"] = nil
        // The name used by Lambda's own runtimes.
        variables["_X_AMZN_TRACE_ID"] = trace
        return variables
    }
}
