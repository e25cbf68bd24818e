import RegionMapFormat

/// A region's map of three mirrors on three continents, which all have `file`.
package enum PlacedMap {
    /// The region's order is Frankfurt, Tokyo, and the network's mirror in Sydney.
    package static func bytes() throws -> [UInt8] {
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 1, builtAt: 0)
        let sites: [(String, Int32, Int32)] = [
            ("frankfurt", 50, 8), ("tokyo", 35, 139), ("network", -33, 151),
        ]
        for (rank, (mirror, latitude, longitude)) in sites.enumerated() {
            _ = try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: mirror,
                    mirrorID: mirror,
                    mirrorName: mirror,
                    baseURL: "http://\(mirror).example/",
                    clientCountries: "",
                    scheme: .http,
                    rank: UInt16(rank),
                    location: RegionMapLocation(
                        latitudeMicrodegrees: latitude * 1_000_000,
                        longitudeMicrodegrees: longitude * 1_000_000
                    ),
                    networks: mirror == "network" ? [RegionMapNetwork(system: 64_500)] : []
                )
            )
        }
        try writer.add(path: Array("file".utf8), replicas: [0, 1, 2])
        return try writer.finished()
    }
}
