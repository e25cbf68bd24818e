import Catalogs
import CheckPlanning
import CheckStates
import HTTPTransport
import Mirrors

/// Measures the throughput of access points one after the other: two at once would share this
/// machine's own line.
struct ThroughputRound {
    let catalog: Catalog
    let transport: any Transport
    let clock: any CheckClock
    let shouldStop: () -> Bool

    /// How long to wait for an answer: until the transport has ended it.
    private static let patienceSeconds = Double(WebClient.sampleSeconds) + 2
    /// How long to wait until the host's limit permits a request.
    private static let roomSeconds = 1.0

    /// The maximum duration of one measurement.
    static var longestSeconds: Double { patienceSeconds + roomSeconds }

    /// The second of the day at which the access point is due.
    static func secondOfDay(of id: AccessPoint.ID) -> Int64 {
        StableHash.number(StableHash.hash(id.utf8), below: 86_400)
    }

    /// Whether the host may be asked now, after a short wait.
    func hasRoom(_ number: AccessPointNumber) -> Bool {
        let end = clock.elapsed + Self.roomSeconds
        while transport.room(at: number) == 0 {
            guard transport.pause(at: number) <= .zero, clock.elapsed < end, !shouldStop() else {
                return false
            }
            transport.wait(atMost: .milliseconds(50)) { _ in }
        }
        return true
    }

    /// The transfer of `file` from the access point; nil if it fails.
    func transfer(of file: SampleFile, from number: AccessPointNumber) -> Transfer? {
        var question = Question(
            accessPoint: number,
            subject: .sample(file.id),
            path: catalog.pathBytes(of: file.id),
            isDirectory: false
        )
        question.byteCount = file.byteCount
        transport.ask(question)
        var answer: Answer?
        let end = clock.elapsed + Self.patienceSeconds
        while answer == nil, clock.elapsed < end, !shouldStop() {
            transport.wait(atMost: .seconds(max(0, min(1, end - clock.elapsed)))) {
                if $0.accessPoint == number, $0.subject == question.subject { answer = $0 }
            }
        }
        return answer?.transfer
    }
}
