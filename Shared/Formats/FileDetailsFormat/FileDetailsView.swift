import RegionMapFormat

/// What the files of one catalog generation are: byte count, modification time and digests by path.
///
/// A view of bytes that somebody else keeps, most often a mapped file: opening it reads the header
/// only, and a look-up the few places that a binary search touches. All bytes may be wrong: every
/// read is checked, and damage that ``verifyChecksum()`` was not asked about gives a wrong or no
/// answer, never a trap.
package struct FileDetailsView: ~Escapable {
    package let header: FileDetailsHeader
    private let bytes: RawSpan

    /// Opens the details in `bytes`, which must begin and end with them.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(PathTableError) {
        header = try FileDetailsHeader(bytes)
        self.bytes = bytes
    }

    /// Opens the details in `bytes` again, with the header that an earlier opening of them
    /// returned.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, reopeningWith header: FileDetailsHeader) {
        self.header = header
        self.bytes = bytes
    }

    /// Compares everything behind the header with its checksum.
    package func verifyChecksum() throws(PathTableError) {
        try header.paths.verifyBody(of: bytes)
    }

    /// What is known of one file.
    package struct File: Equatable, Sendable {
        package let byteCount: UInt64
        /// In seconds since 1970.
        package let modified: Int64
        /// Where its digests are; nil without any.
        fileprivate let digestsOffset: Int?
    }

    /// The file at `path`, or nil when nothing is known of it.
    package func file(at path: RawSpan) -> File? {
        guard let index = header.paths.position(of: path, in: bytes) else { return nil }
        let record = header.paths.recordsOffset + index * FileDetailsHeader.recordByteCount
        guard let byteCount = bytes.value(at: record, as: UInt64.self),
            let modified = bytes.value(at: record + 8, as: Int64.self),
            let digests = bytes.value(at: record + 16, as: UInt64.self)
        else { return nil }
        return File(
            byteCount: byteCount,
            modified: modified,
            digestsOffset: digests < UInt64(header.digestByteCount)
                ? header.digestsOffset + Int(digests) : nil
        )
    }

    /// When the master removed `file`, in seconds since 1970; nil for one that is there.
    package func removedAt(of file: File) -> Int64? {
        guard var offset = file.digestsOffset, let mask = bytes.value(at: offset, as: UInt8.self),
            mask & FileDetailsHeader.removalMask != 0
        else { return nil }
        offset += 1
        for algorithm in DigestAlgorithm.allCases where mask & algorithm.rawValue != 0 {
            offset += algorithm.byteCount
        }
        return bytes.value(at: offset, as: Int64.self)
    }

    /// The digest of `file` by `algorithm`, or nil when it is not known.
    @_lifetime(copy self)
    package func digest(_ algorithm: DigestAlgorithm, of file: File) -> RawSpan? {
        guard var offset = file.digestsOffset, let mask = bytes.value(at: offset, as: UInt8.self),
            mask & algorithm.rawValue != 0
        else { return nil }
        offset += 1
        // In the order of their bits.
        if algorithm.rawValue > DigestAlgorithm.sha256.rawValue,
            mask & DigestAlgorithm.sha256.rawValue != 0
        {
            offset += DigestAlgorithm.sha256.byteCount
        }
        if algorithm.rawValue > DigestAlgorithm.sha512.rawValue,
            mask & DigestAlgorithm.sha512.rawValue != 0
        {
            offset += DigestAlgorithm.sha512.byteCount
        }
        let end = offset + algorithm.byteCount
        guard end <= bytes.byteCount else { return nil }
        return bytes.extracting(offset..<end)
    }
}
