import Foundation
import TestSupport

/// A running local-gateway with the product's stack file, its demonstration network, and its own
/// state.
final class GatewayProcess: Sendable {
    let folder: TemporaryFolder
    let child: ChildProcess
    private let streams: FunctionStreams

    init(_ arguments: [String] = [], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder("gateway")
        streams = try FunctionStreams()
        let gateway = FunctionBinary(
            "\(Product.binaries)/local-gateway",
            environment: ["PORT": "0", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        )
        child = try gateway.start(
            arguments: [
                "--template", "\(Product.root)/template.yaml", "--binaries", Product.binaries,
                "--state", folder.path,
            ] + arguments,
            streams: streams
        )
    }

    deinit {
        child.stop(patience: 30)
    }

    /// Its output so far.
    var printed: String {
        get throws { try streams.printed }
    }

    /// Its output so far, for error messages; empty if it cannot be read.
    var text: String { (try? streams.printed) ?? "" }

    /// The storage of the demonstration.
    var storage: String { folder.appending("demonstration/storage") }

    /// Waits until it prints a line that begins with `text` and its URL; returns the port.
    func port(after text: String, within seconds: Double = 120) throws -> Int {
        var port: Int?
        _ = try eventually(within: seconds) {
            let line = try printed.split(separator: "\n").first { $0.hasPrefix(text) }
            port = line?.split(separator: ":").last.flatMap { Int($0.dropLast()) }
            return port != nil || !child.isRunning
        }
        guard let port else {
            throw EndToEndError.notStarted("local-gateway", log: try printed + streams.log)
        }
        return port
    }

    /// Whether one of the running functions is the program `name`.
    func isRunning(_ name: String) -> Bool {
        functions.contains { id in
            let program = try? String(contentsOfFile: "/proc/\(id)/comm", encoding: .utf8)
            return program == "\(name)\n"
        }
    }

    /// The process ids of running functions, which have the folder's name in their environment.
    var functions: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { name in
            guard Int(name) != nil, name != "\(ProcessInfo.processInfo.processIdentifier)",
                let bytes = FileManager.default.contents(atPath: "/proc/\(name)/environ")
            else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(folder.path)
        }
    }
}
