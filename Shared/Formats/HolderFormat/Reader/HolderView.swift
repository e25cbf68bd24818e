package import RegionMapFormat

/// What is known of every file at every access point, read in place: the blob `maps/holders`.
///
/// A region map whose records are statements; FORMAT.md says how. All bytes may be wrong: damage
/// that `verify()` was not asked about gives wrong statements, never a trap.
package struct HolderView: ~Escapable {
    /// A statement about one file at one access point.
    package struct Statement: Hashable, Sendable {
        package let holding: Holding
        /// Since when it is so at the latest, in seconds since 1970; nil where that is not known.
        package let since: Int64?

        package init(_ holding: Holding, since: Int64? = nil) {
            self.holding = holding
            self.since = since
        }
    }

    private let map: RegionMap
    /// How many access points there are; their numbers are below.
    package let accessPointCount: Int

    /// The map's own header, by which the bytes are opened again.
    package var header: RegionMapHeader { map.header }

    /// Opens the blob in `bytes`.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(RegionMapError) {
        self.init(try RegionMap(bytes))
    }

    /// Opens it again, with the header that an earlier opening returned.
    @_lifetime(copy bytes)
    package init(
        _ bytes: RawSpan,
        reopeningWith header: RegionMapHeader
    ) throws(RegionMapError) {
        self.init(try RegionMap(bytes, reopeningWith: header))
    }

    @_lifetime(copy map)
    private init(_ map: consuming RegionMap) {
        // The access points' own records come first.
        var low = 0
        var high = map.header.accessPointCount
        while low < high {
            let middle = (low + high) / 2
            if let record = map.accessPoint(at: middle), record.rank == 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        accessPointCount = low
        self.map = map
    }

    /// Compares all bytes with their checksum.
    package func verify() throws(RegionMapError) {
        try map.verifyChecksum()
        try map.checkTexts()
    }

    /// The id of the access point with this number.
    @_lifetime(copy self)
    package func id(of accessPoint: Int) -> RawSpan? {
        guard let record = map.accessPoint(at: accessPoint) else { return nil }
        return map.bytes(of: record.id)
    }

    /// What is known of the file at `path` (a directory's ends in a slash) at each access point, by
    /// number; nil where the path is not known.
    package func statements(about path: RawSpan) -> [Statement]? {
        guard var replicas = map.replicas(of: path) else { return nil }
        var statements = [Statement](repeating: Statement(.held), count: accessPointCount)
        while let index = replicas.next() {
            guard let record = map.accessPoint(at: index) else { continue }
            let number = Int(record.weight)
            guard number < statements.count else { continue }
            // What only a newer writer says is no proof.
            let holding = Holding(rawValue: UInt8(clamping: record.rank)) ?? .unasked
            guard holding != .held else { continue }
            statements[number] = Statement(holding, since: record.checkedAt)
        }
        return statements
    }
}
