import Catalogs
import Mirrors

/// The names of one catalog that listings are searched for.
///
/// The index over them, 8 bytes a name, is built in slices when the first listing needs it: 150,000
/// names take about 30 ms, and there may be millions. Transports that meet no listing have none.
final class ExpectedFiles {
    let catalog: Catalog
    /// Nil until a listing needs it.
    private var index: CatalogIndex?
    private var indexedCount = 0

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    var count: Int { catalog.count }

    /// Continues building the index, and returns whether it is complete.
    func prepare(_ slice: inout WorkSlice) -> Bool {
        if index == nil { index = CatalogIndex(capacity: catalog.count) }
        while indexedCount < catalog.count {
            if slice.isOver() { return false }
            index?.insert(FileID(UInt32(indexedCount)), of: catalog)
            indexedCount += 1
        }
        return true
    }

    /// The number of the file at `path`, even a removed one; nil for a name that no generation had.
    ///
    /// Call it only after ``prepare(_:)`` has finished.
    func id(of path: ArraySlice<UInt8>) -> FileID? { index?.id(of: path, in: catalog) }

    /// The length of the file; nil for directories, and for numbers of later catalogs.
    func byteCount(of id: FileID) -> UInt64? {
        Int(id.rawValue) < catalog.count ? catalog.byteCount(of: id) : nil
    }
}
