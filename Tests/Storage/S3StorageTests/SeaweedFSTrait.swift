import FunctionRuntime
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

/// Tests that need a server; they share one.
@Suite(.seaweedFS, .serialized) struct S3Tests {}

/// Starts a SeaweedFS and a Moto before the first test of a suite and ends them after the last one.
struct SeaweedFSTrait: SuiteTrait, TestScoping {
    @TaskLocal static var server: SeaweedFS?
    @TaskLocal static var moto: Moto?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let moto = try Moto()
        try await Self.$server.withValue(SeaweedFS()) {
            try await Self.$moto.withValue(moto) { try await function() }
        }
    }
}

extension Trait where Self == SeaweedFSTrait {
    static var seaweedFS: Self { Self() }
}

extension Moto {
    /// The server of the suite that the test belongs to.
    static var shared: Moto {
        get throws { try #require(SeaweedFSTrait.moto) }
    }
}

extension SeaweedFS {
    /// The server of the suite that the test belongs to.
    static var shared: SeaweedFS {
        get throws { try #require(SeaweedFSTrait.server) }
    }

    /// A store below a prefix that no other test uses.
    func store(
        _ prefix: String = "t\(UInt64.random(in: 0 ... .max))",
        port: Int? = nil,
        limits: Attempts.Limits = Attempts.Limits()
    ) throws -> S3Store {
        S3Store(
            location: try S3Location(
                bucket: bucket,
                prefix: prefix,
                region: "us-east-1",
                endpoint: "http://127.0.0.1:\(port ?? self.port)",
                addressing: .path
            ),
            credentials: try S3Credentials(from: Environment(environment())),
            limits: limits
        )
    }
}
