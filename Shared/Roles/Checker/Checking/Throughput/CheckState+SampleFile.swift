package import Catalogs
package import CheckStates
import Mirrors

extension CheckState {
    /// The file with which throughput is measured, and how much of it is fetched.
    ///
    /// The largest proven file of at most ``SampleFile/mostBytes``; if none has at least
    /// ``SampleFile/leastBytes``, the beginning of the smallest larger one. Nil if there is
    /// neither.
    package func sampleFile(in catalog: Catalog) -> SampleFile? {
        var best: SampleFile?
        var larger: (id: FileID, byteCount: UInt64)?
        for id in catalog.ids.prefix(count) where outcome(of: id) == .present {
            guard let byteCount = catalog.byteCount(of: id), byteCount >= SampleFile.leastBytes,
                catalog.isLive(id), !catalog.leadsToDirectory(id),
                generation(of: id) >= catalog.changedIn(id)
            else { continue }
            if byteCount > SampleFile.mostBytes {
                if larger.map({ byteCount < $0.byteCount }) ?? true { larger = (id, byteCount) }
            } else if best.map({ byteCount > $0.byteCount }) ?? true {
                best = SampleFile(id: id, byteCount: byteCount)
            }
        }
        return best ?? larger.map { SampleFile(id: $0.id, byteCount: SampleFile.mostBytes) }
    }
}

/// A file, and how much of it is fetched to measure throughput.
package struct SampleFile: Hashable, Sendable {
    package let id: FileID
    package let byteCount: UInt64

    /// With less than 256 KiB, mainly round trips would be measured.
    package static let leastBytes: UInt64 = 256 << 10
    /// No mirror should have to send more than 4 MiB for this.
    package static let mostBytes: UInt64 = 4 << 20
}
