import Foundation
import Glibc
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

/// Processes that compete for a counter.
extension S3Tests {
    @Suite(.serialized) struct ContenderTests {
        /// The program, which is built next to the tests.
        static var contender: String {
            get throws {
                let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
                let folder = bundle.lastIndex(of: "/").map { bundle[..<$0] } ?? "."
                let path = "\(folder)/contender"
                try #require(FileManager.default.isExecutableFile(atPath: path))
                return path
            }
        }

        /// Runs eight processes at once; returns the counter.
        private func count(
            _ way: String,
            _ increments: Int,
            environment: [String: String],
            in store: any BlobStore
        ) throws -> String {
            let key = try BlobKey("counter")
            let binary = FunctionBinary(try Self.contender, environment: environment)
            let runs = try (0..<8).map { _ in
                let streams = try FunctionStreams()
                return (
                    streams,
                    try binary.start(arguments: [way, key.text, "\(increments)"], streams: streams)
                )
            }
            for (streams, child) in runs {
                let result = try streams.result(of: child)
                #expect(result.isSuccess, "\(result.log)")
            }
            return String(decoding: try #require(try store.get(key)).bytes, as: UTF8.self)
        }

        @Test func loseNoUpdateIn1000ByConditions() throws {
            let server = try SeaweedFS.shared
            let store = try server.store("contest")
            let environment = server.environment(prefix: "contest")
            #expect(try count("conditions", 125, environment: environment, in: store) == "1000")
        }

        @Test func loseNoUpdateUnderALease() throws {
            let server = try SeaweedFS.shared
            let store = try server.store("leased")
            let environment = server.environment(prefix: "leased")
            #expect(try count("lease", 12, environment: environment, in: store) == "96")
        }

        @Test func loseNoUpdateInAFolder() throws {
            let folder = try TemporaryFolder("contest")
            let store = FileStore(folder: folder.path)
            let environment = ["STORAGE_URL": "file://\(folder.path)"]
            #expect(try count("conditions", 125, environment: environment, in: store) == "1000")
            try store.delete(BlobKey("counter"))
            #expect(try count("lease", 25, environment: environment, in: store) == "200")
        }
    }
}
