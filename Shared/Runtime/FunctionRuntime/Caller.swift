import Glibc

/// The caller of a function, and what the call may therefore ask for.
///
/// Whoever reaches an OpenFaaS gateway can call every function behind it. So a call over HTTP may
/// only narrow the work that the environment describes: which mode, regions, access points, for how
/// long. Anything else (other sources, a guard rail lifted, a rollback) needs the key of the
/// deployment: the secret `function-key` in `SECRETS_DIR`, which the caller sends in the header
/// `X-Function-Key`. It is never a field of the request, for bodies land in queues and logs.
package enum Caller: Hashable, Sendable {
    /// An operator or cron on this machine, who could set the environment as well.
    case local
    /// A gateway; `hasKey` where the call carries the key.
    case gateway(hasKey: Bool)

    /// Whether a request may name what is not only narrowing.
    package var isPrivileged: Bool { self != .gateway(hasKey: false) }

    /// Variables that only a watchdog sets: the program that it calls, and what CGI calls headers.
    private static let signs = [
        "fprocess", "Http_Method", "Http_Path", "Http_Query", "Http_ContentLength",
        "Http_Content_Length", "Http_Transfer_Encoding", "Http_Host", "Http_User_Agent",
        "Http_Accept", "Http_X_Call_Id", "Http_X_Forwarded_For", keyVariable,
    ]

    /// The header `X-Function-Key` as the classic watchdog hands it on.
    private static let keyVariable = "Http_X_Function_Key"

    /// Judges the environment of a call.
    ///
    /// It came over HTTP where `CALLED_BY` is `gateway`, as in the images and in template.yaml, or
    /// where a variable says so that a watchdog sets; `cgi_headers=false` hides those. Throws where
    /// the secret is there but cannot be read.
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

    /// Takes the key out of the environment of this process, so that no program which it starts is
    /// given the key; after the caller was judged.
    static func forgetKey() {
        unsafe _ = unsetenv(keyVariable)
    }

    /// The error for the first of `keys` that the caller may not give.
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
