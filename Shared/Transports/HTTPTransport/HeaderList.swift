import CCurl

/// Lines, such as header fields, in the form libcurl takes them.
@safe final class HeaderList {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    convenience init(_ headers: [HTTPHeader]) {
        self.init(lines: headers.map { "\($0.name): \($0.value)" })
    }

    /// The route for `CURLOPT_CONNECT_TO` that leads to `address` from wherever.
    convenience init(connectTo address: String) {
        self.init(lines: ["::\(address.contains(":") ? "[\(address)]" : address):"])
    }

    init(lines: [String]) {
        for line in lines {
            // Null is "out of memory", which leaves the list as it was.
            unsafe first = curl_slist_append(first, line) ?? first
        }
    }

    deinit {
        unsafe curl_slist_free_all(first)
    }
}
