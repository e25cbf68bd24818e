import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The HTTP server in front of a gateway.
final class GatewayServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let door: Door

    /// The maximum length of a call's body.
    ///
    /// OpenFaaS has no such limit; this program keeps bodies in memory.
    static let bodyLimit = 16 << 20

    /// Listens on `port`, or on any free one if it is 0; throws if the port is in use.
    init(host: String, port: Int) throws {
        let door = Door()
        self.door = door
        // Each call blocks a thread as long as the function runs.
        let threads = NIOThreadPool(numberOfThreads: 64)
        threads.start()
        channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        GatewayHandler(door, threads)
                    )
                }
            }
            .bind(host: host, port: port).wait()
        self.port = channel.localAddress?.port ?? port
    }

    /// Answers a request, whose target and client address with port are given separately.
    typealias Responder = @Sendable (Invocation, _ target: String, _ peer: String) -> Outcome

    /// Passes requests to `responder`; earlier ones are answered with 503.
    func serve(_ responder: @escaping Responder) {
        door.responder.withLock { $0 = responder }
    }

    func stop() {
        try? channel.close().wait()
    }
}

/// The responder: none until the gateway serves.
private final class Door: Sendable {
    let responder: Mutex<GatewayServer.Responder?> = Mutex(nil)
}

/// Collects the requests of one connection, and writes their outcomes.
private final class GatewayHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let door: Door
    private let threads: NIOThreadPool
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ door: Door, _ threads: NIOThreadPool) {
        self.door = door
        self.threads = threads
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let bytes):
            if body.count <= GatewayServer.bodyLimit { body += bytes.readableBytesView }
        case .end:
            guard let head else { return }
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard body.count <= GatewayServer.bodyLimit else {
            write(.answer(Answer(413)), to: head, context)
            return
        }
        let invocation = Invocation(
            method: head.method.rawValue,
            headers: head.headers,
            body: body
        )
        let peer =
            context.remoteAddress
            .map { "\($0.ipAddress ?? "127.0.0.1"):\($0.port ?? 0)" } ?? "127.0.0.1:0"
        let this = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        threads.runIfActive(eventLoop: context.eventLoop) { [door] in
            let responder = door.responder.withLock { $0 }
            return responder?(invocation, head.uri, peer) ?? .answer(Answer(503))
        }.whenSuccess { outcome in
            this.value.handler.write(outcome, to: head, this.value.context)
        }
    }

    private func write(
        _ outcome: Outcome,
        to request: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        guard case .answer(let answer) = outcome else {
            context.close(promise: nil)
            return
        }
        var headers = answer.headers
        headers.add(name: "Content-Length", value: "\(answer.body.count)")
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: answer.status),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            let body = context.channel.allocator.buffer(bytes: answer.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        guard !request.isKeepAlive else { return }
        end.whenComplete { [channel = context.channel] _ in channel.close(promise: nil) }
    }
}
