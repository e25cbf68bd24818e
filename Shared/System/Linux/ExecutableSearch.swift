import Glibc

/// Finds programs by the rules of `execvp`.
package enum ExecutableSearch {
    /// The path of `program`, with a name without a slash searched for in `PATH`; nil if not found.
    package static func path(of program: String) -> String? {
        path(of: program, in: searchPath)
    }

    private static var searchPath: String {
        // The C library's default if the variable is not set.
        guard let path = unsafe getenv("PATH") else { return "/bin:/usr/bin" }
        return unsafe String(cString: path)
    }

    static func path(of program: String, in searchPath: String) -> String? {
        guard !program.contains("/") else { return isExecutable(program) ? program : nil }
        return searchPath.split(separator: ":", omittingEmptySubsequences: false).lazy
            // An empty entry is the working directory.
            .map { $0.isEmpty ? program : "\($0)/\(program)" }
            .first(where: isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        return unsafe access(path, X_OK) == 0
    }
}
