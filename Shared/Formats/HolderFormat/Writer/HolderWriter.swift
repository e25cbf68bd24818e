package import RegionMapFormat

/// Writes what is known of every file at every access point.
///
/// First all access points, then all statements that there are, in the order of their kinds, then
/// the files. Equal input in equal order gives equal bytes.
package struct HolderWriter {
    private var map: RegionMapWriter
    private var mirrorIDs: [String] = []

    /// How many statements fit in beside the access points.
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

    /// Adds that some files are known to be `holding` at an access point since `since`, and returns
    /// the index by which files name it.
    ///
    /// Of a kind no less than that of the statement before.
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
    ) -> RegionMapAccessPoint<String> {
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

    /// Adds a file with the statements that are true of it, ascending; the access points without
    /// one hold it.
    package mutating func add(
        path: some Collection<UInt8>,
        statements: [UInt16]
    ) throws(RegionMapError) {
        try map.add(path: path, replicas: statements)
    }

    /// The blob, whole and with its checksums.
    package consuming func finished() throws(RegionMapError) -> [UInt8] {
        try map.finished()
    }
}
