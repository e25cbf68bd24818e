package import URLs

/// One HTTP request.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    package var method: Method
    /// An http or https URL, fully escaped.
    package var url: PrivateURL
    package var headers: [HTTPHeader]
    /// Empty for all methods but PUT and POST.
    package var body: [UInt8]

    package init(
        _ method: Method,
        _ url: PrivateURL,
        headers: [HTTPHeader] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    package init(
        _ method: Method,
        _ url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8] = []
    ) {
        self.init(method, PrivateURL(url), headers: headers, body: body)
    }
}

/// A field of an HTTP header.
package struct HTTPHeader: Hashable, Sendable {
    package let name: String
    /// Not empty: libcurl 7.88 cannot send an empty field that it signs.
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A complete answer: the body has the announced length.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: [HTTPHeader]
    package let body: [UInt8]
    /// The target of a redirect, as an absolute URL.
    package let redirectTarget: String?

    /// The first value of the field `name`, ignoring case.
    package subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
