import CCurl

/// The TLS sessions shared by handles of one thread, so that another connection to a host resumes
/// one (RFC 8446, section 2.2): its certificates need not be sent and verified again.
@safe final class TLSSessions {
    let pointer: UnsafeMutableRawPointer

    /// Throws ``HTTPTransportError/unusable(reason:)`` if libcurl is out of memory.
    init() throws(HTTPTransportError) {
        guard let pointer = unsafe curl_share_init() else {
            throw .unusable(reason: "no share handle (out of memory)")
        }
        unsafe self.pointer = unsafe pointer
        // A libcurl without TLS refuses, and has nothing to share.
        _ = unsafe ccurl_share(pointer, CURL_LOCK_DATA_SSL_SESSION)
    }

    /// The handles keep this alive, because libcurl frees nothing that is still in use.
    deinit {
        unsafe curl_share_cleanup(pointer)
    }
}
