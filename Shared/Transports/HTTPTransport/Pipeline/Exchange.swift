import CCurl

/// A request of a ``WebClient`` and the handle that carries it, which is reused.
final class Exchange {
    let handle: EasyHandle
    let method: WebClient.Method
    private(set) var tag: RequestTag = 0
    private(set) var options = WebClient.Options()
    /// Takes the body of a page.
    private var receive: ((WebClient.Piece) -> WebClient.Reception)?
    /// The rule for judging redirects; nil before the first one.
    var rule: RedirectRule?
    var hopCount = 0
    /// The duration of the transfers so far, in seconds.
    var seconds = 0.0
    /// The address of the first connection, if this request made one.
    private(set) var address: String?
    /// The end of the first connection's certificate, if requested.
    private(set) var certificateEnd: Int64?
    /// The transfer was ended from here, after everything needed was received.
    var isCut = false
    var isPaused = false

    // The handle's present settings, because setting them again costs more than comparing.
    private var isSingle = false
    private var tellsCertificate = false
    private var headers: HeaderList?
    private var route: HeaderList?

    /// A server without support for ranges may send the whole file.
    private static let longestRange: Int64 = 64

    init(_ handle: EasyHandle, _ method: WebClient.Method) {
        self.handle = handle
        self.method = method
        guard method != .head else { return }
        let context = unsafe UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        unsafe handle.setWriteFunction(CURLOPT_WRITEFUNCTION, Self.receiveBody)
        unsafe handle.set(CURLOPT_WRITEDATA, context)
    }

    func begin(
        _ tag: RequestTag,
        _ options: WebClient.Options,
        _ receive: ((WebClient.Piece) -> WebClient.Reception)?
    ) {
        self.tag = tag
        self.options = options
        self.receive = receive
        rule = nil
        hopCount = 0
        seconds = 0
        address = nil
        certificateEnd = nil
        isCut = false
        isPaused = false
        handle.refusedAddress = nil
    }

    func end() {
        receive = nil
    }

    /// The text costs an allocation, so it is only queried for a new connection.
    func noteConnection() {
        guard handle.long(CURLINFO_NUM_CONNECTS) > 0 else { return }
        address = handle.peerAddress
        if options.wantsCertificateEnd { certificateEnd = handle.certificateEnd }
    }

    func setSingle(_ isWanted: Bool) {
        guard isWanted != isSingle else { return }
        isSingle = isWanted
        handle.set(CURLOPT_FRESH_CONNECT, isWanted ? 1 : 0)
        handle.set(CURLOPT_FORBID_REUSE, isWanted ? 1 : 0)
    }

    func setCertificateWish(_ isWanted: Bool) {
        guard isWanted != tellsCertificate else { return }
        tellsCertificate = isWanted
        handle.set(CURLOPT_CERTINFO, isWanted ? 1 : 0)
    }

    func setHeaders(_ wanted: HeaderList?) {
        guard wanted !== headers else { return }
        headers = wanted
        unsafe handle.set(CURLOPT_HTTPHEADER, wanted?.first)
    }

    /// Makes the transfer connect to `address`, whatever its URL says.
    func setAddress(_ address: String?) {
        guard address != nil || route != nil else { return }
        route = address.map(HeaderList.init(connectTo:))
        unsafe handle.set(CURLOPT_CONNECT_TO, route?.first)
    }

    // MARK: - Answers

    func result(_ error: CurlError?) -> Result<WebClient.Head, WebClient.Failure> {
        if let error { return .failure(failure(error)) }
        var head = WebClient.Head(status: handle.long(CURLINFO_RESPONSE_CODE))
        head.hopCount = hopCount
        let length = UInt64(exactly: handle.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
        switch (method, head.status) {
        case (.firstByte, 206), (.sample, 206):
            head.status = 200
            head.byteCount = handle.header("Content-Range").flatMap(Self.total)
        case (.firstByte, 416) where handle.header("Content-Range").flatMap(Self.total) == 0:
            // A range of an empty file is never satisfiable.
            head.status = 200
            head.byteCount = 0
        default: head.byteCount = length
        }
        if head.status == 200 {
            let encoding = handle.header("Content-Encoding")?.lowercased()
            head.isEncoded = encoding.map { $0 != "identity" } ?? false
        }
        let modified = handle.offset(CURLINFO_FILETIME_T)
        head.lastModified = modified >= 0 ? modified : nil
        if head.status == 429 || head.status == 503 {
            let seconds = handle.offset(CURLINFO_RETRY_AFTER)
            head.retryAfterSeconds = seconds > 0 ? seconds : nil
        }
        return .success(head)
    }

    /// The total in `bytes 0-0/12345` and `bytes */0`; nil if the server does not know it.
    static func total(_ range: String) -> UInt64? {
        guard range.lowercased().hasPrefix("bytes"), let slash = range.lastIndex(of: "/") else {
            return nil
        }
        return UInt64(range[range.index(after: slash)...].filter { $0 != " " })
    }

    private func failure(_ error: CurlError) -> WebClient.Failure {
        if let address = handle.refusedAddress, error == .connectionFailed {
            return WebClient.Failure(RedirectRule.Objection.privateAddress(address))
        }
        let kind = handle.failureKind(error)
        let detail = handle.failureDetail.isEmpty ? "\(error)" : handle.failureDetail
        return WebClient.Failure(
            error: error,
            kind: kind,
            reason: kind == .other ? detail : "\(kind.rawValue): \(detail)",
            isOfConnection: error.isOfConnection
        )
    }

    // MARK: - Bodies

    /// libcurl's callback; any return value but the byte count ends or pauses the transfer.
    private static let receiveBody:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?
        ) -> Int = { start, _, count, context in
            guard let start = unsafe start, let context = unsafe context else { return 0 }
            let exchange = unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
            switch exchange.take(bytes[...]) {
            case .taken: return count
            case .notNow:
                exchange.isPaused = true
                return CURL_WRITEFUNC_PAUSE_VALUE
            case .enough:
                exchange.isCut = true
                return 0
            }
        }

    private func take(_ bytes: ArraySlice<UInt8>) -> WebClient.Reception {
        let status = handle.long(CURLINFO_RESPONSE_CODE)
        // The body of a redirect or an error is discarded; a short one keeps the connection.
        guard status == 200 || status == 206 else {
            return handle.offset(CURLINFO_SIZE_DOWNLOAD_T) > Self.longestErrorText
                ? .enough : .taken
        }
        if let receive { return receive(WebClient.Piece(bytes, of: handle)) }
        return status == 200 || bytes.count > Self.longestRange ? .enough : .taken
    }

    private static let longestErrorText: Int64 = 65_536
}

/// libcurl's `CURL_WRITEFUNC_PAUSE`, a macro.
private let CURL_WRITEFUNC_PAUSE_VALUE = 0x1000_0001

extension WebClient.Failure {
    init(_ objection: RedirectRule.Objection) {
        let kind: FailureKind = if case .otherName = objection { .otherFile } else { .redirect }
        self.init(error: nil, kind: kind, reason: "\(kind.rawValue): \(objection)")
    }
}
