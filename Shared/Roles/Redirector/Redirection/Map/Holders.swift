package import Bytes
package import HolderFormat
package import RegionMapFormat

/// What is known of every file at every access point, in memory or mapped from a file, valid as
/// long as a reference exists.
package final class Holders: Sendable {
    private let blob: StableBytes
    private let header: RegionMapHeader

    /// Opens the blob `maps/holders` and checks all of its bytes.
    package init(_ blob: StableBytes) throws(RegionMapError) {
        let view = try HolderView(blob.bytes)
        try view.verify()
        header = view.header
        self.blob = blob
    }

    /// Whether it is a mapped file that was truncated, so that an answer may be based on zeros.
    package var isTorn: Bool { blob.isTorn }

    /// What is known of the file at `path` at each access point of `table`, in its order: nil for
    /// access points of which nothing is known; empty if the path is unknown.
    package func statements(
        about path: [UInt8],
        in table: AccessPointTable
    ) -> [HolderView.Statement?] {
        let blob = blob
        guard let view = try? HolderView(blob.bytes, reopeningWith: header),
            let known = unsafe view.statements(about: path.span.bytes)
        else { return [] }
        var indexes: [UInt64: Int] = [:]
        indexes.reserveCapacity(table.entries.count)
        for index in table.entries.indices {
            indexes[Rendezvous.hash(table.id(of: table.entries[index]))] = index
        }
        var statements = [HolderView.Statement?](repeating: nil, count: table.entries.count)
        for number in known.indices {
            guard let bytes = view.id(of: number) else { continue }
            let id = Span<UInt8>(_bytes: bytes)
            // Two ids may have the same hash.
            guard let index = indexes[Rendezvous.hash(id)],
                table.id(of: table.entries[index]).equals(id)
            else { continue }
            statements[index] = known[number]
        }
        // A file truncated since then reads as zeros, which would mean that every file is held.
        return blob.isTorn ? [] : statements
    }
}
