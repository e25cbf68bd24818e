import Glibc

/// The caller of a function, which determines what a call may request.
///
/// Anybody who reaches an OpenFaaS gateway can call every function behind it. So a call over HTTP
/// may only narrow the work that the environment describes: mode, regions, access points, duration.
/// Anything else (other sources, lifting a guard rail, a rollback) needs the deployment's key: the
/// secret `function-key` in `SECRETS_DIR`, which the caller sends in the header `X-Function-Key`.
/// It is never a field of the request, because bodies end up in queues and logs.
package enum Caller: Hashable, Sendable {
    /// An operator or cron on this machine, who could also set the environment.
    case local
    /// A gateway; `hasKey` if the call has the key.
    case gateway(hasKey: Bool)

    /// Whether a request may do more than narrow the work.
    package var isPrivileged: Bool { self != .gateway(hasKey: false) }

    /// Variables that only a watchdog sets: the program that it runs, and its CGI variables for
    /// headers.
    private static let signs = [
        "fprocess", "Http_Method", "Http_Path", "Http_Query", "Http_ContentLength",
        "Http_Content_Length", "Http_Transfer_Encoding", "Http_Host", "Http_User_Agent",
        "Http_Accept", "Http_X_Call_Id", "Http_X_Forwarded_For", keyVariable,
    ]

    /// The header `X-Function-Key` as passed on by the classic watchdog.
    private static let keyVariable = "Http_X_Function_Key"

    /// Determines the caller from the environment of a call.
    ///
    /// It came over HTTP if `CALLED_BY` is `gateway`, as in the images and in template.yaml, or if
    /// a watchdog's variables show it; `cgi_headers=false` hides those. Throws if the secret exists
    /// but is unreadable.
    package init(_ environment: Environment) throws(FunctionError) {
        let calledBy = environment[.calledBy]
        guard calledBy == nil || calledBy == "gateway" else {
            throw .badRequest("CALLED_BY: expected gateway or nothing, found \"\(calledBy ?? "")\"")
        }
        guard calledBy != nil || Self.signs.contains(where: { environment[$0] != nil }) else {
            self = .local
            return
        }
        let secret: Secret?
        do throws(Secret.Unreadable) {
            secret = try Secret("function-key", environment)
        } catch {
            throw .badRequest("\(error)")
        }
        guard let secret, let key = environment[Self.keyVariable] else {
            self = .gateway(hasKey: false)
            return
        }
        self = .gateway(hasKey: secret.equals(key))
    }

    /// Removes the key from this process's environment, so that programs started by it don't get
    /// it; call it after the caller was determined.
    static func forgetKey() {
        unsafe _ = unsetenv(keyVariable)
    }

    /// The error for the first of `keys` that the caller may not send.
    func refusal(of keys: [String], open: Set<String>) -> FunctionError? {
        guard !isPrivileged, let key = keys.first(where: { !open.contains($0) }) else { return nil }
        let allowed =
            open.isEmpty
            ? "an empty request" : "a request of \(open.sorted().joined(separator: ", "))"
        return .badRequest(
            "\"\(key)\" is not accepted over HTTP without this deployment's key: send "
                + "\(allowed), set "
                + "the function's environment, or send the header X-Function-Key with what the "
                + "secret function-key holds"
        )
    }
}
