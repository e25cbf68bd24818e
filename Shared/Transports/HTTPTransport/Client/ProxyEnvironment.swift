import Glibc

/// Which proxy to use for a URL, from curl's variables (curl(1), ENVIRONMENT).
///
/// They are read here and not by libcurl, because addresses can only be judged without a proxy.
package struct ProxyEnvironment: Sendable {
    private let proxies: [String: String]
    private let exceptions: [String]

    /// Reads the variables of the process.
    package init() {
        self.init { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
    }

    package init(_ variable: (String) -> String?) {
        func value(_ names: [String]) -> String? {
            names.lazy.compactMap(variable).first { !$0.isEmpty }
        }
        let all = value(["all_proxy", "ALL_PROXY"])
        var proxies: [String: String] = [:]
        // HTTP_PROXY is set from a client's field "Proxy:" in a CGI program.
        proxies["http"] = value(["http_proxy"]) ?? all
        proxies["https"] = value(["https_proxy", "HTTPS_PROXY"]) ?? all
        self.proxies = proxies
        exceptions = (value(["no_proxy", "NO_PROXY"]) ?? "")
            .split { $0 == "," || $0 == " " }.map { entry in
                let name = entry.lowercased()
                return name.hasPrefix(".") ? String(name.dropFirst()) : name
            }
    }

    /// Whether any request uses a proxy.
    package var isUsed: Bool { !proxies.isEmpty }

    /// The proxy for requests of `scheme` to `host`, in lower case; nil for a direct connection.
    package func proxy(for scheme: String, _ host: String) -> String? {
        let isException = exceptions.contains { name in
            name == "*" || host == name || host.hasSuffix("." + name)
        }
        return isException ? nil : proxies[scheme]
    }
}
