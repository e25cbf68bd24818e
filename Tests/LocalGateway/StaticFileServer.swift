import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport

/// Serves folders over HTTP from an address of this machine, for the demonstration's mirrors and
/// master.
///
/// For development only: it reads whole files into memory, on the thread of its connections.
final class StaticFileServer: Sendable {
    let port: Int
    private let host: String
    private let channel: any Channel

    /// Serves the folders in `roots`, each under the first component of the path, from `host`,
    /// which is in 127.0.0.0/8.
    init(roots: [String: String], host: String = "127.0.0.1") throws {
        self.host = host
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FileHandler(roots: roots))
                }
            }
        channel = try bootstrap.bind(host: host, port: 0).wait()
        port = channel.localAddress?.port ?? 0
    }

    /// The URL of the root `name`, ending in a slash.
    func url(of name: String) -> String {
        "http://\(host):\(port)/\(name)/"
    }
}

/// Answers the requests of one connection.
private final class FileHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let roots: [String: String]
    private var head: HTTPRequestHead?

    init(roots: [String: String]) {
        self.roots = roots
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            respond(to: head, context: context)
        }
    }

    private func respond(to request: HTTPRequestHead, context: ChannelHandlerContext) {
        let answer = StaticAnswer(to: request, roots: roots)
        var headers = answer.headers
        headers.add(name: "Content-Length", value: "\(answer.length)")
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            let body = context.channel.allocator.buffer(bytes: answer.body())
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        let keepsAlive = request.isKeepAlive
        let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !keepsAlive {
            end.whenComplete { [channel = context.channel] _ in channel.close(promise: nil) }
        }
    }
}

/// The answer of a static web server to one request.
private struct StaticAnswer {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    /// The length of the body, even if the body is not asked for.
    var length: Int
    var body: () -> [UInt8]

    init(to request: HTTPRequestHead, roots: [String: String]) {
        guard request.method == .GET || request.method == .HEAD else {
            self.init(.methodNotAllowed, "only GET and HEAD\n", ["Allow": "GET, HEAD"])
            return
        }
        let target = request.uri.prefix { $0 != "?" }
        guard let path = Self.decoded(target), let (root, rest) = Self.split(path),
            let folder = roots[root], let entry = ServedTree(root: folder).entry(at: rest)
        else {
            self.init(.notFound, "not found\n")
            return
        }
        if entry.isDirectory {
            guard target.hasSuffix("/") else {
                self.init(.movedPermanently, "", ["Location": "\(target)/"])
                return
            }
            self.init(.ok, Self.index(of: folder, rest), ["Content-Type": "text/html"])
            return
        }
        self.init(
            file: folder,
            rest,
            byteCount: entry.byteCount,
            range: request.headers["Range"].first
        )
    }

    private init(_ status: HTTPResponseStatus, _ text: String, _ headers: HTTPHeaders = [:]) {
        let bytes = Array(text.utf8)
        self.status = status
        self.headers = headers
        length = bytes.count
        body = { bytes }
    }

    private init(file folder: String, _ path: [UInt8], byteCount: Int, range: String?) {
        let requested = range.flatMap { Self.range($0, of: byteCount) }
        let slice = requested ?? 0..<byteCount
        status = requested == nil ? .ok : .partialContent
        headers = ["Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"]
        if requested != nil {
            headers.add(
                name: "Content-Range",
                value: "bytes \(slice.lowerBound)-\(slice.upperBound - 1)/\(byteCount)"
            )
        }
        length = slice.count
        let url = URL(fileURLWithPath: folder + "/" + String(decoding: path, as: UTF8.self))
        body = {
            // If the file has changed since, this must not change the length that was announced.
            let bytes = [UInt8]((try? Data(contentsOf: url)) ?? Data())
            let padded =
                bytes + [UInt8](repeating: 0, count: max(0, slice.upperBound - bytes.count))
            return Array(padded[slice])
        }
    }

    /// The path with its percent-encoding decoded once; nil if it is malformed or leads out of the
    /// tree.
    private static func decoded(_ target: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = target.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16),
                value != 0
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        let components = bytes.split(separator: UInt8(ascii: "/"))
        return components.contains { $0.elementsEqual("..".utf8) } ? nil : bytes
    }

    /// The first component of a path, and the others.
    private static func split(_ path: [UInt8]) -> (root: String, rest: [UInt8])? {
        let components = path.split(separator: UInt8(ascii: "/"))
        guard let root = components.first else { return nil }
        let rest = components.dropFirst().joined(separator: [UInt8(ascii: "/")])
        return (String(decoding: root, as: UTF8.self), Array(rest))
    }

    /// The bytes that `bytes=from-to` asks for; nil to send all of them (RFC 9110, section 14.2).
    private static func range(_ text: String, of byteCount: Int) -> Range<Int>? {
        guard text.hasPrefix("bytes=") else { return nil }
        let bounds = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let from = Int(bounds[0]), from < byteCount else { return nil }
        let through =
            bounds[1].isEmpty ? byteCount - 1 : Int(bounds[1]).map { min($0, byteCount - 1) }
        guard let through, through >= from else { return nil }
        return from..<(through + 1)
    }

    /// A list of links, like the directory listings of web servers.
    private static func index(of folder: String, _ path: [UInt8]) -> String {
        let directory = folder + "/" + String(decoding: path, as: UTF8.self)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let links = names.sorted().map { name in
            let text = name.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            return "<li><a href=\"\(percentEncoded(name.utf8))\">\(text)</a></li>\n"
        }
        return "<!DOCTYPE html>\n<ul>\n\(links.joined())</ul>\n"
    }
}
