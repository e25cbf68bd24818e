package import RegionMapFormat

/// What is known of every file on every access point, read in place: the blob `maps/holders`.
///
/// A region map whose records are statements; see FORMAT.md. The bytes are untrusted: damage gives
/// wrong statements unless `verify()` was called, but never a trap.
package struct HolderView: ~Escapable {
    /// A statement about one file on one access point.
    package struct Statement: Hashable, Sendable {
        package let holding: Holding
        /// It has been so since this time or earlier, in seconds since 1970; nil if that is not
        /// known.
        package let since: Int64?

        package init(_ holding: Holding, since: Int64? = nil) {
            self.holding = holding
            self.since = since
        }
    }

    private let map: RegionMap
    /// The number of access points; they are numbered from 0.
    package let accessPointCount: Int

    /// The header of the map, for opening the bytes again.
    package var header: RegionMapHeader { map.header }

    /// Opens the blob in `bytes`.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(RegionMapError) {
        self.init(try RegionMap(bytes))
    }

    /// Opens the blob again, with the header that was read when it was first opened.
    @_lifetime(copy bytes)
    package init(
        _ bytes: RawSpan,
        reopeningWith header: RegionMapHeader
    ) throws(RegionMapError) {
        self.init(try RegionMap(bytes, reopeningWith: header))
    }

    @_lifetime(copy map)
    private init(_ map: consuming RegionMap) {
        // The records of the access points themselves come first.
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

    /// What is known of the file at `path` (directories end in a slash) on each access point, by
    /// number; nil if the path is not known.
    package func statements(about path: RawSpan) -> [Statement]? {
        guard var replicas = map.replicas(of: path) else { return nil }
        var statements = [Statement](repeating: Statement(.held), count: accessPointCount)
        while let index = replicas.next() {
            guard let record = map.accessPoint(at: index) else { continue }
            let number = Int(record.weight)
            guard number < statements.count else { continue }
            // A value that only newer writers know proves nothing.
            let holding = Holding(rawValue: UInt8(clamping: record.rank)) ?? .unasked
            guard holding != .held else { continue }
            statements[number] = Statement(holding, since: record.checkedAt)
        }
        return statements
    }
}
