import Bytes
import JSON
import Mirrors
import Redirection

/// The regions that this edge answers for, and the keys of their maps.
final class EdgeRegions: Sendable {
    // One thread runs the core; nothing here is shared.
    /// All regions in order; a single one if one is configured.
    private(set) nonisolated(unsafe) var ids: [Region.ID]
    /// Whether the list of regions came from storage.
    private nonisolated(unsafe) var isSettled: Bool
    /// Whether a region is configured, so that `regions.json` is ignored.
    private let isFixed: Bool
    /// The regions whose map was requested, in the order of their first requests.
    private nonisolated(unsafe) var asked: [Int] = []
    /// For each region, when its map last failed to load; nil if it did not.
    private nonisolated(unsafe) var failures: [Int64?] = []
    private let defaultRegions: [Region.ID]

    init(_ settings: EdgeSettings) {
        defaultRegions = settings.defaultRegions
        unsafe ids = settings.region.map { [$0] } ?? []
        isFixed = settings.region != nil
        unsafe isSettled = isFixed
        if settings.region != nil { unsafe asked = [0] }
    }

    /// The key of `regions.json` until the regions are known; then nil.
    var missingKey: String? { unsafe ids.isEmpty ? BlobName.regions : nil }

    /// The keys to keep up to date: a sandbox lives for hours, and regions change.
    var watchedKeys: [String] {
        let maps = unsafe asked.map { unsafe BlobName.map(of: ids[$0]) }
        return (isFixed ? [] : [BlobName.regions]) + maps
    }

    /// Whether the regions have these ids in this order.
    func areCalled(_ other: [Region.ID]) -> Bool {
        guard unsafe ids.count == other.count else { return false }
        return unsafe zip(ids, other).allSatisfy { $0.isSpelled(like: $1) }
    }

    /// The number of the region whose map has the key `key`.
    func number(ofMap key: String) -> Int? {
        unsafe ids.firstIndex { BlobName.map(of: $0).isSpelled(like: key) }
    }

    /// The key of a map that is needed now and watched from now on; nil if it recently failed to
    /// load.
    func missingMap(of number: Int, now: Int64) -> String? {
        guard unsafe ids.indices.contains(number) else { return nil }
        if unsafe !asked.contains(number) { unsafe asked.append(number) }
        if unsafe failures.indices.contains(number), let failedAt = unsafe failures[number],
            now &- failedAt < EdgeFailures.patience
        {
            return nil
        }
        return unsafe BlobName.map(of: ids[number])
    }

    /// Notes that the map of the region `number` could not be fetched.
    func fail(_ number: Int, now: Int64) {
        while unsafe failures.count <= number { unsafe failures.append(nil) }
        unsafe failures[number] = now
    }

    /// Starts to answer for `regions`.
    func use(_ regions: Mirrors.Regions) throws(Edge.Refusal) -> RegionTable {
        let number = defaultRegions.lazy.compactMap { id in
            regions.all.firstIndex { $0.id.isSpelled(like: id) }
        }.first
        guard let number else { throw Edge.Refusal("DEFAULT_REGION is not one of its regions") }
        let new = regions.all.map { $0.id }
        if !areCalled(new) {
            // The numbers now mean other regions.
            unsafe asked = []
            unsafe failures = []
        }
        unsafe ids = new
        unsafe isSettled = true
        return RegionTable(regions, defaultRegion: number)
    }

    /// Answers for the continents: `forGood` if storage defines no regions, otherwise until it can
    /// be asked.
    func useContinents(forGood: Bool) -> RegionTable? {
        guard unsafe ids.isEmpty || !isSettled else { return nil }
        let table = try? use(.continents)
        unsafe isSettled = forGood && table != nil
        return table
    }
}
