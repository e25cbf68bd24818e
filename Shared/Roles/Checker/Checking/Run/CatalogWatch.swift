package import CheckPlanning

/// Finds a catalog that was published while a run goes on, so that new files need not wait for the
/// next.
package struct CatalogWatch: Sendable {
    /// How often a run looks, in seconds.
    static let intervalSeconds = 30.0

    /// What to go by from now on if there is a newer catalog than that generation, else nil; called
    /// in a job.
    let newer: @Sendable (_ generation: UInt32) -> CheckPolicy?

    package init(newer: @escaping @Sendable (_ generation: UInt32) -> CheckPolicy?) {
        self.newer = newer
    }
}
