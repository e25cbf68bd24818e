import Catalogs
import CheckPlanning
import Foundation
import Mirrors
import TestSupport
import Testing

@testable import Checking

/// Two servers behind one name; one of them lacks a file.
@Suite(.enabled(if: NetworkLab.isPossible)) struct AddressTests {
    static func lab(_ body: @escaping @Sendable () throws -> Void) throws {
        try NetworkLab.run(
            addresses: ["192.0.2.1", "192.0.2.2", "198.51.100.7"],
            hosts: [
                "192.0.2.1 two.example", "192.0.2.2 two.example", "198.51.100.7 one.example",
                "192.0.2.1 dead.example", "198.51.100.7 dead.example",
            ],
            body
        )
    }

    /// The same port at two addresses: one nginx with two roots.
    static func pair() throws -> (server: Nginx, port: Int) {
        let port = try freePort()
        let server = try Nginx(
            http: """
                server { listen 192.0.2.1:\(port); root root/one; }
                server { listen 192.0.2.2:\(port); root root/two; }
                """
        )
        for number in 0..<50 {
            try server.addFile("one/f\(number)", byteCount: 10)
            if number != 7 { try server.addFile("two/f\(number)", byteCount: 10) }
        }
        return (server, port)
    }

    static func transports(_ urls: [String]) throws -> WebTransports {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        return try WebTransports(
            urls.enumerated().map { .make("m\($0)", baseURL: $1) },
            settings
        )
    }

    static func reply(_ transport: any Transport, _ path: String, address: Int?) -> Answer? {
        transport.ask(
            Question(
                accessPoint: 0,
                subject: .file(FileID(7)),
                path: Array(path.utf8)[...],
                isDirectory: false,
                address: address
            )
        )
        var answer: Answer?
        _ = eventually(within: 30, every: 0) {
            transport.wait(atMost: .milliseconds(100)) { answer = $0 }
            return answer != nil
        }
        return answer
    }

    @Test(arguments: [false, true]) func eachAddressIsAskedByItself(isPipelined: Bool) throws {
        try Self.lab {
            let (server, port) = try Self.pair()
            try withExtendedLifetime(server) {
                let made = try Self.transports(["http://two.example:\(port)/"])
                let transport: any Transport = isPipelined ? made.pipelined : made.single
                // No address is looked up before the host is needed.
                #expect(transport.addressCount(at: 0) == 1)
                _ = transport.replies(to: ["f1"])
                #expect(eventually(within: 30, every: 0.01) { transport.addressCount(at: 0) == 2 })
                let answers = (0..<2).map { Self.reply(transport, "f7", address: $0) }
                #expect(answers[0]?.reply == .answered(status: 200, byteCount: 10))
                #expect(answers[0]?.address == 0)
                // The page's length is nginx's own.
                guard case .answered(404, _) = answers[1]?.reply else {
                    Issue.record("\(String(describing: answers[1]))")
                    return
                }
                #expect(answers[1]?.address == 1)
            }
        }
    }

    @Test func pipelinedConnectionsGoToAllAddressesInTurn() throws {
        try Self.lab {
            let (server, port) = try Self.pair()
            let transport = try Self.transports(["http://two.example:\(port)/"]).pipelined
            _ = transport.replies(to: ["f1"])
            #expect(eventually(within: 30, every: 0.01) { transport.addressCount(at: 0) == 2 })
            let paths = (0..<6000).map { "f\($0 % 50)" }
            let replies = transport.replies(to: paths)
            #expect(transport.isPipelining(at: 0))
            let lost = zip(paths, replies).filter {
                $0.1 != .answered(status: 200, byteCount: 10)
            }
            #expect(lost.allSatisfy { $0.0 == "f7" })
            #expect((1..<120).contains(lost.count), "\(lost.count)")
            withExtendedLifetime(server) {}
        }
    }

    @Test func aDeadAddressFailsNoQuestionOfItsName() throws {
        try Self.lab {
            let server = try Nginx(address: "198.51.100.7")
            try server.addFile("a", byteCount: 5)
            let transport = try Self.transports(["http://dead.example:\(server.port)/"]).pipelined
            _ = transport.replies(to: ["a"])
            #expect(eventually(within: 30, every: 0.01) { transport.addressCount(at: 0) == 2 })
            let replies = transport.replies(to: Array(repeating: "a", count: 3000))
            #expect(Set(replies) == [.answered(status: 200, byteCount: 5)])
            #expect(transport.problem(at: 0) == nil)
            guard case .failed = Self.reply(transport, "a", address: 0)?.reply else {
                Issue.record("nobody is at the first address")
                return
            }
        }
    }

    @Test func aNameWithOneAddressAndANumericAddressCountAsOne() throws {
        try Self.lab {
            let server = try Nginx(address: "198.51.100.7")
            try server.addFile("a", byteCount: 5)
            let transport = try Self.transports(
                ["http://one.example:\(server.port)/", server.baseURL]
            ).single
            for index in AccessPointNumber.first(2) {
                #expect(transport.replies(to: ["a"], accessPoint: index).count == 1)
                #expect(transport.addressCount(at: index) == 1)
            }
            // The name was looked up, and there is no choice between addresses.
            #expect(eventually(within: 30) { !transport.addresses.isLookingUp })
            #expect(transport.addressCount(at: 0) == 1)
            #expect(
                Self.reply(transport, "a", address: 3)?.reply
                    == .answered(status: 200, byteCount: 5)
            )
        }
    }
}
