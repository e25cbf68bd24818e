import CheckPlanning
import FunctionRuntime
import JSON
import Mirrors
import TestSupport
import Testing

@testable import Checking

@Suite struct FanOutTests {
    private static func accessPoints(hosts: Int, each count: Int = 1) -> [AccessPoint] {
        (0..<hosts).flatMap { host in
            (0..<count).map { index in
                AccessPoint(
                    id: "m\(host)-\(index)",
                    scheme: index == 0 ? .http : .rsync,
                    baseURL: (index == 0 ? "http" : "rsync") + "://m\(host).example.org/\(index)/"
                )
            }
        }
    }

    private static func fanOut(
        _ more: [String: String] = [:]
    ) throws -> FanOut? {
        let usual = ["GATEWAY_URL": "http://gateway:8080/", "CHECK_FAN_OUT": "8"]
        let environment = usual.merging(more) { $1 }
        return try FanOut(Environment(environment))
    }

    static let plans: [(hosts: Int, each: Int, calls: Int, sizes: [Int])] = [
        (0, 1, 4, []), (1, 3, 4, [3]), (3, 1, 8, [1, 1, 1]), (8, 2, 4, [4, 4, 4, 4]),
        (10, 1, 4, [2, 2, 3, 3]), (5, 3, 2, [6, 9]), (2, 1, 0, [2]),
    ]

    @Test(arguments: plans)
    func dealsHostsOutEvenly(_ row: (hosts: Int, each: Int, calls: Int, sizes: [Int])) {
        let accessPoints = Self.accessPoints(hosts: row.hosts, each: row.each)
        var generator = SeededGenerator.forTest()
        let plan = FanOutPlan(accessPoints, callCount: row.calls, using: &generator)
        #expect(plan.calls.map(\.count).sorted() == row.sizes)
        #expect(plan.calls.flatMap(\.self).sorted() == accessPoints.map(\.id).sorted())
    }

    /// Two runs that ask one host would be twice as impolite as either intends to be.
    @Test func neverCutsAHost() {
        let accessPoints = Self.accessPoints(hosts: 40, each: 3)
        var generator = SeededGenerator.forTest()
        let plan = FanOutPlan(accessPoints, callCount: 7, using: &generator)
        for call in plan.calls {
            let hosts = Set(call.compactMap { $0.split(separator: "-").first })
            #expect(call.count == 3 * hosts.count)
        }
    }

    @Test func namesAccessPointsAndTheEndInEveryCall() throws {
        let fanOut = try #require(try Self.fanOut(["CHECK_FAN_OUT": "3"]))
        let accessPoints = Self.accessPoints(hosts: 9)
        var bodies: [[UInt8]] = []
        let calls = fanOut.send(accessPoints, endBy: 1_000) { body in
            bodies.append(body)
            return "id-\(bodies.count)"
        }
        #expect(calls.map(\.id) == ["id-1", "id-2", "id-3"])
        #expect(calls.flatMap(\.accessPoints).sorted() == accessPoints.map(\.id).sorted())
        for (slot, (call, body)) in zip(calls, bodies).enumerated() {
            let ids = JSONValue.array(call.accessPoints.map { .string($0) })
            #expect(
                try JSONValue(parsing: body)
                    == [
                        "mode": "check", "accessPoints": ids, "slot": .integer(Int64(slot)),
                        "endBy": 1_000,
                    ]
            )
        }
    }

    /// The rest is left to the run that wanted to hand it out.
    @Test func stopsWhereTheGatewayTakesNoMore() throws {
        let fanOut = try #require(try Self.fanOut(["CHECK_FAN_OUT": "4"]))
        var count = 0
        let calls = fanOut.send(Self.accessPoints(hosts: 8), endBy: 1) { _ throws(FunctionError) in
            count += 1
            guard count < 3 else { throw .failed("status 500, expected 202") }
            return nil
        }
        #expect(calls.count == 2 && calls.flatMap(\.accessPoints).count == 4 && count == 3)
    }

    @Test func sendsNoBodyThatTheQueueRefuses() throws {
        let fanOut = try #require(try Self.fanOut(["CHECK_FAN_OUT": "2"]))
        let name = String(repeating: "x", count: 200)
        let accessPoints = (0..<3_000).map { index in
            AccessPoint(
                id: "\(name)\(index)",
                scheme: .http,
                // One host has nearly all of them.
                baseURL: "http://\(index == 0 ? "small" : "large").example.org/\(index)/"
            )
        }
        let calls = fanOut.send(accessPoints, endBy: 1) { body in
            #expect(body.count <= FanOut.bodyLimit)
            return nil
        }
        #expect(calls.map(\.accessPoints) == [["\(name)0"]])
    }

    @Test func handsNothingOutThatIsOneHost() throws {
        let fanOut = try #require(try Self.fanOut())
        let calls = fanOut.send(Self.accessPoints(hosts: 1, each: 2), endBy: 1) { _ in
            Issue.record("called")
            return nil
        }
        #expect(calls.isEmpty)
    }

    static let without: [[String: String]] = [
        ["GATEWAY_URL": ""], ["CHECK_FAN_OUT": "1"], ["CHECK_FAN_OUT": ""],
    ]

    @Test(arguments: without)
    func doesNothingWithoutGatewayOrCalls(_ variables: [String: String]) throws {
        #expect(try Self.fanOut(variables) == nil)
    }

    @Test func callsTheNameThatItIsDeployedBy() throws {
        #expect(try Self.fanOut(["OPENFAAS_NAME": "checker-asia"])?.function == "checker-asia")
    }

    static let bad: [[String: String]] = [
        ["GATEWAY_URL": "gateway:8080"], ["GATEWAY_URL": "http://a b"], ["CHECK_FAN_OUT": "0"],
        ["CHECK_FAN_OUT": "many"], ["OPENFAAS_NAME": "a/b"],
        ["GATEWAY_URL": "ftp://user:secret@gateway/"],
    ]

    @Test(arguments: bad)
    func refusesOtherSettings(_ variables: [String: String]) throws {
        let error = try #require(throws: FunctionError.self) { try Self.fanOut(variables) }
        #expect(!error.description.contains("secret"), "\(error)")
    }
}
