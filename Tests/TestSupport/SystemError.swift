import Glibc

/// A system call that failed.
package struct SystemError: Error, CustomStringConvertible {
    package let operation: String
    package let code: Int32

    /// Takes the reason from `errno`, so this must directly follow the call.
    package init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    package var description: String {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return "cannot \(operation): \(reason)"
    }
}
