import Glibc

/// The maximum number of descriptors of this process.
package enum OpenFiles {
    /// Raises the limit as far as the system allows, and returns it.
    ///
    /// The initial limit of a process is often 1,024, for programs that use select(2).
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
