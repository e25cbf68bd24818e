import Bytes
import JSON
import Mirrors
import Pages
import Redirection
import RegionMapFormat

/// Passes any bytes through the parser, the choice and the answer, and checks the result.
///
/// The rules are those that no request may break: an answer is framed according to RFC 9112, its
/// head contains only printable ASCII, and its Location leads to a known host. The fuzzer tries to
/// break them, and a test replays all inputs that it found.
package struct RequestJudge: ~Copyable {
    /// How the bytes after the first one reach Redirector, as the first byte says.
    private struct Route {
        static let count = 8

        let number: Int
        var isCGI: Bool { number & 1 != 0 }
        var isCacheable: Bool { number & 2 != 0 }
        var hasMap: Bool { number & 4 == 0 }
    }

    private final class NoBlobs: PageBlobs {
        func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {}
        func holders() -> Holders? { nil }
        func details(generation: UInt32) -> FileDetails? { nil }
        func report(region: Region.ID) -> PageReport? { nil }
    }

    private static let now: Int64 = 1_700_000_000
    private static let fallback = "https://fallback.example/"
    private static let mirrors = ["http://near.example/gentoo/", "https://far.example/a~b/"]
    /// The variables of a CGI request, in the order of their values in an input.
    private static let variables = [
        "REQUEST_METHOD": 0, "PATH_INFO": 1, "QUERY_STRING": 2, "REQUEST_URI": 3, "SCRIPT_NAME": 4,
        "REMOTE_ADDR": 5, "HTTP_X_FORWARDED_FOR": 6, "HTTP_X_FORWARDED_PROTO": 7,
        "HTTP_CF_IPCOUNTRY": 8, "HTTP_ACCEPT": 9,
    ]
    private static let bases = ([fallback] + mirrors).map { Array($0.utf8) }

    /// One for each route.
    private var responders: InlineArray<8, Responder>

    package init() throws {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 7,
            builtAt: Self.now - 3_600
        )
        for (index, url) in Self.mirrors.enumerated() {
            _ = try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "point\(index)",
                    mirrorID: "mirror\(index)",
                    mirrorName: "<Mirror & \"\(index)\">",
                    baseURL: url,
                    clientCountries: "",
                    scheme: index == 0 ? .http : .https
                )
            )
        }
        for path in ["a", "dir/", "dir/file+1~2.tar.xz", "100%2F", "\u{fc}.txt"] {
            try writer.add(path: Array(path.utf8), replicas: [0, 1])
        }
        let snapshot = try Snapshot(
            map: StableBytes(copying: writer.finished()),
            verifying: true,
            health: nil
        )
        responders = InlineArray { Self.responder(Route(number: $0), snapshot) }
    }

    /// What is wrong with the answer to `input`, or nil.
    ///
    /// The first byte is the route, the second one the position at which the bytes are divided.
    package mutating func fault(_ input: Span<UInt8>) -> String? {
        guard input.count >= 2 else { return nil }
        let route = Route(number: Int(input[0]) % Route.count)
        let rest = input.extracting(2..<input.count)
        guard !route.isCGI else { return cgiFault(rest, route) }
        return streamFault(rest, cut: min(Int(input[1]), rest.count), route)
    }

    private static func responder(_ route: Route, _ snapshot: Snapshot) -> Responder {
        var settings = AnswerSettings(fallbackURL: Array(fallback.utf8))
        settings.trustedProxies = TrustedProxies("192.0.2.0/24") ?? .none
        if route.isCacheable { settings.maxAge = 60 }
        let metrics = Metrics()
        let answerProtocol: ResponseWriter.AnswerProtocol = route.isCGI ? .cgi : .http
        var responder = Responder(
            settings: settings,
            metrics: metrics,
            protocol: answerProtocol,
            pages: PageAnswers(
                settings: settings,
                metrics: metrics,
                protocol: answerProtocol,
                blobs: NoBlobs(),
                regions: { [regionID = snapshot.regionID] in [regionID] },
                generator: "Redirector"
            )
        )
        if route.hasMap { responder.snapshot = snapshot }
        return responder
    }

    // MARK: Requests

    /// All requests in `bytes`, one after the other.
    private mutating func streamFault(_ bytes: Span<UInt8>, cut: Int, _ route: Route) -> String? {
        var parser = RequestParser()
        // What has arrived so far is parsed first, and must have the same result when more has
        // arrived.
        if cut < bytes.count, case .head(let head) = parser.parse(bytes.extracting(0..<cut)) {
            var whole = RequestParser()
            guard case .head(let again) = whole.parse(bytes), again.byteCount == head.byteCount
            else { return "more bytes make another head" }
            parser = RequestParser()
        }
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.extracting(offset..<bytes.count)
            var answer: [UInt8] = []
            switch parser.parse(rest) {
            case .incomplete:
                return nil
            case .refused(let error):
                responders[route.number].refuse(error, now: Self.now, to: &answer)
                return rules(route).fault(in: answer, hasBody: true)
            case .head(let head):
                guard (1...rest.count).contains(head.byteCount) else {
                    return "a head of \(head.byteCount) bytes"
                }
                answer = self.answer(head, rest, route)
                let fault = rules(route).fault(in: answer, hasBody: head.method != .head)
                if let fault { return fault }
                offset += head.byteCount
                switch head.body {
                case .none: break
                case .chunked: return nil
                case .byteCount(let count):
                    guard count < bytes.count - offset else { return nil }
                    offset += count
                }
            }
        }
        return nil
    }

    private mutating func answer(
        _ head: RequestHead,
        _ bytes: Span<UInt8>,
        _ route: Route
    ) -> [UInt8] {
        var answer: [UInt8] = []
        _ = responders[route.number].answer(
            head,
            in: bytes,
            from: Responder.Peer(address: IPAddress("192.0.2.1")),
            now: Self.now,
            closing: false,
            to: &answer
        )
        return answer
    }

    /// The request whose variables follow each other, separated by zero bytes.
    private mutating func cgiFault(_ bytes: Span<UInt8>, _ route: Route) -> String? {
        var values: [Range<Int>] = []
        var start = 0
        while start <= bytes.count, values.count < Self.variables.count {
            var end = start
            while end < bytes.count, bytes[end] != 0 { end += 1 }
            values.append(start..<end)
            start = end + 1
        }
        let input = bytes.array
        let request = CGIRequest.head { name in
            guard let index = Self.variables[name], index < values.count else { return nil }
            return Array(input[values[index]])
        }
        var parser = RequestParser()
        var answer: [UInt8] = []
        var hasBody = true
        switch parser.parse(request.bytes.span) {
        case .incomplete: return "a request by CGI is never incomplete"
        case .refused(let error):
            responders[route.number].refuse(error, now: Self.now, to: &answer)
        case .head(let head):
            guard head.byteCount == request.bytes.count else {
                return "a variable holds another request"
            }
            hasBody = head.method != .head
            answer = self.answer(head, request.bytes.span, route)
        }
        return rules(route).fault(in: answer, hasBody: hasBody)
    }

    private func rules(_ route: Route) -> AnswerRules {
        AnswerRules(bases: Self.bases, isCGI: route.isCGI)
    }
}
