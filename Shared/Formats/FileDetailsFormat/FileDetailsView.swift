import RegionMapFormat

/// The files of one catalog generation: length, modification time and digests by path.
///
/// A view of bytes owned by the caller, usually a mapped file: opening it reads only the header,
/// and a look-up only the places that a binary search visits. The bytes are untrusted: every read
/// is checked, and damage, unless ``verifyChecksum()`` was called, gives a wrong answer or none,
/// but never a trap.
package struct FileDetailsView: ~Escapable {
    package let header: FileDetailsHeader
    private let bytes: RawSpan

    /// Opens the details; `bytes` must be exactly these.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(PathTableError) {
        header = try FileDetailsHeader(bytes)
        self.bytes = bytes
    }

    /// Opens the details in `bytes` again, with the header returned by an earlier opening.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, reopeningWith header: FileDetailsHeader) {
        self.header = header
        self.bytes = bytes
    }

    /// Verifies the checksum of everything after the header.
    package func verifyChecksum() throws(PathTableError) {
        try header.paths.verifyBody(of: bytes)
    }

    /// The details of one file.
    package struct File: Equatable, Sendable {
        package let byteCount: UInt64
        /// In seconds since 1970.
        package let modified: Int64
        /// The offset of its digests; nil if there are none.
        fileprivate let digestsOffset: Int?
    }

    /// The file at `path`, or nil if nothing is known of it.
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

    /// When the master removed `file`, in seconds since 1970; nil if it exists.
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

    /// The digest of `file` by `algorithm`, or nil if it is unknown.
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
