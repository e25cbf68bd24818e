import Foundation
import Glibc
import TestSupport
import Testing

/// The kind of storage in which a deployment keeps its blobs.
enum StorageKind: String, Sendable, CaseIterable {
    case folder
    /// A bucket of an S3 server that the test starts and stops.
    case bucket
}

/// A whole installation: a mirror network, storage, and functions that were each run once.
final class Installation: Sendable {
    let network: MirrorNetwork
    /// The settings with which the functions find the storage.
    let environment: [String: String]
    private let folder: TemporaryFolder
    /// Keeps the bucket's server alive; nil for a folder.
    private let server: SeaweedFS?

    var storageURL: String { environment["STORAGE_URL"] ?? "" }

    /// Runs the whole pipeline over `network`.
    init(_ network: MirrorNetwork, on kind: StorageKind) throws {
        self.network = network
        folder = try TemporaryFolder("deployment")
        switch kind {
        case .folder:
            server = nil
            environment = ["STORAGE_URL": "file://\(try folder.makeFolder("storage"))"]
        case .bucket:
            let server = try SeaweedFS()
            self.server = server
            // The redirectors' copies should be removed along with the deployment.
            environment = server.environment(prefix: "deployment")
                .merging(["CACHE_DIR": try folder.makeFolder("cache")]) { $1 }
        }
        try run(
            "leader",
            "{\"tree\":\"\(network.master.root)\",\"mirrors\":\"\(network.mirrorListURL)\"}"
        )
        try probe()
        try checkAndBuild()
    }

    /// Starts a redirector of `region` and waits until it is ready.
    func redirector(_ region: String) throws -> Redirector {
        try Redirector(storageURL: storageURL, region: region, environment: environment)
    }

    /// Runs a function until it ends; throws unless it succeeds.
    @discardableResult
    func run(_ name: String, _ request: String = "") throws -> FunctionResult {
        let result = try attempt(name, request)
        guard result.isSuccess else { throw EndToEndError.failed(name, result) }
        return result
    }

    /// Runs a function until it ends, successfully or not.
    func attempt(_ name: String, _ request: String) throws -> FunctionResult {
        let more = [
            "CHECK_RATE": "0", "RECHECK_AFTER_SECONDS": "0", "CHECK_BUDGET_SECONDS": "1200",
        ]
        let result = try Product.function(name, environment: environment).run(
            request,
            environment: more,
            seconds: 1_500
        )
        print(
            "\(name) \(request): \(result.ending), \(String(format: "%.2f", result.seconds)) s, "
                + "\(result.peakMemory >> 20) MiB"
        )
        return result
    }

    func probe() throws {
        try run("checker", #"{"mode":"probe"}"#)
    }

    func checkAndBuild() throws {
        try run("checker", #"{"mode":"check"}"#)
        try run("builder")
    }

    func publishTree() throws {
        try run("leader", "{\"tree\":\"\(network.master.root)\"}")
    }

    /// Runs the admin program; throws unless it succeeds.
    @discardableResult
    func storage(_ arguments: String...) throws -> String {
        let result = try Product.function("storage", environment: environment)
            .run(arguments: arguments)
        guard result.isSuccess else { throw EndToEndError.failed("storage", result) }
        return result.output
    }

    /// The bytes of the blob `key`.
    func blob(_ key: String) throws -> Data {
        let copy = folder.appending("blob")
        try storage("fetch", key, "--to", copy)
        return try Data(contentsOf: URL(fileURLWithPath: copy))
    }

    /// Stores `bytes` as the blob `key`.
    func replaceBlob(_ key: String, with bytes: Data) throws {
        let copy = folder.appending("new-blob")
        try bytes.write(to: URL(fileURLWithPath: copy))
        try storage("put", key, copy)
    }

    /// The times, sizes and keys of everything in storage.
    func storageSnapshot() throws -> [Substring] {
        try storage("ls").split(separator: "\n")
    }
}

/// Gives the tests of a suite one network with a deployment on each kind of storage that they want,
/// and removes them afterwards.
struct DeploymentTrait: SuiteTrait, TestScoping {
    let kinds: [StorageKind]
    @TaskLocal static var all: [StorageKind: Installation] = [:]

    /// The deployment of a suite that wants only one.
    static var current: Installation? { all.values.first }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let network = try MirrorNetwork()
        defer { network.stop() }
        var deployments: [StorageKind: Installation] = [:]
        for kind in kinds { deployments[kind] = try Installation(network, on: kind) }
        try await Self.$all.withValue(deployments) { try await function() }
    }
}

extension Trait where Self == DeploymentTrait {
    static var deployment: Self { Self(kinds: [.folder]) }
    static var deploymentOnEachStorage: Self { Self(kinds: StorageKind.allCases) }
}
