import CCurl
package import Time

extension Timestamp {
    /// Parses the end of a certificate in libcurl's format: with OpenSSL `Dec  9 12:00:00 2026
    /// GMT`, with other libraries `2026-12-09 12:00:00 GMT`.
    ///
    /// Nil for anything else.
    package init?(certificateDate text: String) {
        let words = text.split(separator: " ")
        guard (3...5).contains(words.count), words.last == "GMT" else { return nil }
        var date: [Int] = []
        var clock: [Int] = []
        if words.count == 5, let month = Self.monthNames.firstIndex(of: String(words[0])) {
            date = [Int(words[3]), month + 1, Int(words[1])].compactMap(\.self)
            clock = words[2].split(separator: ":").compactMap { Int($0) }
        } else if words.count == 3 {
            date = words[0].split(separator: "-").compactMap { Int($0) }
            clock = words[1].split(separator: ":").compactMap { Int($0) }
        }
        guard date.count == 3, clock.count == 3 else { return nil }
        self.init(
            year: date[0],
            month: date[1],
            day: date[2],
            hour: clock[0],
            minute: clock[1],
            second: clock[2]
        )
    }

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension EasyHandle {
    /// The end of the server's certificate, in seconds since 1970.
    ///
    /// Nil if the latest transfer made no TLS connection of its own, if it resumed a session
    /// without certificates, or if `CURLOPT_CERTINFO` was not set. The server's own certificate is
    /// the first in the chain.
    var certificateEnd: Int64? {
        var chain: UnsafeMutablePointer<curl_certinfo>?
        guard unsafe ccurl_get_certificates(pointer, &chain) == CURLE_OK,
            let chain = unsafe chain, unsafe chain.pointee.num_of_certs > 0,
            let first = unsafe chain.pointee.certinfo
        else { return nil }
        var field = unsafe first.pointee
        while let current = unsafe field {
            if let data = unsafe current.pointee.data {
                let text = unsafe String(cString: data)
                if text.hasPrefix(Self.endLabel) {
                    let date = String(text.dropFirst(Self.endLabel.count))
                    return Timestamp(certificateDate: date)?.secondsSinceEpoch
                }
            }
            unsafe field = unsafe current.pointee.next
        }
        return nil
    }

    private static let endLabel = "Expire date:"
}
