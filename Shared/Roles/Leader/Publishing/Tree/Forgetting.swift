package import Catalogs
package import JSON
package import Mirrors
package import Time

/// Removes paths from the catalog's memory that were published by mistake, such as temporary files.
///
/// A file that is still in the tree and not excluded would come back with the next walk, so it
/// stays and is reported. The numbers of forgotten files are retired, so that stored check states
/// remain valid for all other files. Older generations keep the paths until they are cleaned up.
package struct Forgetting: Sendable {
    /// The files that are forgotten, or would be.
    package private(set) var ids: [FileID] = []
    /// The first few of their paths.
    package private(set) var examples: [TreePath] = []
    /// The number of matching files that are still in the tree.
    package private(set) var liveCount = 0
    package private(set) var liveExamples: [TreePath] = []
    /// Whether a new generation without them was published.
    package private(set) var isPublished = false
    /// The newest generation.
    package private(set) var generation: UInt32

    private static let exampleLimit = 10

    /// Finds the files that match any of `patterns` in the newest catalog; with `isDryRun` it
    /// changes nothing.
    package init(
        of patterns: [PathPattern],
        leftOutBy filter: TreeFilter,
        in catalogs: CatalogStore,
        at now: Timestamp,
        isDryRun: Bool
    ) throws(PublishingError) {
        do throws(CatalogError) {
            let pointer = try catalogs.current()
            let newest = try catalogs.catalog(generation: pointer.generation)
            generation = pointer.generation
            for id in newest.ids { consider(id, of: newest, patterns, filter) }
            guard !isDryRun, !ids.isEmpty else { return }
            var catalog = newest.forgetting(Set(ids))
            catalog.generation = try catalogs.nextGeneration(after: pointer)
            catalog.publishedAt = now
            try catalogs.publish(catalog, replacing: pointer)
            generation = catalog.generation
            isPublished = true
        } catch {
            throw .catalog(error)
        }
    }

    private mutating func consider(
        _ id: FileID,
        of catalog: Catalog,
        _ patterns: [PathPattern],
        _ filter: TreeFilter
    ) {
        let path = catalog.pathBytes(of: id)
        guard !catalog.isForgotten(id), patterns.contains(where: { $0.matches(path) }) else {
            return
        }
        if catalog.isLive(id), filter.reasonToLeaveOut(path) == nil {
            liveCount += 1
            if liveExamples.count < Self.exampleLimit { liveExamples.append(catalog.path(of: id)) }
        } else {
            ids.append(id)
            if examples.count < Self.exampleLimit { examples.append(catalog.path(of: id)) }
        }
    }

    /// The outcome as members of the leader's result.
    package var json: JSONObject {
        let texts = { (paths: [TreePath]) in JSONValue.array(paths.map { .string("\($0)") }) }
        return [
            "generation": .integer(Int64(generation)),
            "dryRun": .bool(!isPublished && !ids.isEmpty),
            "forgotten": .integer(Int64(isPublished ? ids.count : 0)),
            "matching": .integer(Int64(ids.count)),
            "examples": texts(examples),
            "stillInTheTree": .integer(Int64(liveCount)),
            "stillInTheTreeExamples": texts(liveExamples),
        ]
    }
}
