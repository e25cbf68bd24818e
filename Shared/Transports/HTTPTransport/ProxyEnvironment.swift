import Glibc

/// Whether libcurl goes through a proxy, by the variables that it reads itself (curl(1), ENVIRONMENT).
///
/// Exceptions are decided here and told to libcurl, so that both agree.
package struct ProxyEnvironment: Sendable {
    private let schemes: Set<String>
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
        var schemes: Set<String> = []
        // HTTP_PROXY is what a CGI program gets from a client's field "Proxy:".
        if value(["http_proxy"]) ?? all != nil { schemes.insert("http") }
        if value(["https_proxy", "HTTPS_PROXY"]) ?? all != nil { schemes.insert("https") }
        self.schemes = schemes
        exceptions = (value(["no_proxy", "NO_PROXY"]) ?? "")
            .split { $0 == "," || $0 == " " }.map { entry in
                let name = entry.lowercased()
                return name.hasPrefix(".") ? String(name.dropFirst()) : name
            }
    }

    /// Whether anything goes through a proxy.
    package var isUsed: Bool { !schemes.isEmpty }

    /// Whether requests of `scheme` to `host`, in lower case, do.
    package func isUsed(for scheme: String, _ host: String) -> Bool {
        guard schemes.contains(scheme) else { return false }
        return !exceptions.contains { $0 == "*" || host == $0 || host.hasSuffix("." + $0) }
    }
}
