import Glibc

/// Finds programs by the rules of `execvp`.
package enum ExecutableSearch {
    /// Where `program` is: a name without a slash is looked for in the folders of `PATH`; nil where
    /// it is not.
    package static func path(of program: String) -> String? {
        path(of: program, in: searchPath)
    }

    private static var searchPath: String {
        // What the C library looks through where the variable is not set.
        guard let path = unsafe getenv("PATH") else { return "/bin:/usr/bin" }
        return unsafe String(cString: path)
    }

    static func path(of program: String, in searchPath: String) -> String? {
        guard !program.contains("/") else { return isExecutable(program) ? program : nil }
        return searchPath.split(separator: ":", omittingEmptySubsequences: false).lazy
            // An empty entry is the working folder.
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
