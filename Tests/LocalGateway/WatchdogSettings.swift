import NIOHTTP1

/// Settings of the classic watchdog, from the function's environment.
struct WatchdogSettings: Equatable {
    /// The program and its arguments: `fprocess`, split at every single space, without quoting.
    let command: [String]
    /// Whether standard error becomes part of the body; the watchdog's default.
    let combinesOutput: Bool
    /// The Content-Type of every answer; nil if it is derived from request and body.
    let contentType: String?
    /// Whether headers and similar values are put into the environment.
    let passesHeaders: Bool
    /// After how many seconds the function is killed; nil if never.
    let executionLimit: Int?
    /// After how many seconds the answer is no longer delivered; the function is not killed.
    let writeLimit: Int
    /// The number of calls that run at the same time; nil if unlimited.
    let concurrencyLimit: Int?

    init(process: String, environment: [String: String]) {
        func isOn(_ name: String, default byDefault: Bool) -> Bool {
            guard let text = environment[name], !text.isEmpty else { return byDefault }
            return text == "true" || text == "1"
        }
        func seconds(_ name: String) -> Int? {
            environment[name].flatMap(Duration.seconds(in:)).flatMap { $0 > 0 ? $0 : nil }
        }
        command = process.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        combinesOutput = isOn("combine_output", default: true)
        contentType = environment["content_type"].flatMap { $0.isEmpty ? nil : $0 }
        passesHeaders = isOn("cgi_headers", default: true)
        executionLimit = seconds("exec_timeout")
        writeLimit = seconds("write_timeout") ?? 30
        concurrencyLimit = environment["max_inflight"].flatMap { Int($0) }
            .flatMap { $0 > 0 ? $0 : nil }
    }
}

extension Invocation {
    /// What the classic watchdog adds to the function's environment: headers under the names that
    /// Go gives them, which are neither lower case nor the upper case of CGI.
    ///
    /// Of a repeated header only the first value is passed.
    var watchdogEnvironment: [String: String] {
        var environment: [String: String] = [:]
        for (name, value) in headers where name.lowercased() != "host" {
            let variable = "Http_" + Self.goName(name).replacing("-", with: "_")
            if environment[variable] == nil { environment[variable] = value }
        }
        let isChunked = headers["Transfer-Encoding"].contains("chunked")
        let length = isChunked ? "-1" : "\(body.count)"
        environment["Http_ContentLength"] = length
        environment["Http_Content_Length"] = length
        environment["Http_Method"] = method
        environment["Http_Path"] = String(decoding: path, as: UTF8.self)
        if !query.isEmpty { environment["Http_Query"] = query }
        environment["Http_Host"] = headers["Host"].first ?? "127.0.0.1:8080"
        return environment
    }

    /// The name of a header in the spelling of Go's net/http: `x-forwarded-FOR` is
    /// `X-Forwarded-For`.
    static func goName(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
            .joined(separator: "-")
    }
}
