package import Catalogs
import FunctionRuntime
package import ObjectStorage

/// Finds a catalog that was published while a run goes on, so that new files need not wait for the next.
package struct CatalogWatch: Sendable {
    /// How often a run looks, in seconds.
    static let intervalSeconds = 30.0

    /// The newest catalog if it is newer than that generation, else nil; called in a job.
    let newer: @Sendable (_ generation: UInt32) -> Catalog?

    package init(newer: @escaping @Sendable (_ generation: UInt32) -> Catalog?) {
        self.newer = newer
    }

    /// Looks at `catalog/current`, and renews the lease of the run where it has one.
    ///
    /// Trouble is logged and costs nothing else: the run goes on with the catalog it has, and looks
    /// again.
    package init(_ store: any BlobStore, renewing lease: Lease? = nil) {
        self.init { generation in
            do {
                try lease?.renew()
            } catch {
                Log.warning("the lease of the run is not renewed", ["reason": error])
            }
            do {
                let catalogs = CatalogStore(store)
                let newest = try catalogs.current().generation
                guard newest > generation else { return nil }
                return try catalogs.catalog(generation: newest)
            } catch {
                Log.warning("a newer catalog cannot be read", ["reason": error])
                return nil
            }
        }
    }
}
