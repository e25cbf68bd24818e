package import Catalogs

/// One generation of the catalog, and the rules by which a run works with it.
///
/// A run changes to a newer one while it goes on; see ``CatalogWatch``.
package struct Edition: Sendable {
    package let catalog: Catalog
    let order: WorkOrder
    let judge: Judge

    /// Sorts all files: 30 ms for 150,000.
    package init(_ catalog: Catalog, settings: CheckSettings) {
        self.catalog = catalog
        order = WorkOrder(catalog: catalog, settings: settings)
        judge = Judge(
            generation: catalog.generation,
            recheckAfterSeconds: settings.recheckAfterSeconds
        )
    }
}
