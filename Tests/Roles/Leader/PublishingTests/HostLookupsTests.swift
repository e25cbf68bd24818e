import Dispatch
import Mirrors
import Publishing
import Synchronization
import Testing

@Suite struct HostLookupsTests {
    private final class Counts: Sendable {
        let state = Mutex((running: 0, most: 0, asked: [String]()))
    }

    private static let address = IPAddress(v4: 0xC000_0207)

    @Test func eachHostIsAskedOnceAndSoManyAtATime() throws {
        let counts = Counts()
        let lookups = HostLookups(within: .seconds(600)) { host in
            counts.state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
                state.asked.append(host)
            }
            defer { counts.state.withLock { $0.running -= 1 } }
            return host.hasSuffix("7") ? nil : host.hasSuffix("8") ? [] : [Self.address]
        }
        let hosts = (0..<100).map { "host\($0)" }
        let found = try lookups.addresses(of: hosts)
        #expect(found.count == 100)
        for host in hosts {
            let isKnown = !host.hasSuffix("7") && !host.hasSuffix("8")
            #expect(found[host] == .some(isKnown ? [Self.address] : nil), "\(host)")
        }
        let (running, most, asked) = counts.state.withLock { $0 }
        #expect(running == 0)
        #expect(most <= HostLookups.threadLimit)
        #expect(asked.sorted() == hosts.sorted())
    }

    @Test func whoeverDoesNotAnswerIsWaitedForNoLonger() throws {
        let isOver = DispatchSemaphore(value: 0)
        defer { for _ in 0..<100 { isOver.signal() } }
        let lookups = HostLookups(within: .milliseconds(200)) { _ in
            isOver.wait()
            return [Self.address]
        }
        // Look-ups that were begun count as tried; otherwise the next run would begin with them
        // again.
        let found = try lookups.addresses(of: (0..<20).map { "host\($0)" })
        #expect(found.count <= HostLookups.threadLimit)
        #expect(found.values.allSatisfy { $0 == nil })
    }

    @Test func addressesAreTheirOwnAndNobodyIsAsked() throws {
        let lookups = HostLookups { _ in
            Issue.record("a resolver was asked")
            return nil
        }
        let found = try lookups.addresses(of: ["192.0.2.7", "[2001:db8::1]"])
        #expect(found["192.0.2.7"] == .some([Self.address]))
        #expect(found["[2001:db8::1]"] == .some([try #require(IPAddress("2001:db8::1"))]))
    }

    @Test func theSystemKnowsThisMachine() throws {
        let found = try HostLookups(within: .seconds(600)).addresses(of: ["localhost"])
        let addresses = try #require(found["localhost"] ?? nil)
        let loopback = ["127.0.0.1", "::1"].compactMap { IPAddress($0) }
        #expect(loopback.contains { addresses.contains($0) }, "\(addresses)")
    }
}
