package import FunctionRuntime
import Glibc
import JSON
import Linux
import Redirection

/// The redirector as an AWS Lambda function, behind a function URL or a load balancer.
///
/// The server itself runs in this process on loopback, and each event becomes a request to it, so
/// that waiting for storage, pages and regions work as in the server. It starts before the first
/// event is fetched, in Lambda's initialisation time.
package enum LambdaProgram {
    /// Serves until Lambda ends the sandbox; throws if it cannot start.
    package static func run(
        _ api: RuntimeAPI,
        _ read: () throws(FunctionError) -> RedirectorSettings
    ) throws(FunctionError) {
        let server: RedirectionServer
        do throws(FunctionError) {
            var settings = try read()
            settings.listen = "127.0.0.1"
            settings.port = 0
            settings.answers.trustedProxies.trustLoopback()
            server = try RedirectionServer(settings)
        } catch {
            try? api.failStart(type: "Start.Failed", "\(error)")
            throw error
        }
        defer { server.shutDown() }
        do throws(RuntimeAPI.Failure) {
            while true { try answer(try api.next(), api, port: server.port) }
        } catch {
            throw .failed("\(error)")
        }
    }

    private static func answer(
        _ invocation: RuntimeAPI.Invocation,
        _ api: RuntimeAPI,
        port: Int
    ) throws(RuntimeAPI.Failure) {
        guard let json = try? JSONValue(parsing: invocation.event), let event = HTTPEvent(json)
        else {
            let message =
                "expected the event of a function URL or of an "
                + "Application Load Balancer, whose path "
                + "and headers hold no control bytes"
            Log.error(message, ["trace": invocation.trace])
            try api.fail(invocation, type: "Event.Unknown", message)
            return
        }
        do throws(SystemError) {
            let answer = try LocalRequest.answer(to: event.head, port: port)
            if let result = event.result(of: answer) {
                try? api.respond(to: invocation, result.serialized())
                return
            }
            throw SystemError("answer an event", reason: "the server closed the connection")
        } catch {
            Log.error("\(error)", ["trace": invocation.trace])
            try api.fail(invocation, type: "Server.Failed", "\(error)")
        }
    }
}

/// A request to the server in this process, over a connection of its own.
private enum LocalRequest {
    /// The whole answer: a few kilobytes, or some hundred for a page.
    static func answer(to head: [UInt8], port: Int) throws(SystemError) -> [UInt8] {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connection = socket(AF_INET, SocketKind.stream, 0)
        guard connection >= 0 else { throw .last("reach the server") }
        defer { close(connection) }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw .last("reach the server") }
        try writeAll(head, to: connection, "ask the server")
        return try readAll(from: connection, limit: 8 << 20, "read from the server")
    }
}
