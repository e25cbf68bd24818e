import Bytes
import Glibc
package import JSON
import Linux

/// A function that reads one JSON request from stdin and prints one JSON result line on stdout.
///
/// OpenFaaS's classic watchdog runs it, and so can operators and cron. A run has two steps, and the
/// first cannot touch storage: `read` turns request and environment into a value, and any error
/// ends the run with exit status 2; `work` carries the value out, and any error ends it with status
/// 1, or as ``FunctionError`` says: 3 if the tree and 4 if a map lost too much. The reason is
/// printed as one line on standard error and as `{"error": …}` on standard output, for callers that
/// see only one of them.
package struct Function: Sendable {
    package let name: String
    /// The text of `--help` before the variables that the function reads.
    package let help: String
    /// Its commands for a terminal, in addition to its work.
    package let verbs: [Verb]
    /// The keys of a request that only narrow the work of the environment.
    ///
    /// They are accepted from anybody who can reach the gateway; see ``Caller``.
    package let openKeys: Set<String>

    package init(name: String, help: String, openKeys: Set<String>, verbs: [Verb] = []) {
        self.name = name
        self.help = help
        self.openKeys = openKeys
        self.verbs = verbs
    }

    /// The version of all functions, which are built and deployed together.
    package static let version = "0.2.0"

    /// The maximum size of a request; a list of all access points takes a hundredth of it.
    static let requestLimit = 1 << 20

    /// Runs once with this process's arguments, environment and standard streams, and returns the
    /// exit status.
    ///
    /// On AWS Lambda, when `AWS_LAMBDA_RUNTIME_API` is set, it serves events instead: see
    /// ``LambdaLoop``.
    package func run<Request>(
        read: (inout JSONFields, Environment) throws -> Request,
        work: (Request) throws -> JSONValue
    ) -> Int32 {
        if CommandLine.arguments.count == 1 {
            do throws(FunctionError) {
                let takesEnd = openKeys.contains("endBy")
                if let status = try LambdaLoop.runOnLambda(takesEnd: takesEnd) { return status }
            } catch {
                Log.error("\(error)")
                return error.exitStatus
            }
        }
        return run(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: .ofProcess(),
            input: StandardStreams.readInput,
            output: StandardStreams.writeOutput,
            read: read,
            work: work
        )
    }

    /// Runs once with everything passed in, and returns the exit status.
    func run<Request>(
        arguments: [String],
        environment: Environment,
        input: (_ limit: Int) throws(FunctionError) -> [UInt8],
        output: (String) -> Void,
        read: (inout JSONFields, Environment) throws -> Request,
        work: (Request) throws -> JSONValue
    ) -> Int32 {
        do throws(FunctionError) {
            switch arguments {
            case ["--help"], ["-h"]:
                output(helpText)
                return 0
            case ["--version"]:
                output("\(name) \(Self.version)")
                return 0
            case []:
                environment.warnOfMisspelt()
            default:
                let verb = try verb(of: arguments)
                environment.warnOfMisspelt()
                try Self.attempt(FunctionError.failed) {
                    try verb.run(Array(arguments.dropFirst()), environment, output)
                }
                return 0
            }
            let request = try self.request(in: try input(Self.requestLimit), environment, read)
            output(try Self.attempt(FunctionError.failed) { try work(request) }.description)
            return 0
        } catch {
            if case .repeated = error { Log.debug("\(error)") } else { Log.error("\(error)") }
            output(JSONValue.object(["error": .string("\(error)")]).description)
            return error.exitStatus
        }
    }

    /// The text of `--help`: the function's own text, and its variables.
    private var helpText: String {
        let text = help.hasSuffix("\n") ? String(help.dropLast()) : help
        return Setting.all(of: name).isEmpty ? text : "\(text)\n\n\(Setting.help(of: name))"
    }

    /// The verb named by the arguments, with an accepted number of operands.
    private func verb(of arguments: [String]) throws(FunctionError) -> Verb {
        guard let verb = verbs.first(where: { $0.name == arguments.first }) else {
            let known = (["--help"] + verbs.map(\.name)).joined(separator: ", ")
            throw .badRequest(
                "\(name) takes no arguments but \(known) and --version: the request is one JSON "
                    + "object on standard input"
            )
        }
        guard verb.takes(arguments.count - 1) else {
            let usage = ([name, verb.name] + verb.operands).joined(separator: " ")
            throw .badRequest("\(verb.name): expected \(usage)")
        }
        return verb
    }

    private func request<Request>(
        in bytes: [UInt8],
        _ environment: Environment,
        _ read: (inout JSONFields, Environment) throws -> Request
    ) throws(FunctionError) -> Request {
        try Self.attempt({ .badRequest("bad request: \($0) (see \(name) --help)") }) {
            let caller = try Caller(environment)
            Caller.forgetKey()
            let isEmpty = bytes.allSatisfy(\.isBlank)
            var fields = try JSONFields(isEmpty ? .object([:]) : JSONValue(parsing: bytes))
            // Before anything is read, because an error could reveal what is on this machine.
            if let refusal = caller.refusal(of: fields.keys, open: openKeys) { throw refusal }
            let request = try read(&fields, environment)
            try fields.finish()
            return request
        }
    }

    /// Runs `body`; an error other than a `FunctionError` is converted with `wrap`.
    private static func attempt<Value>(
        _ wrap: (String) -> FunctionError,
        _ body: () throws -> Value
    ) throws(FunctionError) -> Value {
        do {
            return try body()
        } catch let error as FunctionError {
            throw error
        } catch {
            throw wrap("\(error)")
        }
    }
}

/// The standard streams of this process.
private enum StandardStreams {
    /// All of standard input, at most `limit` bytes.
    ///
    /// A terminal counts as empty input, because nothing is piped in.
    static func readInput(limit: Int) throws(FunctionError) -> [UInt8] {
        if isatty(STDIN_FILENO) == 1 { return [] }
        // Started without standard input, as by some init systems.
        if fcntl(STDIN_FILENO, F_GETFD) < 0 { return [] }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try readAll(from: STDIN_FILENO, limit: limit + 1, "read standard input")
        } catch {
            throw .badRequest("\(error)")
        }
        guard bytes.count <= limit else {
            throw .badRequest("the request is longer than \(limit) bytes")
        }
        return bytes
    }

    static func writeOutput(_ line: String) {
        // There is nowhere to report a failure.
        try? writeAll(Array(line.utf8) + [0x0A], to: STDOUT_FILENO)
    }
}
