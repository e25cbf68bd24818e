import CCurl

/// Sends small requests over persistent connections, many at once, in the thread of its caller.
///
/// A transfer takes a used handle and a used connection where there is one; besides the URL that
/// libcurl copies and parses nothing is set or allocated per HEAD. Redirects are followed here and
/// not by libcurl, by ``RedirectRule``.
package final class WebClient {
    /// What is asked for.
    package enum Method: Int, Hashable, Sendable, CaseIterable {
        /// The head of the answer.
        case head
        /// The first byte, by `GET` with `Range: bytes=0-0`; of a server that sends more the head
        /// is taken and the connection closed.
        case firstByte
        /// The whole body, as it was sent: ``wait(atMost:_:)`` comes behind its last byte.
        case page
        /// The body of a small file, which is not to be compressed on the way, within the time of
        /// an answer.
        case content
        /// The beginning of a file, to see how fast it comes; ended after ``sampleSeconds``.
        case sample
    }

    /// Which connection carries a request.
    package enum Connection: Hashable, Sendable {
        /// One of HTTP/2, if the server takes it, which many requests share.
        case shared
        /// One that is kept for the next request.
        case kept
        /// One of its own.
        case single
    }

    /// How a request is to be put.
    package struct Options: Hashable, Sendable {
        package var method = Method.head
        package var connection = Connection.kept
        /// Caches between are to ask the server (`Cache-Control: no-cache`).
        package var passesCaches = false
        /// The answer is to prove a file: behind a redirect it must have the same name.
        package var isAboutFile = true
        /// The address to connect to, one of the host's; nil for any.
        package var address: String?
        /// Whether the answer is to say when the server's certificate ends.
        ///
        /// libcurl makes texts of the whole chain then, which is for single requests only.
        package var wantsCertificateEnd = false
        /// How much of the file a sample asks for; nil for all of it.
        package var sampleByteCount: UInt64?

        package init() {}
    }

    /// The outcome of one request.
    package struct Answer: Sendable {
        /// The number that the caller gave the request.
        package var tag: RequestTag
        package var result: Result<Head, Failure>
        /// From the start of the first transfer to the end of the last.
        package var seconds: Double
        /// The IP address of the host of the URL, where a connection was made to it; else nil.
        package var address: String?
        /// The answer came by HTTP/2.
        package var isHTTP2 = false
        /// Redirects on the way, whatever came of them.
        package var hopCount = 0
        /// When the certificate of the host of the URL ends, in seconds since 1970; nil where it
        /// was not asked for, and where no connection was made for this request.
        package var certificateEnd: Int64?
        /// How a sample came; nil of other methods, and where no file began to come.
        package var pace: Pace?
    }

    /// How long a body took, that of the last transfer where redirects were followed.
    package struct Pace: Hashable, Sendable {
        /// From its first byte to the end.
        package var seconds: Double
        /// That of the connection's first packet; nil where there was a connection.
        package var roundTripSeconds: Double?
    }

    /// The answer of the server, the last one where redirects were followed.
    package struct Head: Hashable, Sendable {
        /// 206 is reported as 200.
        package var status: Int
        /// The length of the whole body, or nil where the server did not tell it.
        package var byteCount: UInt64?
        /// The length is not that of the file: the body is encoded, as by gzip.
        package var isEncoded = false
        /// `Last-Modified` in seconds since 1970, or nil.
        package var lastModified: Int64?
        /// The `Retry-After` of a 429 or 503, in seconds, or nil.
        package var retryAfterSeconds: Int64?
        /// Redirects on the way.
        package var hopCount = 0
    }

    package struct Failure: Error, Sendable {
        package var error: CurlError?
        package var kind: FailureKind
        /// One phrase: the kind, and what libcurl knows of the reason.
        package var reason: String
        /// The server was spoken to, and the fault may be the connection's.
        package var isOfConnection = false
    }

    /// A part of a page, as it was sent.
    package struct Piece {
        package let bytes: ArraySlice<UInt8>
        fileprivate let handle: EasyHandle

        init(_ bytes: ArraySlice<UInt8>, of handle: EasyHandle) {
            self.bytes = bytes
            self.handle = handle
        }

        /// The URL of the page, the last one where redirects were followed.
        package var url: String { handle.text(CURLINFO_EFFECTIVE_URL) ?? "" }
        /// The `Content-Encoding` in lower case; nil for none.
        package var encoding: String? { handle.header("Content-Encoding")?.lowercased() }
    }

    /// What becomes of a piece of a page.
    package enum Reception: Hashable, Sendable {
        case taken
        /// To be given again after ``resume(_:)``.
        case notNow
        /// Nobody wants the rest.
        case enough
    }

    private let loop: MultiLoop
    private let userAgent: String
    private let connectSeconds: Int
    private let answerSeconds: Int
    private let authorityFile: String?
    /// Every handle that was ever needed at once, and its current request.
    private var exchanges: [Exchange] = []
    /// Those that are free, by their method.
    private var idle = [[Int]](repeating: [], count: Method.allCases.count)
    /// The transfers that ended since they were last handed over.
    private var ended: [(index: Int, error: CurlError?)] = []
    private let headers = Headers()

    /// The fields that requests have besides, by their kind.
    private struct Headers {
        let uncached = HeaderList([noCache])
        // A page is decoded by its caller, who can stop between any two bytes, which libcurl
        // cannot.
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
    /// `answerSeconds` bounds a request without a body as a whole; `connectSeconds` each
    /// connection, name and TLS included. `authorityFile` holds the certificates to trust instead
    /// of the system's.
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

    /// The requests that are not answered yet.
    package var inFlightCount: Int { exchanges.count - idle.reduce(0) { $0 + $1.count } }

    /// Starts a request for the URL whose bytes are `url`; it ends in ``wait(atMost:_:)``.
    ///
    /// `url` must end in a NUL byte, which a reused buffer can do without an allocation. `receive`
    /// is handed the body of a page while it comes.
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

    /// Has the page with this tag go on after ``Reception/notNow``.
    package func resume(_ tag: RequestTag) {
        for exchange in exchanges where exchange.tag == tag && exchange.isPaused {
            exchange.isPaused = false
            exchange.handle.resume()
        }
    }

    /// Waits until something happens in the loop, at most for `longest`, and hands over the
    /// answers.
    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        loop.turn(atMost: longest)
        // Collected first: `receive` may start requests, and handles must be free by then.
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

    /// Follows a redirect, or says why not; nil for an answer that leads nowhere else.
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
            // The address that was asked for is one of the first host.
            exchange.setAddress(nil)
            handle.clearFailureDetail()
            exchange.isCut = false
            loop.start(handle)
            return .success(())
        } catch {
            return .failure(Failure(error))
        }
    }

    /// Whether the answer behind redirects proves anything; nil where it does.
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
        // Waiting for a connection to turn out to be shared is what saves the second.
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
        // The path arrives as the catalog has it: libcurl would resolve "." and ".." components.
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
    /// After how long a sample is ended, the connection included.
    package static let sampleSeconds = 10
}

extension EasyHandle {
    /// Nil where no file began to come.
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
