import FileDetailsFormat
import Linux
import Glibc
import JSON
import Mirrors
import ObjectStorage
import Pages
import Redirection
import RedirectionServer
import Time

/// Times the Redirector's pages without a socket: from the bytes of a request to those of the
/// answer.
///
/// `page-bench STORE [REQUESTS]`, with the store of `redirector-fixture`, prints for each page the
/// microseconds of CPU time, the minimum of twenty rounds of that many requests, and the length of
/// the answer. Under `valgrind --tool=callgrind` a few requests give counts of instructions, which
/// nothing disturbs.
@main
enum PageBench {
    private static let path = "/distfiles/4c/package-name-76-1.2.3.tar.xz"
    private static let pages: [(name: String, target: String, accept: String)] = [
        ("/", "/", "*/*"),
        ("?mirrorlist", "\(path)?mirrorlist", "text/html"),
        ("?mirrorlist, JSON", "\(path)?mirrorlist", "application/json"),
        ("?explain", "\(path)?explain", "*/*"),
        (".meta4", "\(path).meta4", "*/*"),
        ("?mirrorlist&format=text", "\(path)?mirrorlist&format=text", "*/*"),
        ("?metalink", "\(path)?metalink", "*/*"),
        ("?sha512", "\(path)?sha512", "*/*"),
    ]

    /// The blobs of the fixture, read once, as the server keeps them.
    private final class Blobs: PageBlobs {
        let storedDetails: FileDetails?
        let storedReport: PageReport?

        init(storedDetails: FileDetails?, storedReport: PageReport?) {
            self.storedDetails = storedDetails
            self.storedReport = storedReport
        }

        func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {}
        func holders() -> Holders? { nil }
        func details(generation: UInt32) -> FileDetails? { storedDetails }
        func report(region: Region.ID) -> PageReport? { storedReport }
    }

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let folder = arguments.first,
            let map = try MappedFile.open("\(folder)/maps/bench.map")?.bytes
        else {
            print("usage: page-bench STORE [REQUESTS]")
            exit(2)
        }
        let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 100
        let settings = AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        let metrics = Metrics()
        let pages = PageAnswers(
            settings: settings,
            metrics: metrics,
            blobs: try blobs(of: folder),
            regions: { ["bench"] },
            generator: "Redirector/bench"
        )
        var responder = Responder(settings: settings, metrics: metrics, pages: pages)
        responder.snapshot = try Snapshot(
            map: map,
            verifying: true,
            health: try health(of: folder)
        )
        for page in Self.pages {
            let (least, byteCount) = microseconds(count, page, &responder)
            print("\(least) us  \(byteCount) bytes  \(page.name)")
        }
    }

    private static func blobs(of folder: String) throws -> Blobs {
        let store = FileStore(folder: folder)
        let report = try store.get(BlobKey("maps/bench.report.json"))
        let details = try MappedFile.open("\(folder)/\(FileDetailsKey.text(generation: 1))")
        return Blobs(
            storedDetails: try details.map { try FileDetails($0.bytes) },
            storedReport: try report.map { PageReport(try JSONValue(parsing: $0.bytes)) }
        )
    }

    private static func health(of folder: String) throws -> CurrentHealth? {
        guard let file = try MappedFile.open("\(folder)/health") else { return nil }
        let report = try HealthReport(file.bytes)
        let now = Timestamp.now
        return CurrentHealth(report, seenAt: now, at: now, maximumAge: .max)
    }

    private static func microseconds(
        _ count: Int,
        _ page: (name: String, target: String, accept: String),
        _ responder: inout Responder
    ) -> (least: Int, byteCount: Int) {
        let peer = Responder.Peer(address: IPAddress("192.0.2.1"))
        let request = Array(
            "GET \(page.target) HTTP/1.1\r\nHost: h\r\nAccept: \(page.accept)\r\n\r\n".utf8
        )
        var answer: [UInt8] = []
        var least = Int.max
        for _ in 0..<20 {
            let start = clock()
            for _ in 0..<count {
                answer.removeAll(keepingCapacity: true)
                var parser = RequestParser()
                guard case .head(let head) = parser.parse(request.span) else { return (0, 0) }
                _ = responder.answer(
                    head,
                    in: request.span,
                    from: peer,
                    now: Timestamp.now.secondsSinceEpoch,
                    closing: false,
                    to: &answer
                )
            }
            least = min(least, (clock() - start) * 1_000_000 / Int(CLOCKS_PER_SEC) / count)
        }
        return (least, answer.count)
    }
}
