import Glibc

/// The operating system refused something that the server cannot do without.
struct SystemError: Error, CustomStringConvertible {
    let description: String

    /// What `errno` says now.
    static func last(_ operation: String) -> SystemError {
        SystemError(
            description: "cannot \(operation): \(unsafe String(cString: strerror(errno)))"
        )
    }
}
