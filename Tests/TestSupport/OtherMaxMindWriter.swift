/// Databases that were not written by our own code, but by the Python package `mmdb-writer`, which
/// `make setup-tests` installs.
package enum OtherMaxMindWriter {
    private static let python = FunctionBinary(
        "\(Repository.root)/.build-tools/bin/python",
        environment: ["PATH": "/usr/bin:/bin"]
    )

    package static var isThere: Bool {
        (try? python.run(arguments: ["-c", "import mmdb_writer"]).isSuccess) ?? false
    }

    /// A program that failed, with its output.
    package struct Failure: Error {
        package let result: FunctionResult
    }

    /// Runs a Python program that writes databases.
    package static func run(_ program: String, _ arguments: String...) throws {
        let result = try python.run(arguments: ["-c", program] + arguments)
        guard result.isSuccess else { throw Failure(result: result) }
    }
}
