import CCurl

/// Lines, such as header fields, in libcurl's format.
@safe final class HeaderList {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    convenience init(_ headers: [HTTPHeader]) {
        self.init(lines: headers.map { "\($0.name): \($0.value)" })
    }

    /// The value of `CURLOPT_CONNECT_TO` that leads to `address` from any host.
    convenience init(connectTo address: String) {
        self.init(lines: ["::\(address.contains(":") ? "[\(address)]" : address):"])
    }

    init(lines: [String]) {
        for line in lines {
            // Null means "out of memory", and leaves the list unchanged.
            unsafe first = curl_slist_append(first, line) ?? first
        }
    }

    deinit {
        unsafe curl_slist_free_all(first)
    }
}
