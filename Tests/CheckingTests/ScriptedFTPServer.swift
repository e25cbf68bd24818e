import Foundation
import Glibc
import TestSupport

/// An FTP server that answers as a script says, one thread per connection.
///
/// It logs everybody in. The script is given the other commands, and returns the lines to send and,
/// for a listing, the bytes for the data connection; nil closes the connection without a word.
final class ScriptedFTPServer: Sendable {
    struct Answer: Sendable {
        var lines: [String]
        var data: String?
    }

    typealias Script = @Sendable (_ command: String) -> Answer?

    let port: Int
    private let listener: Int32

    var baseURL: String { "ftp://127.0.0.1:\(port)/" }

    init(_ script: @escaping Script) throws {
        listener = try Self.listen()
        port = try Self.port(of: listener)
        Thread.detachNewThread { [listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { Self.serve(connection, script) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ connection: Int32, _ script: Script) {
        defer { close(connection) }
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
                case "PWD": send(connection, "257 \"/\"\r\n")
                case "TYPE", "OPTS": send(connection, "200 done\r\n")
                case "EPSV":
                    guard let opened = try? listen(), let port = try? port(of: opened) else {
                        return
                    }
                    dataListener = opened
                    send(connection, "229 here (|||\(port)|)\r\n")
                default:
                    guard let answer = script(command) else { return }
                    if let data = answer.data {
                        send(connection, "150 here it comes\r\n")
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
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    connection,
                    bytes.baseAddress,
                    bytes.count,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func listen() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0, Glibc.listen(descriptor, 16) == 0 else { throw SystemError("listen") }
        return descriptor
    }

    private static func port(of listener: Int32) throws -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(listener, pointer, &length)
            }
        }
        guard code == 0 else { throw SystemError("find the port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
