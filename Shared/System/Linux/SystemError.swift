import Glibc

/// The operating system refused an operation.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The attempted operation, as it follows "cannot": `open /etc/passwd`.
    package let operation: String
    /// The reason: the text of an `errno`, or the caller's own.
    package let reason: String

    package init(_ operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    package init(_ operation: String, code: Int32) {
        self.init(operation, reason: systemText(code))
    }

    /// The error for the current `errno`.
    package static func last(_ operation: String) -> SystemError {
        SystemError(operation, code: errno)
    }

    package var description: String { "cannot \(operation): \(reason)" }
}

/// The text of an error number, by default of `errno`: `No such file or directory`.
package func systemText(_ code: Int32 = errno) -> String {
    unsafe String(cString: strerror(code))
}
