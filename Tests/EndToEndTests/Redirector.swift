import Foundation
import TestSupport

/// A running redirector of one region.
final class Redirector: Sendable {
    static let fallback = "http://fallback.invalid/base/"

    let port: Int
    let child: ChildProcess
    private let streams: FunctionStreams

    /// Starts it and waits until `readiness` is answered with 200.
    ///
    /// `environment` holds further settings, to reach a bucket for example.
    init(
        storageURL: String,
        region: String,
        environment: [String: String] = [:],
        readiness: String = "/_/ready"
    ) throws {
        port = try freePort()
        streams = try FunctionStreams()
        child = try Product.function(
            "redirector",
            environment: [
                "STORAGE_URL": storageURL, "REGION": region, "FALLBACK_URL": Self.fallback,
                "PORT": "\(port)", "LISTEN": "127.0.0.1", "MAP_REFRESH_SECONDS": "1",
                "DRAIN_SECONDS": "2",
            ]
        ).start(environment: environment, streams: streams)
        guard eventually(within: 60, { status(of: readiness) == 200 }) else {
            throw EndToEndError.notStarted("redirector", log: try streams.log)
        }
    }

    /// Starts one for Europe on the storage that `environment` names, and waits until it is live.
    convenience init(_ environment: [String: String], cache: String, logLevel: String) throws {
        try self.init(
            storageURL: environment["STORAGE_URL"] ?? "",
            region: "europe",
            environment: environment.merging(["CACHE_DIR": cache, "LOG_LEVEL": logLevel]) { $1 },
            readiness: "/_/health"
        )
    }

    var log: String {
        get throws { try streams.log }
    }

    /// Its standard output: the lines of the request log.
    var printed: String {
        get throws { try streams.printed }
    }

    /// The status of a GET of `target`, or nil when there is no answer.
    func status(of target: String) -> Int? {
        try? HTTPConnection(port: port).response(to: HTTPRequest("GET", target)).status
    }

    /// The location that HEAD of each target gets, in order; nil for anything but a redirect.
    func locations(of targets: [String]) throws -> [String?] {
        try HTTPConnection(port: port).responses(to: targets.map { HTTPRequest("HEAD", $0) })
            .map { $0.status == 302 ? $0["location"] : nil }
    }

    /// The location that HEAD of `target` gets.
    func location(of target: String) throws -> String? {
        try locations(of: [target])[0]
    }
}

extension ServedEntry {
    /// The path as a client requests it, percent-encoded; a directory's ends in a slash.
    var encodedPath: String {
        percentEncoded(path) + (isDirectory ? "/" : "")
    }
}
