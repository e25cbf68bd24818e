import Foundation
import TestSupport

/// A program of the system, or of the tests' own virtual environment.
enum ClientTool {
    /// The folder where `make setup-tests` installs programs from PyPI.
    static let pythonFolder = "\(Repository.root)/.build-tools/bin"

    /// The path of `program`; throws an error that says how to install it if it is missing.
    static func path(of program: String) throws -> String {
        let folders = ["/usr/bin", "/usr/sbin", "/bin", "/usr/local/bin", pythonFolder]
        let candidates = folders.map { "\($0)/\(program)" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw EndToEndError.notInstalled(program)
        }
        return path
    }

    /// Runs a program until it ends, successfully or not, without this process's environment.
    static func attempt(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: String? = nil,
        seconds: Double = 60
    ) throws -> FunctionResult {
        let path = try path(of: program)
        let environment = Self.environment.merging(environment) { $1 }
        guard let folder else {
            return try FunctionBinary(path, environment: environment)
                .run(arguments: arguments, seconds: seconds)
        }
        // `posix_spawn` cannot set the working directory.
        return try FunctionBinary("/bin/sh", environment: environment).run(
            arguments: ["-c", "cd \"$0\" && exec \"$@\"", folder, path] + arguments,
            seconds: seconds
        )
    }

    /// Runs a program in the same way; throws unless it succeeds.
    @discardableResult
    static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: String? = nil,
        seconds: Double = 60
    ) throws -> FunctionResult {
        let result = try attempt(
            program,
            arguments,
            environment: environment,
            in: folder,
            seconds: seconds
        )
        guard result.isSuccess else { throw EndToEndError.failed(program, result) }
        return result
    }

    private static let environment = [
        "PATH": "/usr/bin:/usr/sbin:/bin:/sbin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent",
    ]
}
