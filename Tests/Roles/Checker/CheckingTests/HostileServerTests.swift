import Catalogs
import CheckPlanning
import Foundation
import Mirrors
import TestSupport
import Testing

@testable import Checking

/// Servers that do everything wrong on purpose, all asked in one run, beside one that does nothing
/// wrong.
@Suite(.serialized) struct HostileServerTests {
    /// What a hostile server comes to.
    enum Outcome: Equatable {
        /// Every file gets its right verdict, some of them one by one.
        case right
        /// No file counts as present, or as anything else than what it is.
        case nothing
        /// The same, and the host is left alone for a reason that holds this text.
        case left(String)
    }

    struct Case: Sendable {
        var name: String
        var outcome: Outcome
        /// Nil where the host need not be known as one that does not pipeline.
        var hasProblem: Bool?
        /// It must have been streamed to before it misbehaves.
        var needsStream = false
        var script: ScriptedServer.Script
    }

    /// Files `f…` are there, with their number plus one as length; files `m…` are missing.
    static let presentCount = 40
    static let missingCount = 8

    static let catalog = {
        var catalog = Catalog(generation: 1)
        for number in 0..<presentCount {
            catalog.append(.make("f\(number)", byteCount: UInt64(number + 1)))
        }
        for number in 0..<missingCount { catalog.append(.make("m\(number)")) }
        return catalog
    }()

    /// The right answer.
    static func head(_ path: String, version: String = "1.1", fields: String = "") -> String {
        guard let number = Int(path.dropFirst(2)), path.hasPrefix("/f") else {
            return "HTTP/\(version) 404 Not Found\r\nContent-Length: 9\r\n\(fields)\r\n"
        }
        return "HTTP/\(version) 200 OK\r\nContent-Length: \(number + 1)\r\n\(fields)\r\n"
    }

    static func right(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
        reply(head(request.path))
    }

    static func reply(_ text: String, closes: Bool = false) -> ScriptedServer.Reply {
        ScriptedServer.Reply(bytes: Array(text.utf8), closes: closes)
    }

    static func endless(
        _ text: String,
        _ more: String,
        pause: Duration = .zero
    ) -> ScriptedServer.Reply {
        ScriptedServer.Reply(bytes: Array(text.utf8), endless: Array(more.utf8), pause: pause)
    }

    /// Misbehaves on pipelined connections from their request `number` on: behind the opening proof
    /// of 5 requests, or within.
    static func pipelined(
        _ name: String,
        from number: Int = 8,
        hasProblem: Bool? = true,
        _ script: @escaping ScriptedServer.Script
    ) -> Case {
        Case(name: name, outcome: .right, hasProblem: hasProblem, needsStream: number > 4) {
            request in
            request.pipeline != nil && request.number >= number ? script(request) : right(request)
        }
    }

    static func always(
        _ name: String,
        _ outcome: Outcome,
        _ script: @escaping ScriptedServer.Script
    ) -> Case {
        Case(name: name, outcome: outcome, script: script)
    }

    static let longField = "X: \(String(repeating: "a", count: 4_000))\r\n"
    static let begin = "HTTP/1.1 200 OK\r\n"

