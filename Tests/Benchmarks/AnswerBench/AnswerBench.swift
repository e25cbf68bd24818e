import Bytes
import ObjectStorage
import Glibc
import Mirrors
import Redirection
import RedirectionServer
import RegionMapFormat

/// Times the Redirector without a socket: from the bytes of a request to those of the answer.
///
/// `answer-bench MAP [REQUESTS [TARGET...]]` prints the nanoseconds of CPU time per request: the
/// minimum of twenty rounds of that many requests, which other work on the machine disturbs least.
/// Then it prints the same for the first target and a client whose country, and one whose place, a
/// trusted proxy states, and for looking its path up in the map. With `country`, `place` or
/// `look-up` as the target it prints only that line. Under `valgrind --tool=callgrind` a few
/// requests of one line give counts of instructions and allocations, which nothing disturbs:
/// `performance-gate.py` compares them with limits, and `answer-bench-instructions.sh` prints the
/// ratio of two of them.
@main
enum AnswerBench {
    private static let usualTargets = [
        "/distfiles/4c/package-name-76-1.2.3.tar.xz", "/unknown/path-of-the-same-length.tar.xz",
    ]
    private static let usualClients = ["country", "place"]
    private static let lookUp = "look-up"

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let path = arguments.first,
            let map = try MappedFile.open(path)?.bytes
        else {
            print("usage: answer-bench MAP [REQUESTS [TARGET...]]")
            exit(2)
        }
        let snapshot = try Snapshot(map: map, verifying: true, health: nil)
        let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
        var targets = Array(arguments.dropFirst(2))
        if targets.isEmpty { targets = usualTargets + usualClients + [lookUp] }
        for target in targets {
            guard target != lookUp else {
                let view = try RegionMap(map.bytes)
                print("\(nanosecondsOfLookUp(count, view)) ns  \(target)")
                continue
            }
            var responder = Responder(
                settings: AnswerSettings(
                    fallbackURL: Array("https://fallback.example/".utf8),
                    trustedProxies: usualClients.contains(target)
                        ? TrustedProxies("192.0.2.0/24") ?? .none : .none
                ),
                metrics: Metrics(),
                retries: RetryTable(seconds: 60)
            )
            responder.snapshot = snapshot
            let request = request(for: target)
            print("\(nanoseconds(count, request, &responder)) ns  \(target)")
        }
    }

    /// The bytes of a request for a target, or for the usual one from a client about whom something
    /// is known.
    private static func request(for target: String) -> [UInt8] {
        let country = "CloudFront-Viewer-Country: DE\r\n"
        let place =
            "CloudFront-Viewer-Latitude: 50.11090\r\nCloudFront-Viewer-Longitude: 8.68210\r\n"
        let (path, headers) =
            switch target {
            case "country": (usualTargets[0], country)
            case "place": (usualTargets[0], country + place)
            default: (target, "")
            }
        return Array("GET \(path) HTTP/1.1\r\nHost: localhost:8080\r\n\(headers)\r\n".utf8)
    }

    private static func nanoseconds(
        _ count: Int,
        _ request: [UInt8],
        _ responder: inout Responder
    ) -> Int {
        let peer = Responder.Peer(address: IPAddress("192.0.2.1"))
        var answer: [UInt8] = []
        return leastNanoseconds(count) {
            answer.removeAll(keepingCapacity: true)
            var parser = RequestParser()
            guard case .head(let head) = parser.parse(request.span) else { return }
            _ = responder.answer(
                head,
                in: request.span,
                from: peer,
                now: 0,
                closing: false,
                to: &answer
            )
        }
    }

    /// The time until the first access point that has the file.
    private static func nanosecondsOfLookUp(_ count: Int, _ map: borrowing RegionMap) -> Int {
        let key = Array(usualTargets[0].utf8.dropFirst())
        var found = 0
        let time = leastNanoseconds(count) {
            guard var replicas = unsafe map.replicas(of: key.span.bytes) else { return }
            if replicas.next() != nil { found += 1 }
        }
        precondition(found == 20 * count, "the map does not have \(usualTargets[0])")
        return time
    }

    private static func leastNanoseconds(_ count: Int, _ body: () -> Void) -> Int {
        var least = Int.max
        for _ in 0..<20 {
            let start = clock()
            for _ in 0..<count { body() }
            least = min(least, (clock() - start) * 1_000_000_000 / Int(CLOCKS_PER_SEC) / count)
        }
        return least
    }
}
