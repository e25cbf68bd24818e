import Bytes
import JSON
import Mirrors
import Redirection

/// The regions that the edge answers for, and the keys of their maps.
final class EdgeRegions: Sendable {
    static let key = "regions.json"

    // One thread runs the core; nothing here is shared.
    /// Of all regions, in their order; with one configured region that one.
    private(set) nonisolated(unsafe) var ids: [Region.ID]
    /// Whether the regions are storage's own.
    private nonisolated(unsafe) var isSettled: Bool
    /// Whether one region is configured, so that nobody's `regions.json` counts.
    private let isFixed: Bool
    /// The regions whose map somebody asked for, in the order of their first requests.
    private nonisolated(unsafe) var asked: [Int] = []
    /// By region when its map could not be brought, as far as one could not.
    private nonisolated(unsafe) var failures: [Int64?] = []
    private let defaultRegions: [Region.ID]

    init(_ settings: EdgeSettings) {
        defaultRegions = settings.defaultRegions
        unsafe ids = settings.region.map { [$0] } ?? []
        isFixed = settings.region != nil
        unsafe isSettled = isFixed
        if settings.region != nil { unsafe asked = [0] }
    }

    /// The key of the regions as long as none are known.
    var missingKey: String? { unsafe ids.isEmpty ? Self.key : nil }

    /// The keys of what is kept up to date: a sandbox lives for hours, in which regions change.
    var watchedKeys: [String] {
        let maps = unsafe asked.map { unsafe Self.mapKey(of: ids[$0]) }
        return (isFixed ? [] : [Self.key]) + maps
    }

    /// Whether the regions have these ids in this order.
    func areCalled(_ other: [Region.ID]) -> Bool {
        guard unsafe ids.count == other.count else { return false }
        return unsafe zip(ids, other).allSatisfy { $0.isSpelled(like: $1) }
    }

    private static func mapKey(of region: Region.ID) -> String { "maps/\(region).map" }

    /// The number of the region whose map is under `key`.
    func number(ofMap key: String) -> Int? {
        unsafe ids.firstIndex { Self.mapKey(of: $0).isSpelled(like: key) }
    }

    /// The key of a map that is wanted now, and watched from now on; nil where it was missing a
    /// moment ago.
    func missingMap(of number: Int, now: Int64) -> String? {
        guard unsafe ids.indices.contains(number) else { return nil }
        if unsafe !asked.contains(number) { unsafe asked.append(number) }
        if unsafe failures.indices.contains(number), let failedAt = unsafe failures[number],
            now &- failedAt < EdgeFailures.patience
        {
            return nil
        }
        return unsafe Self.mapKey(of: ids[number])
    }

    /// The map of the region `number` could not be brought.
    func fail(_ number: Int, now: Int64) {
        while unsafe failures.count <= number { unsafe failures.append(nil) }
        unsafe failures[number] = now
    }

    /// Answers for `regions` from now on.
    func use(_ regions: Mirrors.Regions) throws(Edge.Refusal) -> RegionTable {
        let number = defaultRegions.lazy.compactMap { id in
            regions.all.firstIndex { $0.id.isSpelled(like: id) }
        }.first
        guard let number else { throw Edge.Refusal("DEFAULT_REGION is none of its regions") }
        let new = regions.all.map { $0.id }
        if !areCalled(new) {
            // What is known by number is known of others.
            unsafe asked = []
            unsafe failures = []
        }
        unsafe ids = new
        unsafe isSettled = true
        var numbers: [CountryLetters: Int] = [:]
        for (number, region) in regions.all.enumerated() {
            for country in region.countries where numbers[CountryLetters(country)] == nil {
                numbers[CountryLetters(country)] = number
            }
        }
        return RegionTable(numbers: numbers, defaultRegion: number)
    }

    /// Answers for the continents, as storage has no other regions; or until it can be asked.
    func useContinents(forGood: Bool) -> RegionTable? {
        guard unsafe ids.isEmpty || !isSettled else { return nil }
        let table = try? use(.continents)
        unsafe isSettled = forGood && table != nil
        return table
    }
}
