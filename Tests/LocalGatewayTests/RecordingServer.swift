import Foundation

@testable import local_gateway

/// An HTTP server that answers 200 to everything and records requests.
final class RecordingServer: Sendable {
    struct Request: Sendable {
        let invocation: Invocation
        let target: String
    }

    private let server: GatewayServer
    private let recorded = Mutexed<[Request]>([])

    init() throws {
        server = try GatewayServer(host: "127.0.0.1", port: 0)
        server.serve { [recorded] invocation, target, _ in
            recorded.change { $0.append(Request(invocation: invocation, target: target)) }
            return .answer(Answer(200))
        }
    }

    deinit {
        server.stop()
    }

    var port: Int { server.port }
    var requests: [Request] { recorded.value }
}
