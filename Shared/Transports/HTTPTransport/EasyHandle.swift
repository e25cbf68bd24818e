import CCurl
import Glibc

/// One libcurl transfer, used again and again: an "easy handle" and the buffer for its error text.
///
/// The handle keeps its connections, DNS answers and TLS sessions between transfers. It belongs to
/// one thread at a time.
@safe final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    /// What a ``MultiLoop`` calls when the transfer has ended.
    var ended: ((CurlError?) -> Void)?
    /// The pool that its transfer runs in; nil while none runs.
    var pool: ConnectionPool?
    /// Where its sockets may lead; see ``judgeAddresses()``.
    var addressRule = AddressRule.ownHost
    /// The latest address that the rule refused.
    var refusedAddress: String?
    /// State shared with other handles; kept alive as long as this one.
    private var sessions: TLSSessions?

    /// Throws ``HTTPTransportError/unusable(reason:)`` where libcurl has no memory left.
    init() throws(HTTPTransportError) {
        try Curl.start()
        guard let pointer = unsafe curl_easy_init() else {
            throw .unusable(reason: "no handle (out of memory)")
        }
        unsafe self.pointer = unsafe pointer
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setFixedOptions()
    }

    /// Forgets all options, so that nothing of one request is left for the next; connections stay.
    func reset() {
        unsafe curl_easy_reset(pointer)
        setFixedOptions()
    }

    private func setFixedOptions() {
        unsafe set(CURLOPT_ERRORBUFFER, UnsafeRawPointer(errorText))
        // libcurl's time-outs use SIGALRM unless told not to.
        set(CURLOPT_NOSIGNAL, 1)
        unsafe set(
            CURLOPT_PRIVATE,
            UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        )
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        unsafe errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) {
        verify(unsafe ccurl_set_long(pointer, option, value), option)
    }

    /// Sets an option that takes text, which libcurl copies.
    func set(_ option: CURLoption, _ text: String) {
        verify(unsafe ccurl_set_pointer(pointer, option, text), option)
    }

    func set(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        verify(unsafe ccurl_set_pointer(pointer, option, value), option)
    }

    /// Sets an option that takes a list, which must outlive the transfer.
    func set(_ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?) {
        verify(unsafe ccurl_set_list(pointer, option, list), option)
    }

    /// Has servers vouched for by the certificates in `file`, or by the system's for nil.
    ///
    /// libcurl parses a file once for all connections of a loop, but not where a folder is searched
    /// beside it, as Debian's does by default: then each connection parses the system's 140
    /// certificates again, which is 50 ms of CPU for one that carries 1,000 answers in 10.
    func trust(_ file: String?) {
        if let file { set(CURLOPT_CAINFO, file) }
        if file != nil || text(CURLINFO_CAINFO) != nil {
            unsafe set(CURLOPT_CAPATH, UnsafeRawPointer?.none)
        }
    }

    /// Has TLS sessions resumed that other handles began.
    func share(_ sessions: TLSSessions) {
        unsafe set(CURLOPT_SHARE, UnsafeRawPointer(sessions.pointer))
        self.sessions = sessions
    }

    /// Has OpenSSL read as much as there is at once; only for connections that are read until
    /// nothing is left, for libcurl itself does not ask whether bytes wait there.
    ///
    /// Without it each record, which is one answer, takes two system calls: one for its length, one
    /// for the rest. A libcurl with another TLS library is left as it is.
    func readTLSAhead() {
        guard unsafe OpenSSL.control != nil else { return }
        verify(
            unsafe ccurl_set_tls_function(pointer) { _, context, _ in
                // What SSL_CTX_set_read_ahead(context, 1) is a macro for.
                _ = unsafe OpenSSL.control?(context, 41, 1, nil)
                return CURLE_OK
            },
            CURLOPT_SSL_CTX_FUNCTION
        )
    }

    func setWriteFunction(_ option: CURLoption, _ function: curl_write_callback?) {
        verify(unsafe ccurl_set_write_function(pointer, option, function), option)
    }

    func setProgressFunction(_ function: curl_xferinfo_callback?) {
        verify(unsafe ccurl_set_progress_function(pointer, function), CURLOPT_XFERINFOFUNCTION)
    }

    /// Sets what opens sockets.
    func setSocketFunction(_ open: curl_opensocket_callback?) {
        verify(unsafe ccurl_set_socket_function(pointer, open), CURLOPT_OPENSOCKETFUNCTION)
    }

    /// Sets what is called for each socket that this handle opens for a connection, and what closes
    /// it.
    func setSocketFunctions(
        _ open: curl_sockopt_callback?,
        close: curl_closesocket_callback?
    ) {
        verify(unsafe ccurl_set_open_function(pointer, open), CURLOPT_SOCKOPTFUNCTION)
        verify(unsafe ccurl_set_close_function(pointer, close), CURLOPT_CLOSESOCKETFUNCTION)
    }

    /// An option that this libcurl does not know is a mistake of the build, not of the moment.
    private func verify(_ code: CURLcode, _ option: CURLoption) {
        precondition(
            code == CURLE_OK,
            "libcurl refuses option \(option.rawValue): \(code.rawValue)"
        )
    }

    /// The value of a `CURLINFO` of the kind long; 0 where libcurl has none.
    func long(_ info: CURLINFO) -> Int {
        var value = 0
        _ = unsafe ccurl_get_long(pointer, info, &value)
        return value
    }

    /// The value of a `CURLINFO` of the kind `curl_off_t`; -1 where libcurl has none.
    func offset(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = -1
        _ = unsafe ccurl_get_offset(pointer, info, &value)
        return Int64(value)
    }

    /// The value of a `CURLINFO` of the kind text.
    func text(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        guard unsafe ccurl_get_text(pointer, info, &value) == CURLE_OK, let value = unsafe value
        else { return nil }
        return unsafe String(cString: value)
    }

    /// The value of the field `name` of the latest answer; nil where it has none.
    func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        let kinds = UInt32(CURLH_HEADER)
        guard unsafe curl_easy_header(pointer, name, 0, kinds, -1, &header) == CURLHE_OK,
            let header = unsafe header, let value = unsafe header.pointee.value
        else { return nil }
        return unsafe String(cString: value)
    }

    /// The socket of the latest connection; -1 where there is none.
    var socket: curl_socket_t {
        var value: curl_socket_t = -1
        _ = unsafe ccurl_get_socket(pointer, &value)
        return value
    }

    /// What libcurl says about the latest failure; empty where it says no more than the code does.
    var failureDetail: String {
        unsafe String(cString: errorText)
    }

    /// What kind of failure `error` is, by what else is known of the latest transfer.
    func failureKind(_ error: CurlError) -> FailureKind {
        FailureKind(
            error,
            systemError: Int32(clamping: long(CURLINFO_OS_ERRNO)),
            verification: long(CURLINFO_SSL_VERIFYRESULT)
        )
    }

    /// The IP address of the latest connection; nil where there was none.
    var peerAddress: String? {
        text(CURLINFO_PRIMARY_IP).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether the latest answer comes from a redirector, which marks its answers.
    var isOfRedirector: Bool { header("Redirector") != nil }

    /// Has a transfer go on that its write function paused; not from within a callback.
    func resume() {
        _ = unsafe curl_easy_pause(pointer, CURLPAUSE_CONT)
    }

    /// Runs the transfer to its end; blocks.
    func perform() throws(CurlError) {
        unsafe errorText.pointee = 0
        if let error = CurlError(unsafe curl_easy_perform(pointer)) { throw error }
    }

    /// Forgets the text of an earlier failure; to be called before a transfer that `perform` does
    /// not start.
    func clearFailureDetail() {
        unsafe errorText.pointee = 0
    }
}

/// The one function that is wanted of the OpenSSL that libcurl brings along; found when it is
/// there, so that nothing is linked to it.
private enum OpenSSL {
    typealias Control =
        @convention(c) (UnsafeMutableRawPointer?, CInt, CLong, UnsafeMutableRawPointer?) -> CLong

    static let control: Control? = {
        guard let version = unsafe curl_version_info(CURLVERSION_FIRST).pointee.ssl_version,
            unsafe String(cString: version).hasPrefix("OpenSSL/"),
            let symbol = unsafe dlsym(nil, "SSL_CTX_ctrl")
        else { return nil }
        return unsafe unsafeBitCast(symbol, to: Control.self)
    }()
}

/// libcurl as a whole.
enum Curl {
    private static let startCode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// Sets libcurl up, once per process.
    static func start() throws(HTTPTransportError) {
        guard startCode == CURLE_OK else {
            throw .unusable(reason: "\(CurlError(rawValue: startCode.rawValue))")
        }
    }
}
