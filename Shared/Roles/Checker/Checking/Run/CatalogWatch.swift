package import CheckPlanning

/// Finds a catalog that is published during a run, so that new files don't have to wait for the
/// next run.
package struct CatalogWatch: Sendable {
    /// How often a run checks, in seconds.
    static let intervalSeconds = 30.0

    /// The policy for a catalog newer than `generation`, or nil; called in a job.
    let newer: @Sendable (_ generation: UInt32) -> CheckPolicy?

    package init(newer: @escaping @Sendable (_ generation: UInt32) -> CheckPolicy?) {
        self.newer = newer
    }
}
