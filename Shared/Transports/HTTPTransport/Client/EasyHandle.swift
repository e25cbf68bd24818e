import CCurl
import Glibc

/// A reusable libcurl transfer: an "easy handle" and the buffer for its error text.
///
/// The handle keeps its connections, DNS results and TLS sessions between transfers. It belongs to
/// one thread at a time.
@safe final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    /// Called by a ``MultiLoop`` when the transfer has ended.
    var ended: ((CurlError?) -> Void)?
    /// The pool in which its transfer runs; nil while none does.
    var pool: ConnectionPool?
    /// Where its sockets may lead; see ``judgeAddresses()``.
    var addressRule = AddressRule.ownHost
    /// The latest address that the rule refused.
    var refusedAddress: String?
    /// State shared with other handles, kept alive by this one.
    private var sessions: TLSSessions?

    /// Throws ``HTTPTransportError/unusable(reason:)`` if libcurl is out of memory.
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

    /// Resets all options, so that nothing of one request affects the next; connections stay.
    func reset() {
        unsafe curl_easy_reset(pointer)
        setFixedOptions()
    }

    private func setFixedOptions() {
        unsafe set(CURLOPT_ERRORBUFFER, UnsafeRawPointer(errorText))
        // libcurl's timeouts use SIGALRM unless told not to.
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

    /// Sets a text option, which libcurl copies.
    func set(_ option: CURLoption, _ text: String) {
        verify(unsafe ccurl_set_pointer(pointer, option, text), option)
    }

    func set(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        verify(unsafe ccurl_set_pointer(pointer, option, value), option)
    }

    /// Sets a list option; the list must outlive the transfer.
    func set(_ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?) {
        verify(unsafe ccurl_set_list(pointer, option, list), option)
    }

    /// Trusts the certificates in `file`, or the system's for nil.
    ///
    /// libcurl parses a file once for all connections of a loop, but not if it also searches a
    /// folder, as Debian's does by default: then each connection parses the system's 140
    /// certificates again, which costs 50 ms of CPU, five times as much as the 1,000 answers that
    /// it may carry.
    func trust(_ file: String?) {
        if let file { set(CURLOPT_CAINFO, file) }
        if file != nil || text(CURLINFO_CAINFO) != nil {
            unsafe set(CURLOPT_CAPATH, UnsafeRawPointer?.none)
        }
    }

    /// Resumes TLS sessions of other handles.
    func share(_ sessions: TLSSessions) {
        unsafe set(CURLOPT_SHARE, UnsafeRawPointer(sessions.pointer))
        self.sessions = sessions
    }

    /// Makes OpenSSL read as much as is available at once.
    ///
    /// Only for connections that are read until nothing is left, because libcurl itself does not
    /// check for bytes that wait there.
    ///
    /// Without it, each record, which is one answer, takes two system calls: one for its length,
    /// one for the rest. A libcurl with another TLS library is not affected.
    func readTLSAhead() {
        guard unsafe OpenSSL.control != nil else { return }
        verify(
            unsafe ccurl_set_tls_function(pointer) { _, context, _ in
                // The expansion of the macro SSL_CTX_set_read_ahead(context, 1).
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

    /// Sets the function that opens sockets.
    func setSocketFunction(_ open: curl_opensocket_callback?) {
        verify(unsafe ccurl_set_socket_function(pointer, open), CURLOPT_OPENSOCKETFUNCTION)
    }

    /// Sets the functions called for each socket that this handle opens for a connection, and for
    /// closing it.
    func setSocketFunctions(
        _ open: curl_sockopt_callback?,
        close: curl_closesocket_callback?
    ) {
        verify(unsafe ccurl_set_open_function(pointer, open), CURLOPT_SOCKOPTFUNCTION)
        verify(unsafe ccurl_set_close_function(pointer, close), CURLOPT_CLOSESOCKETFUNCTION)
    }

    /// An option unknown to this libcurl is a build error, not a runtime condition.
    private func verify(_ code: CURLcode, _ option: CURLoption) {
        precondition(
            code == CURLE_OK,
            "libcurl refuses option \(option.rawValue): \(code.rawValue)"
        )
    }

    /// The value of a `CURLINFO` of type long; 0 if libcurl has none.
    func long(_ info: CURLINFO) -> Int {
        var value = 0
        _ = unsafe ccurl_get_long(pointer, info, &value)
        return value
    }

    /// The value of a `CURLINFO` of type `curl_off_t`; -1 if libcurl has none.
    func offset(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = -1
        _ = unsafe ccurl_get_offset(pointer, info, &value)
        return Int64(value)
    }

    /// The value of a `CURLINFO` of type text.
    func text(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        guard unsafe ccurl_get_text(pointer, info, &value) == CURLE_OK, let value = unsafe value
        else { return nil }
        return unsafe String(cString: value)
    }

    /// The value of the field `name` in the latest answer; nil if it is missing.
    func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        let kinds = UInt32(CURLH_HEADER)
        guard unsafe curl_easy_header(pointer, name, 0, kinds, -1, &header) == CURLHE_OK,
            let header = unsafe header, let value = unsafe header.pointee.value
        else { return nil }
        return unsafe String(cString: value)
    }

    /// The socket of the latest connection; -1 if there is none.
    var socket: curl_socket_t {
        var value: curl_socket_t = -1
        _ = unsafe ccurl_get_socket(pointer, &value)
        return value
    }

    /// libcurl's description of the latest failure; empty if it adds nothing to the code.
    var failureDetail: String {
        unsafe String(cString: errorText)
    }

    /// Classifies `error` with what else is known of the latest transfer.
    func failureKind(_ error: CurlError) -> FailureKind {
        FailureKind(
            error,
            systemError: Int32(clamping: long(CURLINFO_OS_ERRNO)),
            verification: long(CURLINFO_SSL_VERIFYRESULT)
        )
    }

    /// The IP address of the latest connection; nil if there was none.
    var peerAddress: String? {
        text(CURLINFO_PRIMARY_IP).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether the latest answer comes from a redirector, which marks its answers.
    var isOfRedirector: Bool { header("Redirector") != nil }

    /// Resumes a transfer that its write function paused; not from within a callback.
    func resume() {
        _ = unsafe curl_easy_pause(pointer, CURLPAUSE_CONT)
    }

    /// Runs the transfer to its end; blocks.
    func perform() throws(CurlError) {
        unsafe errorText.pointee = 0
        if let error = CurlError(unsafe curl_easy_perform(pointer)) { throw error }
    }

    /// Clears the text of an earlier failure; call it before a transfer that `perform` does not
    /// start.
    func clearFailureDetail() {
        unsafe errorText.pointee = 0
    }
}

/// The one OpenSSL function needed from libcurl's TLS library, looked up at run time so that
/// nothing is linked against it.
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

    /// Initialises libcurl, once per process.
    static func start() throws(HTTPTransportError) {
        guard startCode == CURLE_OK else {
            throw .unusable(reason: "\(CurlError(rawValue: startCode.rawValue))")
        }
    }
}
