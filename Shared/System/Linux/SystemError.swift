import Glibc

/// The operating system refused something.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// What was tried, as it follows "cannot": `open /etc/passwd`.
    package let operation: String
    /// Why it failed: the text of an `errno`, or what a caller found.
    package let reason: String

    package init(_ operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    package init(_ operation: String, code: Int32) {
        self.init(operation, reason: systemText(code))
    }

    /// What `errno` says now.
    package static func last(_ operation: String) -> SystemError {
        SystemError(operation, code: errno)
    }

    package var description: String { "cannot \(operation): \(reason)" }
}

/// The text of an error number, by default of the one in `errno`: `No such file or directory`.
package func systemText(_ code: Int32 = errno) -> String {
    unsafe String(cString: strerror(code))
}
