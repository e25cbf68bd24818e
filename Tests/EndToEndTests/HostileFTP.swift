import Foundation
import Glibc
import TestSupport

/// An FTP server that sends more than any server should, to anyone who logs in.
final class HostileFTP: Sendable {
    enum Manner: CaseIterable {
        /// A listing of 62 MB by `MLSD`: 600,000 unexpected names.
        case endlessListing
        /// A symlink by `LIST` whose target is `a/a/a/…`, 4 MB long.
        case longLink
        /// A reply of 16 MB to `PWD`.
        case longReply
        /// A reply of a million lines to `FEAT`.
        case manyFeatures
    }

    private let control: LoopbackServer
    private let data: LoopbackServer

    let url: String

    init(_ manner: Manner, address: UInt32) throws {
        let listing = Self.listing(manner)
        let data = try LoopbackServer(address: address) { connection in
            _ = sendAll(listing, to: connection)
        }
        self.data = data
        control = try LoopbackServer(address: address) { connection in
            Self.serve(connection, manner, dataPort: data.port)
        }
        url = "ftp://127.0.0.\(address):\(control.port)/"
    }

    func stop() {
        control.stop()
        data.stop()
    }

    private static func listing(_ manner: Manner) -> [UInt8] {
        switch manner {
        case .endlessListing:
            var bytes: [UInt8] = []
            bytes.reserveCapacity(64 << 20)
            let pad = String(repeating: "x", count: 60)
            for number in 0..<600_000 {
                let facts = "type=file;size=\(number);modify=20260101000000;"
                bytes += Array("\(facts) \(pad)\(number)\r\n".utf8)
            }
            return bytes
        case .longLink:
            let target = String(repeating: "a/", count: 2 << 20)
            return Array(
                "lrwxrwxrwx 1 ftp ftp 10 Jan 01 2026 distfiles -> \(target)\r\n".utf8
            )
        case .longReply, .manyFeatures:
            return Array("type=dir;modify=20260101000000; distfiles\r\n".utf8)
        }
    }

    private static func serve(_ connection: Int32, _ manner: Manner, dataPort: Int) {
        func reply(_ text: String) -> Bool { sendAll(Array("\(text)\r\n".utf8), to: connection) }
        guard reply("220 ready") else { return }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            received += buffer[..<count]
            while let end = received.firstIndex(of: 0x0A) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeFirst(end + 1)
                let command = line.prefix { $0.isLetter }
                guard reply(answer(to: String(command), manner, dataPort: dataPort)) else { return }
            }
        }
    }

    private static func answer(to command: String, _ manner: Manner, dataPort: Int) -> String {
        switch command {
        case "USER": "331 password"
        case "PASS": "230 welcome"
        case "FEAT" where manner == .manyFeatures:
            "211-features\r\n" + String(repeating: " MLST\r\n", count: 1_000_000) + "211 end"
        case "FEAT":
            manner == .longLink
                ? "211-features\r\n SIZE\r\n211 end" : "211-features\r\n MLST\r\n SIZE\r\n211 end"
        case "TYPE", "OPTS": "200 done"
        case "PWD" where manner == .longReply:
            "257 \"/" + String(repeating: "a", count: 16 << 20) + "\""
        case "PWD": "257 \"/\""
        case "CWD": "250 done"
        case "EPSV": "229 here (|||\(dataPort)|)"
        case "MLSD" where manner == .longLink: "500 what"
        case "MLSD", "LIST": "150 here it comes\r\n226 that was it"
        case "SIZE": "550 no such file"
        default: "500 what"
        }
    }
}
