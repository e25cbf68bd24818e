import Glibc

/// Which proxy leads to a URL, by the variables that curl reads (curl(1), ENVIRONMENT).
///
/// They are read here and not by libcurl, because an address can be judged only where no proxy
/// stands between.
package struct ProxyEnvironment: Sendable {
    private let proxies: [String: String]
    private let exceptions: [String]

    /// Takes the variables of the process.
    package init() {
        self.init { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
    }

    package init(_ variable: (String) -> String?) {
        func value(_ names: [String]) -> String? {
            names.lazy.compactMap(variable).first { !$0.isEmpty }
        }
        let all = value(["all_proxy", "ALL_PROXY"])
        var proxies: [String: String] = [:]
        // HTTP_PROXY is what a CGI program gets from a client's field "Proxy:".
        proxies["http"] = value(["http_proxy"]) ?? all
        proxies["https"] = value(["https_proxy", "HTTPS_PROXY"]) ?? all
        self.proxies = proxies
        exceptions = (value(["no_proxy", "NO_PROXY"]) ?? "")
            .split { $0 == "," || $0 == " " }.map { entry in
                let name = entry.lowercased()
                return name.hasPrefix(".") ? String(name.dropFirst()) : name
            }
    }

    /// Whether anything goes through a proxy.
    package var isUsed: Bool { !proxies.isEmpty }

    /// The proxy for requests of `scheme` to `host`, in lower case; nil where they go there
    /// themselves.
    package func proxy(for scheme: String, _ host: String) -> String? {
        let isException = exceptions.contains { name in
            name == "*" || host == name || host.hasSuffix("." + name)
        }
        return isException ? nil : proxies[scheme]
    }
}
