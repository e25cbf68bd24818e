import Catalogs
import CheckPlanning
import CheckStates
import HealthFormat
import HealthStorage
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Checking

/// Probes minute by minute, as sessions run them over the results of checks.
@Suite struct ProbeSessionTests {
    let store = InMemoryStore()
    static let fileCount = 300

    /// One mirror with http and https, and seven others with http.
    static func mirrors() throws -> [Mirror] {
        let country = try #require(CountryCode("DE"))
        return (0..<8).map { number in
            var points = [AccessPoint.make("m\(number)", baseURL: "http://m\(number).example/")]
            if number == 0 {
                points.append(
                    .make("m0-tls", baseURL: "https://m0.example/", scheme: .https)
                )
            }
            return Mirror(
                id: "m\(number)",
                name: "m\(number)",
                country: country,
                region: "europe",
                accessPoints: points
            )
        }
    }

    /// Sets up the store with a check in which everything is there.
    func checkFirst() throws {
        let mirrors = MirrorList(mirrors: try Self.mirrors())
        try store.put(BlobKey("mirrors.json"), mirrors.json.serialized())
        let catalogs = CatalogStore(store)
        try catalogs.publish(
            CheckRunTests.catalog(Self.fileCount),
            replacing: catalogs.current()
        )
        try session(.check, after: 0) { _ in HealthProbeTests.there }
    }

    /// Runs one session and returns its questions about files by access point.
    @discardableResult
    func session(
        _ mode: CheckRequest.Mode,
        after seconds: Int64,
        certificateEnd: Timestamp? = nil,
        script: @escaping (Question) -> Reply
    ) throws -> [Question] {
        let clock = ManualClock(lateness: seconds)
        var request = CheckRequest()
        request.mode = mode
        let session = CheckSession(request, store, clock, after: seconds)
        let transport = ScriptedTransport(clock: clock) { question in
            question.subject == .impossibleName ? HealthProbeTests.missing : script(question)
        }
        transport.roomPerAccessPoint = 16
        transport.certificateEnd = { _ in certificateEnd }
        _ = try session.run { _ in transport }
        return transport.asked
    }

    func health() throws -> Health { try HealthStore(store).read() }

    @Test func eachMinuteAnotherFileAndTwinsInTurn() throws {
        try checkFirst()
        var files: [AccessPointNumber: Set<Question.Subject>] = [:]
        var twins: [AccessPointNumber] = []
        for minute in 1...40 as ClosedRange<Int64> {
            let asked = try session(.probe, after: minute * 60) { _ in HealthProbeTests.there }
            for question in asked {
                files[question.accessPoint, default: []].insert(question.subject)
            }
            let ofTwins = asked.map(\.accessPoint).filter { $0 < 2 }
            #expect(ofTwins.count == 1)
            twins += ofTwins
            #expect(asked.count == 8)
        }
        #expect(twins.count { $0 == 0 } == 20)
        // Every second file is one of the sixteen newest.
        #expect(files[4]?.count ?? 0 > 20)
        #expect(try health().statuses.count == 9)
        #expect(try health().statuses.values.allSatisfy(\.isUp))
    }

    /// Of the twins, the one with https is asked every second minute.
    @Test func aCertificateIsLookedAtOnceADayAndOnceAnHourWhereItEndsSoon() throws {
        try checkFirst()
        let start = Int64(ManualClock().now.secondsSinceEpoch)
        func looks(_ hours: Range<Int64>, end: Timestamp?) throws -> Int {
            var count = 0
            for minute in stride(from: hours.lowerBound * 60, to: hours.upperBound * 60, by: 15) {
                let asked = try session(.probe, after: minute * 60, certificateEnd: end) { _ in
                    HealthProbeTests.there
                }
                count += asked.count { $0.wantsCertificateEnd }
                #expect(asked.allSatisfy { !$0.wantsCertificateEnd || $0.accessPoint == 1 })
            }
            return count
        }
        // No end is stated, so it is asked for each time.
        #expect(try looks(1..<3, end: nil) == 4)
        let later = Timestamp(secondsSinceEpoch: start + 60 * 86_400)
        let first = try looks(3..<27, end: later)
        #expect((1...3).contains(first))
        #expect(try health().statuses["m0-tls"]?.certificateEnd == later)
        #expect(try health().statuses["m0"]?.certificateEnd == nil)
        let soon = Timestamp(secondsSinceEpoch: start + 5 * 86_400)
        _ = try looks(27..<53, end: soon)
        #expect(try health().statuses["m0-tls"]?.certificateEnd == soon)
        #expect(try (9...11).contains(looks(53..<63, end: soon)))
        // If one probe does not see it, it stays as it was.
        _ = try looks(63..<66, end: nil)
        #expect(try health().statuses["m0-tls"]?.certificateEnd == soon)
    }

