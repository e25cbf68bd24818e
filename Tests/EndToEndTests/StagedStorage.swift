import Foundation
import TestSupport
import Testing

/// A function that changes storage, and what it is expected to leave there.
enum StorageWriter: String, Sendable, CaseIterable {
    case leader
    case checker
    case builder

    /// The stage from which it has work to do.
    var stage: StagedStorage.Stage {
        switch self {
        case .leader: .built
        case .checker: .published
        case .builder: .checked
        }
    }
}

/// A small deployment at every stage of its life, in storage that is copied for each experiment.
///
/// The master tree has one file more than was published, so there is always something to publish.
final class StagedStorage: Sendable {
    enum Stage: String, Sendable, CaseIterable {
        /// The catalog and the mirrors exist.
        case published
        /// The checker's states exist, too.
        case checked
        /// The maps exist, too.
        case built
    }

    let network: MirrorNetwork
    let folder: TemporaryFolder
    /// Nil for storage in folders.
    let server: SeaweedFS?

    init(on kind: StorageKind) throws {
        network = try MirrorNetwork(distfiles: 30, profiles: [.perfect, .missing])
        folder = try TemporaryFolder("stages")
        server = kind == .bucket ? try SeaweedFS() : nil
        try finish(.leader, environment(of: Stage.published.rawValue))
        try copy(.published, to: Stage.checked.rawValue)
        try probe(environment(of: Stage.checked.rawValue))
        try finish(.checker, environment(of: Stage.checked.rawValue))
        try copy(.checked, to: Stage.built.rawValue)
        try finish(.builder, environment(of: Stage.built.rawValue))
        try addFile()
    }

    func stop() {
        network.stop()
    }

    static let addedPath = "distfiles/added-1.0.tar.gz"

    /// Adds another file to the master tree.
    private func addFile() throws {
        try add(Self.addedPath, to: network.master.root)
    }

    /// Adds a file to the master tree and all its mirrors.
    func publishToAll(_ path: String) throws {
        for tree in [network.master] + network.copies.map(\.tree) { try add(path, to: tree.root) }
    }

    private func add(_ path: String, to root: String) throws {
        try Data("new".utf8).write(to: URL(fileURLWithPath: "\(root)/\(path)"))
    }

    /// The environment of the functions for the storage `name`, through `port` if it is given.
    func environment(of name: String, port: Int? = nil) -> [String: String] {
        let storage =
            server?.environment(prefix: name, port: port)
            ?? ["STORAGE_URL": "file://\(folder.path)/\(name)"]
        return storage.merging([
            "CHECK_RATE": "0", "RECHECK_AFTER_SECONDS": "0", "CHECK_BUDGET_SECONDS": "60",
            "TREE": network.master.root, "MIRRORS": network.mirrorListURL, "LOG_LEVEL": "error",
        ]) { $1 }
    }

    /// Makes `name` a copy of a stage.
    func copy(_ stage: Stage, to name: String) throws {
        let (from, to) = (environment(of: stage.rawValue), environment(of: name))
        try succeed(
            "storage",
            from,
            [
                "copy", from["STORAGE_URL"] ?? "", to["STORAGE_URL"] ?? "",
            ]
        )
    }

    func probe(_ environment: [String: String]) throws {
        try succeed("checker", environment.merging(["CHECK_MODE": "probe"]) { $1 })
    }

    func function(_ writer: StorageWriter, _ environment: [String: String]) -> FunctionBinary {
        Product.function(writer.rawValue, environment: environment)
    }

    /// Runs a function to its end and returns its duration in seconds; throws unless it succeeds.
    @discardableResult
    func finish(_ writer: StorageWriter, _ environment: [String: String]) throws -> Double {
        try succeed(writer.rawValue, environment).seconds
    }

    /// The problems that `storage verify` finds.
    func verify(_ environment: [String: String]) throws -> [String] {
        let verified = try Product.function("storage", environment: environment)
            .run(arguments: ["verify"], seconds: 60)
        return verified.isSuccess ? [] : ["\(verified)"]
    }

    /// Ends the leases of killed processes at once, as time would.
    func endLeases(_ environment: [String: String]) throws {
        let leases = try keys(environment).filter { $0.hasPrefix("leases/") }
        if !leases.isEmpty { try succeed("storage", environment, ["rm"] + leases) }
    }

    /// The problems in the storage `name`: those that the product itself finds and, if `writer`
    /// claims to be done, those in its results.
    func problems(in name: String, after writer: StorageWriter, isDone: Bool) throws -> [String] {
        let environment = environment(of: name)
        var problems = try verify(environment)
        let keys = Set(try keys(environment))
        // Leases are not copied with the stage: they belong to the processes that made it.
        let lost = Set(try self.keys(self.environment(of: writer.stage.rawValue)))
            .subtracting(keys).filter { !$0.hasPrefix("leases/") }
        if !lost.isEmpty { problems.append("lost: \(lost.sorted())") }
        if isDone, try !hasDone(writer, keys, environment) { problems.append("nothing was done") }
        return problems
    }

    private func hasDone(
        _ writer: StorageWriter,
        _ keys: Set<String>,
        _ environment: [String: String]
    ) throws -> Bool {
        switch writer {
        case .leader:
            // A number that a failed run had allocated is not used again.
            return try succeed("storage", environment, ["cat", "catalog/current"])
                .decoded(as: Pointer.self).generation >= 2
        case .checker:
            let states = keys.filter { $0.hasPrefix("checks/") && $0.hasSuffix(".state") }
            return states.count == network.copies.count
        case .builder:
            return keys.contains("maps/europe.map") && keys.contains("maps/africa.map")
        }
    }

    private struct Pointer: Decodable {
        let generation: Int
    }

    private func keys(_ environment: [String: String]) throws -> [String] {
        try succeed("storage", environment, ["ls"]).output.split(separator: "\n").compactMap {
            $0.split(separator: " ").last.map { String($0) }
        }
    }

    @discardableResult
    private func succeed(
        _ name: String,
        _ environment: [String: String],
        _ arguments: [String] = []
    ) throws -> FunctionResult {
        let result = try Product.function(name, environment: environment)
            .run(arguments: arguments, seconds: 120)
        guard result.isSuccess else { throw EndToEndError.failed(name, result) }
        return result
    }
}
