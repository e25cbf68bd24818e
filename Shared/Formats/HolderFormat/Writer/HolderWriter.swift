package import RegionMapFormat

/// Writes what is known of every file on every access point.
///
/// Takes all access points first, then all statements in the order of their kinds, then the files.
/// Equal input in equal order gives equal bytes.
package struct HolderWriter {
    private var map: RegionMapWriter
    private var mirrorIDs: [String] = []

    /// The maximum number of access points and statements together.
    package static let statementLimit = RegionMapWriter.accessPointLimit

    /// Starts a blob; `builtAt` is in seconds since 1970.
    package init(catalogGeneration: UInt32, builtAt: Int64, expectedPathCount: Int = 0) {
        map = RegionMapWriter(
            regionID: "all",
            catalogGeneration: catalogGeneration,
            builtAt: builtAt,
            expectedPathCount: expectedPathCount
        )
    }

    /// Adds an access point and returns its number.
    @discardableResult
    package mutating func addAccessPoint(
        _ id: String,
        ofMirror mirrorID: String
    ) throws(RegionMapError) -> Int {
        mirrorIDs.append(mirrorID)
        return try map.addAccessPoint(
            record(id: id, mirrorID: mirrorID, .held, number: mirrorIDs.count - 1, since: nil)
        )
    }

    /// Adds the statement that files are `holding` on an access point since `since`, and returns
    /// the index by which files refer to it.
    ///
    /// Its kind must not be less than that of the previous statement.
    package mutating func addStatement(
        _ holding: Holding,
        at accessPoint: Int,
        since: Int64?
    ) throws(RegionMapError) -> Int {
        guard mirrorIDs.indices.contains(accessPoint) else {
            throw .unknownAccessPoint(index: accessPoint, accessPointCount: mirrorIDs.count)
        }
        return try map.addAccessPoint(
            record(
                id: "",
                mirrorID: mirrorIDs[accessPoint],
                holding,
                number: accessPoint,
                since: since
            )
        )
    }

    private func record(
        id: String,
        mirrorID: String,
        _ holding: Holding,
        number: Int,
        since: Int64?
    ) -> RegionMapAccessPoint {
        RegionMapAccessPoint(
            id: id,
            mirrorID: mirrorID,
            mirrorName: "",
            baseURL: "",
            clientCountries: "",
            scheme: nil,
            rank: UInt16(holding.rawValue),
            weight: UInt16(clamping: number),
            checkedAt: since
        )
    }

    /// Adds a file with the statements that apply to it, ascending; access points without a
    /// statement hold it.
    package mutating func add(
        path: some Collection<UInt8>,
        statements: [UInt16]
    ) throws(RegionMapError) {
        try map.add(path: path, replicas: statements)
    }

    /// The complete blob with its checksums.
    package consuming func finished() throws(RegionMapError) -> [UInt8] {
        try map.finished()
    }
}
