import Mirrors
package import RegionMapFormat

/// A region map that was published before, validated with its checksums.
package struct PublishedMap {
    package let bytes: [UInt8]
    package let header: RegionMapHeader
    package let regionID: String
    /// Best first.
    ///
    /// A replica is an index into it.
    package let accessPoints: [RegionMapAccessPoint]

    /// Throws unless `bytes` are a map with valid checksums.
    package init(_ bytes: [UInt8]) throws(RegionMapError) {
        let map = try unsafe RegionMap(bytes.span.bytes)
        try map.verifyChecksum()
        try map.checkTexts()
        self.bytes = bytes
        header = map.header
        regionID = unsafe map.regionID.withUnsafeBytes {
            unsafe String(decoding: $0, as: UTF8.self)
        }
        accessPoints = (0..<map.header.accessPointCount).compactMap {
            map.accessPointWithStrings(at: $0)
        }
    }

    /// The access points that hold `path`, best first; nil if the map does not know it.
    ///
    /// A directory's path ends in a slash.
    package func replicas(
        of path: [UInt8]
    ) throws(RegionMapError) -> [RegionMapAccessPoint]? {
        let map = try unsafe RegionMap(bytes.span.bytes, reopeningWith: header)
        guard let set = unsafe map.replicas(of: path.span.bytes) else { return nil }
        return members(of: set)
    }

    /// The ranks of an access point for clients of countries with ranks of their own.
    func ranks(ofAccessPointAt index: Int) -> [(country: String, rank: UInt8)] {
        guard let map = try? unsafe RegionMap(bytes.span.bytes, reopeningWith: header) else {
            return []
        }
        var ranks: [(country: String, rank: UInt8)] = []
        let letters = UInt16(UInt8(ascii: "A"))...UInt16(UInt8(ascii: "Z"))
        for first in letters {
            for second in letters {
                guard let country = RegionMapCountry(rawValue: first | second << 8),
                    let all = map.ranks(for: country),
                    let rank = all.integer(at: index, as: UInt8.self)
                else { continue }
                let code = String(decoding: [UInt8(first), UInt8(second)], as: UTF8.self)
                ranks.append((code, rank))
            }
        }
        return ranks
    }

    /// Whether the map knows `path`.
    func knows(_ path: [UInt8]) -> Bool {
        guard let map = try? unsafe RegionMap(bytes.span.bytes, reopeningWith: header) else {
            return false
        }
        return unsafe map.replicas(of: path.span.bytes) != nil
    }

    /// Which mirrors hold a path.
    enum PathHolders: Equatable {
        case none
        case oneMirror(Mirror.ID)
        case severalMirrors
    }

    /// The holders of `path`; none if the map does not know it.
    ///
    /// A list as long as the limit may have been cut, so it may have had others.
    func holders(of path: [UInt8]) -> PathHolders {
        guard let map = try? unsafe RegionMap(bytes.span.bytes, reopeningWith: header),
            var set = unsafe map.replicas(of: path.span.bytes)
        else { return .none }
        var found = PathHolders.none
        var count = 0
        while let index = set.next() {
            count += 1
            guard index < accessPoints.count else { continue }
            if count >= RegionMapBuild.minimumReplicas { return .severalMirrors }
            let mirror = accessPoints[index].mirrorID
            switch found {
            case .none: found = .oneMirror(mirror)
            case .oneMirror(mirror): continue
            case .oneMirror, .severalMirrors: return .severalMirrors
            }
        }
        return found
    }

    /// The maximum number of replicas to count, which takes seconds: over two million lists of 500.
    private static let countedReplicaLimit = 1 << 30

    /// How many of the first `listCount` replica lists have each length.
    ///
    /// Covers all lists unless a hand-made map would take hours. A map cannot say how many paths
    /// share a list: it knows paths only by their hashes.
    func listCounts() throws(RegionMapError) -> (
        lengths: [(length: Int, count: Int)], listCount: Int
    ) {
        let map = try unsafe RegionMap(bytes.span.bytes, reopeningWith: header)
        var counts: [Int: Int] = [:]
        var replicaCount = 0
        var listCount = 0
        while listCount < header.setCount, replicaCount < Self.countedReplicaLimit {
            defer { listCount += 1 }
            guard var set = map.replicaSet(at: listCount) else { continue }
            var length = 0
            while set.next() != nil { length += 1 }
            counts[length, default: 0] += 1
            replicaCount += length + 1
        }
        let lengths = counts.sorted { $0.key < $1.key }
        return (lengths.map { (length: $0.key, count: $0.value) }, listCount)
    }

    private func members(of set: consuming ReplicaSet) -> [RegionMapAccessPoint] {
        var members: [RegionMapAccessPoint] = []
        while let index = set.next() {
            if index < accessPoints.count { members.append(accessPoints[index]) }
        }
        return members
    }
}
