import Glibc

extension RsyncRun.Settings {
    /// Whether the program is there to be started, by the rules of `posix_spawnp`: a name without a
    /// slash is looked for in the folders of `PATH`.
    package var hasProgram: Bool { Self.isExecutable(program, in: Self.searchPath) }

    private static var searchPath: String {
        // What the C library looks through where the variable is not set.
        guard let path = unsafe getenv("PATH") else { return "/bin:/usr/bin" }
        return unsafe String(cString: path)
    }

    static func isExecutable(_ program: String, in searchPath: String) -> Bool {
        guard !program.contains("/") else { return isExecutable(program) }
        return searchPath.split(separator: ":", omittingEmptySubsequences: false).contains {
            // An empty entry is the working folder.
            isExecutable($0.isEmpty ? program : "\($0)/\(program)")
        }
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        return unsafe access(path, X_OK) == 0
    }
}
