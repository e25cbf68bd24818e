package import Mirrors
package import ObjectStorage
import RegionMapFormat

/// The access points listed for a path in a region's map.
package struct ListedHolders: Equatable, Sendable {
    package var region: Region.ID
    /// The access points that the map lists for the path, best first; nil if it does not know the
    /// path.
    package var accessPoints: [AccessPoint.ID]?
}

extension FactsReader {
    /// Looks a path up in the map of a region; nil if there is no readable map.
    package func holders(
        of path: [UInt8],
        in region: Region.ID
    ) throws(StorageError) -> ListedHolders? {
        guard let blob = try store.get(BlobKey(BlobName.map(of: region))) else { return nil }
        do throws(RegionMapError) {
            let map = try unsafe RegionMap(blob.bytes.span.bytes)
            try map.checkTexts()
            let folder = path + [UInt8(ascii: "/")]
            guard let found = members(of: path, map) ?? members(of: folder, map) else {
                return ListedHolders(region: region)
            }
            return ListedHolders(region: region, accessPoints: found)
        } catch {
            return nil
        }
    }

    private func members(of path: [UInt8], _ map: borrowing RegionMap) -> [AccessPoint.ID]? {
        guard var set = unsafe map.replicas(of: path.span.bytes) else { return nil }
        var members: [AccessPoint.ID] = []
        while let index = set.next() {
            if let point = map.accessPointWithStrings(at: index) { members.append(point.id) }
        }
        return members
    }
}