    @Test func aLostFileIsDoubtedAfterTheProbeThatMetIt() throws {
        try checkFirst()
        // Half of all files are gone.
        var doubt: Health.Doubt?
        for minute in 1...10 as ClosedRange<Int64> where doubt == nil {
            try session(.probe, after: minute * 60) { question in
                guard question.accessPoint == 4, case .knownFile(let file) = question.subject,
                    file.rawValue % 2 == 0
                else { return HealthProbeTests.there }
                return HealthProbeTests.missing
            }
            doubt = try health().doubts["m3"]
        }
        let evidence = try #require(doubt?.evidence.first)
        #expect(evidence.fileID % 2 == 0)
        #expect(doubt?.awaitsCheck == true)
        #expect(doubt?.covers(PathFilter.hash(of: Array("f\(evidence.fileID)".utf8)[...])) == true)
        #expect(try health().statuses["m3"]?.isUp == true)
    }

    @Test func nobodyIsSentToAnOldTreeAfterAnOutage() throws {
        try checkFirst()
        func probe(_ minute: Int64, _ reply: @escaping (FileID) -> Reply) throws {
            try session(.probe, after: minute * 60) { question in
                guard question.accessPoint == 4 else { return HealthProbeTests.there }
                if case .knownFile(let file) = question.subject { return reply(file) }
                return reply(FileID(0))
            }
        }
        try probe(1) { _ in HealthProbeTests.there }
        for minute in 2...5 as ClosedRange<Int64> {
            try probe(minute) { _ in .failed(reason: "silence", outage: .timedOut) }
        }
        #expect(try health().statuses["m3"]?.isUp == false)
        // It comes back without a third of its files.
        try probe(6) { $0.rawValue % 3 == 0 ? HealthProbeTests.missing : HealthProbeTests.there }
        let doubt = try #require(try health().doubts["m3"])
        #expect(try health().statuses["m3"]?.isUp == true)
        #expect(doubt.scope == .whole && doubt.reason == .returned && doubt.awaitsCheck)
        // The next check finds out what is there, and lifts the doubt.
        try session(.check, after: 420) { question in
            guard question.accessPoint == 4 else { return HealthProbeTests.there }
            switch question.subject {
            case .file(let file), .knownFile(let file):
                return file.rawValue % 3 == 0 ? HealthProbeTests.missing : HealthProbeTests.there
            default: return HealthProbeTests.missing
            }
        }
        let state = try CheckStateStore(store).load(
            .make("m3", baseURL: "http://m3.example/")
        ).state
        for number in 0..<300 as Range<UInt32> {
            let isThere = state.outcome(of: FileID(number)) == .present
            #expect(isThere == (number % 3 != 0))
        }
        #expect(try health().doubts["m3"]?.scope != .whole)
    }

    @Test func afterAnOutageOfOurOwnNobodyHasToShowMore() throws {
        try checkFirst()
        try session(.probe, after: 60) { _ in HealthProbeTests.there }
        try session(.probe, after: 120) { _ in .failed(reason: "silence", outage: .timedOut) }
        #expect(try health().statuses.values.allSatisfy { !$0.isUp })
        let asked = try session(.probe, after: 180) { _ in HealthProbeTests.there }
        #expect(asked.count == 9)
        #expect(try health().statuses.values.allSatisfy(\.isUp))
    }
}
