import FunctionGateway
import FunctionRuntime
import Glibc
import JSON
import Linux

/// Where a check requested by an operator runs: behind `GATEWAY_URL`, or else on this machine.
struct CheckerInvocation: Sendable {
    private let gateway: Gateway?
    private let function: String

    /// Throws if `GATEWAY_URL` or `CHECKER_FUNCTION` is unusable.
    init(_ environment: Environment) throws(FunctionError) {
        gateway = try Gateway(environment)
        function = try Gateway.functionName(.checkerFunction, environment)
    }

    /// Seconds beyond its budget that a check may take to start and to store its results.
    private static let graceSeconds = 30

    /// Runs a request and returns the result line.
    func check(_ request: JSONValue, _ seconds: Int) throws -> JSONValue {
        let limit = seconds + Self.graceSeconds
        let bytes: [UInt8]
        if let gateway {
            bytes = try gateway.call(function, body: request.serialized(), seconds: limit)
        } else {
            bytes = try Self.run(request.serialized(), limit: limit)
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw FunctionError.failed("the checker's result cannot be read: \(error)")
        }
    }

    /// The program beside this one, or in PATH under its installed name.
    private static var program: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &path, path.count)
        if count > 0, count < path.count {
            let own = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let folder = own[..<(own.lastIndex(of: "/") ?? own.endIndex)]
            if let found = ExecutableSearch.path(of: "\(folder)/checker") { return found }
        }
        return "redirector-checker"
    }

    private static func run(_ request: [UInt8], limit: Int) throws -> [UInt8] {
        let input = try memoryFile(of: request, "keep a request")
        defer { close(input) }
        let program = try ChildProgram(
            [program],
            environment: nil,
            input: input,
            errors: .inherited,
            limit: .seconds(limit)
        )
        var output: [UInt8] = []
        while true {
            let ending = program.step(atMost: .seconds(1)) { _, bytes in output += bytes }
            guard let ending else { continue }
            if ending == .exited(0) { return output }
            throw FunctionError.failed("the checker ended with \(ending): its log says why")
        }
    }
}