    /// Those that a run gets through by itself.
    static let passing: [Case] = [
        pipelined("garbage later") { _ in reply("\u{0}\u{1}garbage\r\n\r\n") },
        pipelined("a length that is none") { _ in reply(begin + "Content-Length: x\r\n\r\n") },
        pipelined("a length beyond all numbers") { _ in
            reply(begin + "Content-Length: 99999999999999999999999\r\n\r\n")
        },
        pipelined("endless fields") { _ in endless(begin, longField) },
        pipelined("endless answers before the answer") { _ in
            endless("", "HTTP/1.1 100 Continue\r\n\r\n")
        },
        pipelined("slow drip") { _ in endless(begin + "X: ", "a", pause: .milliseconds(100)) },
        pipelined("silence") { _ in reply("") },
        pipelined("a body") { reply(head($0.path) + "not found") },
        pipelined("each answer twice") { reply(head($0.path) + head($0.path)) },
        pipelined("HTTP/1.0", from: 0) { reply(head($0.path, version: "1.0"), closes: true) },
        // A known file and a name that is not there, the first two of the proof, swap answers.
        pipelined("swapped in the proof", from: 0) { request in
            request.number < 2
                ? reply(head(request.number == 0 ? "/none" : request.firstPath)) : right(request)
        },
        pipelined("shifted by one") { request in
            reply(head(Int(request.path.dropFirst(2)).map { "/f\($0 + 1)" } ?? request.firstPath))
        },
        pipelined("every connection cut at once", from: 0, hasProblem: nil) { _ in
            reply("HTTP/1.1 ", closes: true)
        },
        pipelined("every connection cut later", from: 12, hasProblem: nil) { _ in
            reply("HTTP/1.1 ", closes: true)
        },
        always("garbage", .nothing) { _ in reply("\u{0}\u{1}garbage\r\n\r\n", closes: true) },
        always("a redirect in a circle", .nothing) { request in
            reply("HTTP/1.1 302 Found\r\nLocation: \(request.path)\r\nContent-Length: 0\r\n\r\n")
        },
        always("gzip of nothing", .nothing) { request in
            request.path.hasPrefix("/f")
                ? reply(begin + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
                : right(request)
        },
        always("lengths of 2^64 - 1", .nothing) { request in
            request.path.hasPrefix("/f")
                ? reply(begin + "Content-Length: 18446744073709551615\r\n\r\n") : right(request)
        },
        always("200 for everything", .left("200 for a name that cannot exist")) { _ in
            reply(begin + "Content-Length: 10\r\n\r\n")
        },
        always("closed at once", .left("Empty reply")) { _ in reply("", closes: true) },
        always("endless fields for everybody", .left("headers")) { _ in endless(begin, longField) },
    ]

    /// Those that are pipelined to all the same.
    static let harmless: [Case] =
        [
            pipelined("no end of answers promised", from: 0, hasProblem: false) {
                reply(head($0.path, fields: "Keep-Alive: timeout=5, max=9223372036854775807\r\n"))
            },
            pipelined("the end announced", from: 29, hasProblem: false) {
                reply(head($0.path, fields: "Connection: close\r\n"), closes: true)
            },
        ]
        // The first pipelined connection ends at some byte of an answer.
        + (0...head("/f10").utf8.count).map { cut in
            Case(name: "cut at byte \(cut)", outcome: .right, hasProblem: false, needsStream: true)
            {
                request in
                guard request.pipeline == 0, request.number == 12 else { return right(request) }
                let bytes = head(request.path).utf8.prefix(cut)
                return ScriptedServer.Reply(bytes: Array(bytes), closes: true)
            }
        }

    /// Those that hold a question for as long as anybody waits.
    static let holding: [Case] = [
        always("silence for everybody", .nothing) { _ in reply("") },
        always("a drip for everybody", .nothing) { _ in
            endless(begin + "X: ", "a", pause: .milliseconds(100))
        },
        always("100 Continue for everybody", .nothing) { _ in
            endless("", "HTTP/1.1 100 Continue\r\n\r\n", pause: .milliseconds(1))
        },
        always("a pause for ever", .nothing) { _ in
            reply(
                "HTTP/1.1 503 No\r\nRetry-After: 18446744073709551615\r\nContent-Length: 0\r\n\r\n"
            )
        },
    ]

    @Test func noneOfThemGetsAFalseVerdictOrDisturbsAnother() throws {
        let network = try Network(Self.passing, place: 0x10)
        let report = try network.check()
        #expect(report.ending == .nothingDue)
        for (index, hostile) in Self.passing.enumerated() {
            try network.expect(hostile, index, report.accessPoints[index])
        }
        #expect(try network.wrong(Self.passing.count).isEmpty)
    }

    /// The run is stopped when the good server has answered everything once: a second look would
    /// wait for the first one everywhere.
    @Test func thoseThatHoldOnAreLetGoWhenTheRunStops() throws {
        let network = try Network(Self.holding, place: 0x11)
        let good = Self.holding.count
        let report = try network.check {
            network.transport.answerCounts[AccessPointNumber(place: good), default: 0]
                >= Self.presentCount + Self.missingCount
        }
        #expect(report.ending == .stopped)
        for (index, hostile) in Self.holding.enumerated() {
            try network.expect(hostile, index, report.accessPoints[index])
        }
        #expect(try network.wrong(good, isConfirmed: nil).isEmpty)
    }

    /// As many servers as an answer has bytes, cut at another one each.
    @Test func aCutAtAnyByteOfAnAnswerLosesNothing() throws {
        let network = try Network(Self.harmless, place: 0x12, answerPatience: .seconds(60))
        let report = try network.check()
        #expect(report.ending == .nothingDue)
        for (index, hostile) in Self.harmless.enumerated() {
            try network.expect(hostile, index, report.accessPoints[index])
            if hostile.name.hasPrefix("cut") {
                #expect(network.servers[index].closedCount == 1, "\(hostile.name)")
            }
        }
        #expect(try network.wrong(Self.harmless.count).isEmpty)
    }
}
