import Foundation
import TestSupport

/// The release binaries under test, and the parts around this checkout.
enum Product {
    static let root = Repository.root

    /// The folder of the binaries: `BIN`, or where `make build` leaves them.
    static let binaries = variable("BIN") ?? "\(root)/.build/release"

    /// The scripts that make a tree and its mirrors at any size, or nil in a plain clone.
    static let treeScripts: String? = {
        let folder = variable("E2E_DATA") ?? "\(root)/../shared/data"
        let isThere = FileManager.default.isExecutableFile(atPath: "\(folder)/make-tree")
        return isThere ? folder : nil
    }()

    /// The number of distfiles in the tree, not counting symlinks and releases; `E2E_OBJECTS`.
    static let objectCount = variable("E2E_OBJECTS").flatMap(Int.init) ?? 5_000

    /// The number of mirrors, one for each profile by default; `E2E_MIRRORS`.
    static let mirrorCount = variable("E2E_MIRRORS").flatMap(Int.init) ?? 11

    /// The layout of distfiles in the tree that the scripts make, in their words; `E2E_LAYOUT`.
    static let layout = variable("E2E_LAYOUT") ?? "transition"

    static func function(_ name: String, environment: [String: String]) -> FunctionBinary {
        FunctionBinary("\(binaries)/\(name)", environment: environment)
    }

    /// Runs each function of a cycle once: publishes what `leaderRequest` describes, probes and
    /// checks every mirror without any limit on the rate, and builds the maps.
    static func runCycle(storageURL: String, leaderRequest: String) throws {
        let environment = [
            "STORAGE_URL": storageURL, "CHECK_RATE": "0", "RECHECK_AFTER_SECONDS": "0",
        ]
        for (name, request) in [
            ("leader", leaderRequest), ("checker", #"{"mode":"probe"}"#),
            ("checker", #"{"mode":"check"}"#), ("builder", ""),
        ] {
            let result = try function(name, environment: environment).run(request)
            guard result.isSuccess else { throw EndToEndError.failed(name, result) }
        }
    }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
