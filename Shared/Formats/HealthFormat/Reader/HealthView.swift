import RegionMapFormat

/// Which access points may be offered: the blob `health`, read in place.
///
/// A view of bytes owned by the caller. Opening it verifies their checksum, which takes about ten
/// microseconds, and allocates nothing. The content may still be invalid: every read is checked,
/// and damage gives a wrong answer or none, but never a trap. This file and its neighbours import
/// only the reader of region maps, and compile as Embedded Swift. FORMAT.md specifies the format.
package struct HealthView: ~Escapable {
    static let magic: UInt32 = 0x544C_4852
    static let version: UInt16 = 1
    static let headerByteCount = 32
    static let directoryEntryByteCount = 16
    /// The offset of the checksum, which covers all other bytes.
    static let checksumOffset = 28

    /// When the blob was last written, in seconds since 1970.
    package let writtenAt: Int64
    /// The results of the latest probes; its own time is that of the latest probe.
    package let availability: HealthSectionView
    /// What is doubted.
    package let doubts: HealthSectionView
    /// What the operator closed.
    package let closures: HealthSectionView

    private let bytes: RawSpan
    /// The number of sections, including those of unknown kinds.
    let sectionCount: Int

    /// Opens the health; `bytes` must be exactly this.
    ///
    /// The checksum need not be verified again: without `verifying`, opening costs nothing.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, verifying: Bool = true) throws(HealthError) {
        guard let magic = bytes.integer(at: 0, as: UInt32.self), magic == Self.magic else {
            throw .notHealth(magic: bytes.integer(at: 0, as: UInt32.self) ?? 0)
        }
        guard let version = bytes.integer(at: 4, as: UInt16.self),
            let headerByteCount = bytes.integer(at: 6, as: UInt16.self),
            let byteCount = bytes.integer(at: 8, as: UInt32.self),
            let sectionCount = bytes.integer(at: 12, as: UInt32.self),
            let writtenAt = bytes.integer(at: 16, as: Int64.self),
            let stored = bytes.integer(at: Self.checksumOffset, as: UInt32.self)
        else {
            throw .wrongByteCount(expected: Self.headerByteCount, actual: bytes.byteCount)
        }
        guard Int(clamping: byteCount) == bytes.byteCount,
            bytes.byteCount >= Self.headerByteCount
        else {
            throw .wrongByteCount(expected: Int(clamping: byteCount), actual: bytes.byteCount)
        }
        if verifying {
            let computed = Self.checksum(of: bytes)
            guard stored == computed else {
                throw .checksumMismatch(stored: stored, computed: computed)
            }
        }
        guard version == Self.version else {
            throw .unsupportedVersion(version, newestSupported: Self.version)
        }
        self.bytes = bytes
        self.writtenAt = writtenAt
        let directory = Int(headerByteCount)
        let limit = (bytes.byteCount &- directory) / Self.directoryEntryByteCount
        guard directory >= Self.headerByteCount, Int(clamping: sectionCount) <= limit else {
            throw .sectionOutOfBounds(kind: 0)
        }
        self.sectionCount = Int(sectionCount)
        self.directory = directory
        availability = try Self.section(
            .availability,
            of: bytes,
            directory: directory,
            count: Int(sectionCount)
        )
        doubts = try Self.section(
            .doubts,
            of: bytes,
            directory: directory,
            count: Int(sectionCount)
        )
        closures = try Self.section(
            .closures,
            of: bytes,
            directory: directory,
            count: Int(sectionCount)
        )
    }

    /// The offset of the directory of sections.
    private let directory: Int

    /// The checksum of all bytes except its own four.
    static func checksum(of bytes: RawSpan) -> UInt32 {
        var checksum = CRC32()
        checksum.update(bytes.extracting(0..<checksumOffset))
        checksum.update(bytes.extracting(headerByteCount..<bytes.byteCount))
        return checksum.value
    }

    /// The kind and the bytes of the section at `index`, of any kind; nil if they are not inside
    /// the blob.
    @_lifetime(copy self)
    func section(at index: Int) -> RawSection? {
        Self.section(at: index, of: bytes, directory: directory)
    }

    /// A section as stored in the blob.
    struct RawSection: ~Escapable {
        let kind: UInt32
        let bytes: RawSpan

        @_lifetime(copy bytes)
        init(kind: UInt32, bytes: RawSpan) {
            self.kind = kind
            self.bytes = bytes
        }
    }

    @_lifetime(copy bytes)
    private static func section(
        at index: Int,
        of bytes: RawSpan,
        directory: Int
    ) -> RawSection? {
        let entry = directory &+ index &* directoryEntryByteCount
        guard let kind = bytes.integer(at: entry, as: UInt32.self),
            let offset = bytes.integer(at: entry &+ 4, as: UInt32.self),
            let byteCount = bytes.integer(at: entry &+ 8, as: UInt32.self),
            let section = bytes.part(
                at: Int(clamping: offset),
                byteCount: Int(clamping: byteCount)
            )
        else { return nil }
        return RawSection(kind: kind, bytes: section)
    }

    /// The first section of a kind; an empty one if there is none.
    @_lifetime(copy bytes)
    private static func section(
        _ kind: HealthSectionKind,
        of bytes: RawSpan,
        directory: Int,
        count: Int
    ) throws(HealthError) -> HealthSectionView {
        for index in 0..<count {
            guard let section = Self.section(at: index, of: bytes, directory: directory) else {
                throw .sectionOutOfBounds(kind: 0)
            }
            guard section.kind == kind.rawValue else { continue }
            return try HealthSectionView(section.bytes, of: kind)
        }
        return HealthSectionView(noneIn: bytes)
    }
}
