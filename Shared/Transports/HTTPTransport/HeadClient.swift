import CCurl

/// Sends HEAD requests over persistent connections, many at once, in the thread of its caller.
///
/// A transfer takes a used handle and a used connection where there is one; besides the URL that
/// libcurl copies and parses nothing is set or allocated per request.
package final class HeadClient {
    /// What one HEAD came to.
    package struct Answer: Sendable {
        /// The number that the caller gave the request.
        package var tag: Int
        package var result: Result<Head, Failure>
        /// From the start of the transfer to its end.
        package var seconds: Double
        /// The IP address of the host of the URL, where a connection was made to it; else nil.
        package var address: String?
        /// The answer came by HTTP/2, many of which share one connection.
        package var isHTTP2 = false
    }

    /// The answer of the server, the last one where redirects were followed.
    package struct Head: Hashable, Sendable {
        package var status: Int
        /// The `Content-Length`, or nil where there was none.
        package var byteCount: UInt64?
        /// `Last-Modified` in seconds since 1970, or nil.
        package var lastModified: Int64?
        /// The `Retry-After` of a 429 or 503, in seconds, or nil.
        package var retryAfterSeconds: Int64?
    }

    package struct Failure: Error, Sendable {
        package var error: CurlError
        package var kind: FailureKind
        /// One phrase: the kind, and what libcurl knows of the reason.
        package var reason: String
    }

    private let loop: MultiLoop
    private let userAgent: String
    private let connectSeconds: Int
    private let answerSeconds: Int
    private let authorityFile: String?
    /// Every handle that was ever needed at once, and the tag of its current request.
    private var handles: [(handle: EasyHandle, tag: Int)] = []
    private var idle: [Int] = []
    /// The transfers that ended since they were last handed over.
    private var ended: [(index: Int, error: CurlError?)] = []

    /// The loop may be shared with connections of other kinds.
    ///
    /// `answerSeconds` bounds a request as a whole, redirects included; `connectSeconds` each
    /// connection, name and TLS included. `authorityFile` holds the certificates to trust instead of
    /// the system's.
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
        for (handle, _) in handles { loop.remove(handle) }
    }

    /// The requests that are not answered yet.
    package var inFlightCount: Int { handles.count - idle.count }

    /// Starts a HEAD of the URL whose bytes are `url`; it ends in ``wait(atMost:_:)``.
    ///
    /// `url` must end in a NUL byte, which a reused buffer can do without an allocation. With
    /// `offersHTTP2`, a server that takes it answers many requests at once over one connection.
    package func start(
        url: [UInt8],
        tag: Int,
        offersHTTP2: Bool = false
    ) throws(HTTPTransportError) {
        guard url.last == 0 else {
            throw .unusable(reason: "a URL buffer does not end in NUL")
        }
        let index: Int
        if let used = idle.popLast() {
            index = used
        } else {
            index = handles.count
            handles.append((try makeHandle(index), tag))
        }
        handles[index].tag = tag
        let handle = handles[index].handle
        unsafe url.withUnsafeBytes { unsafe handle.set(CURLOPT_URL, $0.baseAddress) }
        // Waiting for a connection to turn out to be shared is what saves the second.
        handle.set(CURLOPT_PIPEWAIT, offersHTTP2 ? 1 : 0)
        handle.set(
            CURLOPT_HTTP_VERSION,
            Int(offersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        )
        handle.clearFailureDetail()
        loop.start(handle)
    }

    /// Waits until something happens in the loop, at most for `longest`, and hands over the answers.
    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        loop.turn(atMost: longest)
        // Collected first: `receive` may start requests, and handles must be free by then.
        let finished = ended
        ended.removeAll(keepingCapacity: true)
        for (index, error) in finished {
            let (handle, tag) = handles[index]
            loop.remove(handle)
            let answer = Answer(
                tag: tag,
                result: result(of: handle, error),
                seconds: Double(handle.offset(CURLINFO_TOTAL_TIME_T)) / 1e6,
                address: address(of: handle),
                isHTTP2: handle.long(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0)
            )
            idle.append(index)
            receive(answer)
        }
    }

    /// Asked for only where a connection is new, for the text costs an allocation.
    private func address(of handle: EasyHandle) -> String? {
        guard handle.long(CURLINFO_NUM_CONNECTS) > 0, handle.long(CURLINFO_REDIRECT_COUNT) == 0
        else { return nil }
        return handle.text(CURLINFO_PRIMARY_IP).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func result(of handle: EasyHandle, _ error: CurlError?) -> Result<Head, Failure> {
        if let error {
            let kind = FailureKind(
                error,
                systemError: Int32(clamping: handle.long(CURLINFO_OS_ERRNO)),
                verification: handle.long(CURLINFO_SSL_VERIFYRESULT)
            )
            let detail = handle.failureDetail.isEmpty ? "\(error)" : handle.failureDetail
            let reason = kind == .other ? detail : "\(kind.rawValue): \(detail)"
            return .failure(Failure(error: error, kind: kind, reason: reason))
        }
        let status = handle.long(CURLINFO_RESPONSE_CODE)
        var head = Head(
            status: status,
            byteCount: UInt64(exactly: handle.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
        )
        let modified = handle.offset(CURLINFO_FILETIME_T)
        head.lastModified = modified >= 0 ? modified : nil
        if status == 429 || status == 503 {
            let seconds = handle.offset(CURLINFO_RETRY_AFTER)
            head.retryAfterSeconds = seconds > 0 ? seconds : nil
        }
        return .success(head)
    }

    private func makeHandle(_ index: Int) throws(HTTPTransportError) -> EasyHandle {
        let handle = try EasyHandle()
        handle.set(CURLOPT_NOBODY, 1)
        handle.set(CURLOPT_FILETIME, 1)
        handle.set(CURLOPT_USERAGENT, userAgent)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        // A mirror may answer with the place where the file lies today.
        handle.set(CURLOPT_FOLLOWLOCATION, 1)
        handle.set(CURLOPT_MAXREDIRS, 5)
        handle.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        // The path arrives as the catalog has it: libcurl would resolve "." and ".." components.
        handle.set(CURLOPT_PATH_AS_IS, 1)
        handle.set(CURLOPT_CONNECTTIMEOUT, connectSeconds)
        handle.set(CURLOPT_TIMEOUT, answerSeconds)
        loop.adopt(handle, authorityFile: authorityFile)
        handle.ended = { [unowned self] error in ended.append((index, error)) }
        return handle
    }
}
