import CCurl

/// Sends small requests over persistent connections, many concurrently, in the caller's thread.
///
/// A transfer reuses a handle and a connection if possible; besides the URL, which libcurl copies
/// and parses, nothing is set or allocated per HEAD. Redirects are followed here instead of by
/// libcurl, according to ``RedirectRule``.
package final class WebClient {
    /// What is requested.
    package enum Method: Int, Hashable, Sendable, CaseIterable {
        /// The head of the answer.
        case head
        /// The first byte, with `GET` and `Range: bytes=0-0`; if the server sends more, the head is
        /// used and the connection closed.
        case firstByte
        /// The whole body as sent: ``wait(atMost:_:)`` returns it after its last byte.
        case page
        /// The body of a small file without compression, within the time limit of an answer.
        case content
        /// The beginning of a file, to measure throughput; ended after ``sampleSeconds``.
        case sample
    }

    /// The connection for a request.
    package enum Connection: Hashable, Sendable {
        /// An HTTP/2 connection, if the server accepts it, shared by many requests.
        case shared
        /// A connection that is kept for the next request.
        case kept
        /// A connection for this request only.
        case single
    }

    /// How to send a request.
    package struct Options: Hashable, Sendable {
        package var method = Method.head
        package var connection = Connection.kept
        /// Makes caches in between ask the server (`Cache-Control: no-cache`).
        package var passesCaches = false
        /// The answer should prove a file: after a redirect it must have the same name.
        package var isAboutFile = true
        /// The address to connect to, one of the host's; nil for any.
        package var address: String?
        /// Whether the answer should include the end of the server's certificate.
        ///
        /// libcurl then converts the whole chain to text, so it is only for single requests.
        package var wantsCertificateEnd = false
        /// How much of the file a sample asks for; nil for all of it.
        package var sampleByteCount: UInt64?

        package init() {}
    }

    /// The outcome of one request.
    package struct Answer: Sendable {
        /// The tag that the caller gave the request.
        package var tag: RequestTag
        package var result: Result<Head, Failure>
        /// From the start of the first transfer to the end of the last.
        package var seconds: Double
        /// The IP address of the URL's host, if a connection was made to it; otherwise nil.
        package var address: String?
        /// The answer came over HTTP/2.
        package var isHTTP2 = false
        /// The number of redirects, whatever their outcome.
        package var hopCount = 0
        /// The end of the certificate of the URL's host, in seconds since 1970; nil if it was not
        /// requested, or if no connection was made for this request.
        package var certificateEnd: Int64?
        /// The timing of a sample; nil for other methods, and if no file was received.
        package var pace: Pace?
    }

    /// The duration of a body; if redirects were followed, that of the last transfer.
    package struct Pace: Hashable, Sendable {
        /// From its first byte to the end.
        package var seconds: Double
        /// The round-trip time of the connection's first packet; nil if the connection already
        /// existed.
        package var roundTripSeconds: Double?
    }

    /// The server's answer, the last one if redirects were followed.
    package struct Head: Hashable, Sendable {
        /// 206 is reported as 200.
        package var status: Int
        /// The length of the whole body, or nil if the server did not give it.
        package var byteCount: UInt64?
        /// The length is not the file's: the body is encoded, for instance with gzip.
        package var isEncoded = false
        /// `Last-Modified` in seconds since 1970, or nil.
        package var lastModified: Int64?
        /// The `Retry-After` of a 429 or 503, in seconds, or nil.
        package var retryAfterSeconds: Int64?
        /// The number of redirects.
        package var hopCount = 0
    }

    package struct Failure: Error, Sendable {
        package var error: CurlError?
        package var kind: FailureKind
        /// A phrase: the kind, and libcurl's reason.
        package var reason: String
        /// The server was reached, and the connection may be at fault.
        package var isOfConnection = false
    }

    /// A part of a page, as sent.
    package struct Piece {
        package let bytes: ArraySlice<UInt8>
        fileprivate let handle: EasyHandle

        init(_ bytes: ArraySlice<UInt8>, of handle: EasyHandle) {
            self.bytes = bytes
            self.handle = handle
        }

        /// The URL of the page, the last one if redirects were followed.
        package var url: String { handle.text(CURLINFO_EFFECTIVE_URL) ?? "" }
        /// The `Content-Encoding` in lower case; nil if none.
        package var encoding: String? { handle.header("Content-Encoding")?.lowercased() }
    }

    /// What to do after a piece of a page.
    package enum Reception: Hashable, Sendable {
        case taken
        /// Deliver it again after ``resume(_:)``.
        case notNow
        /// The rest is not needed.
        case enough
    }

    private let loop: MultiLoop
    private let userAgent: String
    private let connectSeconds: Int
    private let answerSeconds: Int
    private let authorityFile: String?
    /// As many as were ever needed at once, each with its current request.
    private var exchanges: [Exchange] = []
    /// The free ones, by method.
    private var idle = [[Int]](repeating: [], count: Method.allCases.count)
    /// The transfers that ended since they were last passed on.
    private var ended: [(index: Int, error: CurlError?)] = []
    private let headers = Headers()

    /// Additional header fields, by kind of request.
    private struct Headers {
        let uncached = HeaderList([noCache])
        // A page is decoded by its caller, who can stop between any two bytes, unlike libcurl.
        let page = HeaderList([gzip])
        let uncachedPage = HeaderList([gzip, noCache])

        private static let noCache = HTTPHeader("Cache-Control", "no-cache")
        private static let gzip = HTTPHeader("Accept-Encoding", "gzip")

        func list(_ options: Options) -> HeaderList? {
            switch options.method {
            case .head, .firstByte, .content, .sample: options.passesCaches ? uncached : nil
            case .page: options.passesCaches ? uncachedPage : page
            }
        }
    }

    /// The loop may be shared with connections of other kinds.
    ///
    /// `answerSeconds` limits a request without a body; `connectSeconds` each connection, including
    /// name resolution and TLS. `authorityFile` has the certificates to trust instead of the
    /// system's.
    package init(
        loop: MultiLoop,
        userAgent: String,
        connectSeconds: Int = 10,
        answerSeconds: Int = 20,
        authorityFile: String? = nil
    ) {
        self.loop = loop
        self.userAgent = userAgent
        self.connectSeconds = connectSeconds
        self.answerSeconds = answerSeconds
        self.authorityFile = authorityFile
    }

    deinit {
        for exchange in exchanges { loop.remove(exchange.handle) }
    }

    /// The number of requests that are not answered yet.
    package var inFlightCount: Int { exchanges.count - idle.reduce(0) { $0 + $1.count } }

    /// Starts a request for the URL in `url`; it ends in ``wait(atMost:_:)``.
    ///
    /// `url` must end in a NUL byte, so that a reused buffer needs no allocation. `receive` gets
    /// the body of a page as it arrives.
    package func start(
        url: [UInt8],
        tag: RequestTag,
        _ options: Options = Options(),
        receive: ((Piece) -> Reception)? = nil
    ) throws(HTTPTransportError) {
        guard url.last == 0 else {
            throw .unusable(reason: "a URL buffer does not end in NUL")
        }
        let exchange: Exchange
        if let index = idle[options.method.rawValue].popLast() {
            exchange = exchanges[index]
        } else {
            exchange = Exchange(try makeHandle(options.method, exchanges.count), options.method)
            exchanges.append(exchange)
        }
        exchange.begin(tag, options, receive)
        let handle = exchange.handle
        unsafe url.withUnsafeBytes { unsafe handle.set(CURLOPT_URL, $0.baseAddress) }
        loop.route(handle, .ownHost) { WebURL(String(decoding: url.dropLast(), as: UTF8.self)) }
        set(options, on: exchange)
        handle.clearFailureDetail()
        loop.start(handle)
    }

    /// Resumes the page with this tag after ``Reception/notNow``.
    package func resume(_ tag: RequestTag) {
        for exchange in exchanges where exchange.tag == tag && exchange.isPaused {
            exchange.isPaused = false
            exchange.handle.resume()
        }
    }

    /// Waits at most `longest` for events of the loop, and passes on the answers.
    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        loop.step(atMost: longest)
        // Collect them first: `receive` may start requests, and handles must be free by then.
        let finished = ended
        ended.removeAll(keepingCapacity: true)
        for (index, error) in finished {
            let exchange = exchanges[index]
            loop.remove(exchange.handle)
            exchange.seconds += Double(exchange.handle.offset(CURLINFO_TOTAL_TIME_T)) / 1e6
            if exchange.hopCount == 0 { exchange.noteConnection() }
            let error = exchange.isCut ? nil : error
            if error == nil, let outcome = follow(exchange) {
                guard case .failure(let failure) = outcome else { continue }
                receive(finish(index, .failure(failure)))
            } else {
                receive(finish(index, exchange.result(error)))
            }
        }
    }

    private func finish(_ index: Int, _ result: Result<Head, Failure>) -> Answer {
        let exchange = exchanges[index]
        let answer = Answer(
            tag: exchange.tag,
            result: result,
            seconds: exchange.seconds,
            address: exchange.address,
            isHTTP2: exchange.handle.long(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0),
            hopCount: exchange.hopCount,
            certificateEnd: exchange.certificateEnd,
            pace: exchange.method == .sample ? exchange.handle.pace : nil
        )
        exchange.end()
        idle[exchange.method.rawValue].append(index)
        return answer
    }

    // MARK: - Redirects

    /// Follows a redirect, or returns the reason against it; nil for an answer without one.
    private func follow(_ exchange: Exchange) -> Result<Void, Failure>? {
        let handle = exchange.handle
        let status = handle.long(CURLINFO_RESPONSE_CODE)
        let isRedirect = (300..<400).contains(status) && status != 304
        guard let target = isRedirect ? handle.text(CURLINFO_REDIRECT_URL) : nil else {
            return exchange.hopCount > 0 ? check(exchange) : nil
        }
        do throws(RedirectRule.Objection) {
            let rule: RedirectRule
            if let known = exchange.rule { rule = known } else { rule = try Self.rule(of: handle) }
            exchange.rule = rule
            if handle.isOfRedirector { throw .redirector }
            exchange.hopCount += 1
            let next = try rule.next(target, hop: exchange.hopCount)
            handle.set(CURLOPT_URL, target)
            loop.route(handle, next.host == rule.origin.host ? .ownHost : .publicOnly) { next }
            // The requested address belongs to the first host.
            exchange.setAddress(nil)
            handle.clearFailureDetail()
            exchange.isCut = false
            loop.start(handle)
            return .success(())
        } catch {
            return .failure(Failure(error))
        }
    }

    /// Why the answer after redirects proves nothing; nil if it does.
    private func check(_ exchange: Exchange) -> Result<Void, Failure>? {
        do throws(RedirectRule.Objection) {
            if exchange.handle.isOfRedirector { throw .redirector }
            guard exchange.options.isAboutFile, let rule = exchange.rule else { return nil }
            guard let last = exchange.handle.text(CURLINFO_EFFECTIVE_URL).flatMap(WebURL.init)
            else { throw .notWeb("") }
            try rule.checkName(of: last)
            return nil
        } catch {
            return .failure(Failure(error))
        }
    }

    private static func rule(of handle: EasyHandle) throws(RedirectRule.Objection) -> RedirectRule {
        guard let text = handle.text(CURLINFO_EFFECTIVE_URL), let origin = WebURL(text) else {
            throw .notWeb("")
        }
        return RedirectRule(origin: origin)
    }

    // MARK: - Options

    private func set(_ options: Options, on exchange: Exchange) {
        let handle = exchange.handle
        // Waiting to find out whether a connection can be shared saves the second one.
        handle.set(CURLOPT_PIPEWAIT, options.connection == .shared ? 1 : 0)
        handle.set(
            CURLOPT_HTTP_VERSION,
            Int(
                options.connection == .shared
                    ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
            )
        )
        exchange.setSingle(options.connection == .single || options.address != nil)
        exchange.setHeaders(headers.list(options))
        if options.method == .sample { handle.setRange(of: options.sampleByteCount) }
        exchange.setAddress(options.address)
        exchange.setCertificateWish(options.wantsCertificateEnd)
    }

    private func makeHandle(
        _ method: Method,
        _ index: Int
    ) throws(HTTPTransportError) -> EasyHandle {
        let handle = try EasyHandle()
        switch method {
        case .head: handle.set(CURLOPT_NOBODY, 1)
        case .firstByte: handle.set(CURLOPT_RANGE, "0-0")
        case .page, .content, .sample: break
        }
        handle.set(CURLOPT_FILETIME, 1)
        handle.set(CURLOPT_USERAGENT, userAgent)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        // The path must arrive as in the catalog: libcurl would resolve "." and ".." components.
        handle.set(CURLOPT_PATH_AS_IS, 1)
        handle.set(CURLOPT_CONNECTTIMEOUT, connectSeconds)
        handle.set(CURLOPT_TIMEOUT, longestSeconds(method))
        loop.adopt(handle, authorityFile: authorityFile)
        handle.ended = { [unowned self] error in ended.append((index, error)) }
        return handle
    }

    private func longestSeconds(_ method: Method) -> Int {
        switch method {
        case .head, .firstByte, .content: answerSeconds
        case .page: Self.pageSeconds
        case .sample: Self.sampleSeconds
        }
    }

    private static let pageSeconds = 180
    /// When a sample is ended, in seconds including the time to connect.
    package static let sampleSeconds = 10
}

extension EasyHandle {
    /// Nil if no file was received.
    fileprivate var pace: WebClient.Pace? {
        let status = long(CURLINFO_RESPONSE_CODE)
        guard status == 200 || status == 206 else { return nil }
        func seconds(from start: CURLINFO, to end: CURLINFO) -> Double {
            max(0, Double(offset(end)) - Double(offset(start))) / 1e6
        }
        return WebClient.Pace(
            seconds: seconds(from: CURLINFO_STARTTRANSFER_TIME_T, to: CURLINFO_TOTAL_TIME_T),
            roundTripSeconds: long(CURLINFO_NUM_CONNECTS) > 0
                ? seconds(from: CURLINFO_NAMELOOKUP_TIME_T, to: CURLINFO_CONNECT_TIME_T) : nil
        )
    }

    fileprivate func setRange(of byteCount: UInt64?) {
        guard let byteCount, byteCount > 0 else {
            unsafe set(CURLOPT_RANGE, UnsafeRawPointer?.none)
            return
        }
        set(CURLOPT_RANGE, "0-\(byteCount - 1)")
    }
}
