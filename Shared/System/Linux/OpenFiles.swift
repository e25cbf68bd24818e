import Glibc

/// How many descriptors this process may have.
package enum OpenFiles {
    /// Takes as many as the system lets this process have, and returns how many that is.
    ///
    /// The limit that a process starts with is often 1,024, for the sake of programs that use
    /// select(2).
    @discardableResult
    package static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(resource, &limit)
        _ = unsafe getrlimit(resource, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
