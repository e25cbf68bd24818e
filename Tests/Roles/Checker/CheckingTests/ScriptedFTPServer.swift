import Foundation
import Glibc
import TestSupport

/// An FTP server that answers as a script says, one thread per connection.
///
/// It accepts every login. The script gets the other commands, and returns the lines to send and,
/// for a listing, the bytes for the data connection; nil closes the connection without a reply.
final class ScriptedFTPServer: Sendable {
    struct Answer: Sendable {
        var lines: [String]
        var data: String?
        /// The line before the data.
        var announcement = "150 here it comes"
    }

    typealias Script = @Sendable (_ command: String) -> Answer?

    private let server: LoopbackServer

    var baseURL: String { "ftp://127.0.0.1:\(server.port)/" }

    /// Without data connections the script also gets `EPSV`, and nothing listens on the port.
    init(
        home: String = "/",
        hasDataConnections: Bool = true,
        _ script: @escaping Script
    ) throws {
        let closedPort = hasDataConnections ? nil : try freePort()
        server = try LoopbackServer { connection in
            Self.serve(connection, home, closedPort: closedPort, script)
        }
    }

    private static func serve(
        _ connection: Int32,
        _ home: String,
        closedPort: Int?,
        _ script: Script
    ) {
        send(connection, "220 ready\r\n")
        var text: [UInt8] = []
        var dataListener: Int32 = -1
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            text += buffer[..<count]
            while let end = text.firstIndex(of: 0x0A) {
                let command = String(decoding: text[..<end], as: UTF8.self)
                    .trimmingCharacters(in: .newlines)
                text.removeFirst(end + 1)
                switch command.split(separator: " ").first {
                case "USER": send(connection, "331 password\r\n")
                case "PASS": send(connection, "230 welcome\r\n")
                case "PWD": send(connection, "257 \"\(home)\"\r\n")
                case "TYPE", "OPTS": send(connection, "200 done\r\n")
                case "EPSV" where closedPort != nil:
                    _ = script(command)
                    send(connection, "229 here (|||\(closedPort ?? 0)|)\r\n")
                case "EPSV":
                    guard let opened = try? listeningSocket() else { return }
                    dataListener = opened.descriptor
                    send(connection, "229 here (|||\(opened.port)|)\r\n")
                default:
                    guard let answer = script(command) else { return }
                    if let data = answer.data {
                        send(connection, "\(answer.announcement)\r\n")
                        let receiver = accept(dataListener, nil, nil)
                        close(dataListener)
                        send(receiver, data)
                        close(receiver)
                    }
                    for line in answer.lines { send(connection, "\(line)\r\n") }
                }
            }
        }
    }

    private static func send(_ connection: Int32, _ text: String) {
        sendAll(Array(text.utf8), to: connection)
    }
}
