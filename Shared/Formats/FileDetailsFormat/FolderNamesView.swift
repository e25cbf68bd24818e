import RegionMapFormat

/// The content of each folder of one catalog generation, by the folder's path.
///
/// A view of bytes owned by the caller, like ``FileDetailsView``: damage, unless
/// ``verifyChecksum()`` was called, gives wrong names or none, but never a trap.
package struct FolderNamesView: ~Escapable {
    package let header: FolderNamesHeader
    private let bytes: RawSpan

    /// Opens the names; `bytes` must be exactly these.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) throws(PathTableError) {
        header = try FolderNamesHeader(bytes)
        self.bytes = bytes
    }

    /// Opens the names in `bytes` again, with the header returned by an earlier opening.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, reopeningWith header: FolderNamesHeader) {
        self.header = header
        self.bytes = bytes
    }

    /// Verifies the checksum of everything after the header.
    package func verifyChecksum() throws(PathTableError) {
        try header.paths.verifyBody(of: bytes)
    }

    /// The names of one folder.
    package struct Folder: Equatable, Sendable {
        fileprivate let first: Int
        /// The number of names.
        package let count: Int
    }

    /// The folder at `path`, which has no trailing slash and is empty for the root; nil if there is
    /// none.
    package func folder(at path: RawSpan) -> Folder? {
        guard let index = header.paths.position(of: path, in: bytes) else { return nil }
        let record = header.paths.recordsOffset + index * FolderNamesHeader.recordByteCount
        guard let first = bytes.value(at: record, as: UInt32.self),
            let count = bytes.value(at: record + 4, as: UInt32.self),
            UInt64(first) + UInt64(count) <= UInt64(header.nameCount)
        else { return nil }
        return Folder(first: Int(first), count: Int(count))
    }

    /// The name with the number `index` in `folder`; a folder's name ends in a slash.
    ///
    /// Folders come first, and both kinds are in byte order.
    @_lifetime(copy self)
    package func name(at index: Int, in folder: Folder) -> RawSpan? {
        guard index >= 0, index < folder.count else { return nil }
        let offset = header.nameOffsetsOffset + (folder.first + index) * 4
        guard let start = bytes.value(at: offset, as: UInt32.self),
            let end = bytes.value(at: offset + 4, as: UInt32.self),
            start <= end, UInt64(end) <= UInt64(header.nameByteCount)
        else { return nil }
        let names = header.namesOffset
        guard names + Int(end) <= bytes.byteCount else { return nil }
        return bytes.extracting(names + Int(start)..<names + Int(end))
    }

    /// Whether `folder` has a file of that name.
    package func hasFile(_ name: StaticString, in folder: Folder) -> Bool {
        var low = 0
        var high = folder.count
        while low < high {
            let middle = (low + high) / 2
            guard let other = self.name(at: middle, in: folder) else { return false }
            switch Self.order(of: other, against: name) {
            case 0: return true
            case ..<0: low = middle + 1
            default: high = middle
            }
        }
        return false
    }

    /// Negative if `other` comes before the file `name`.
    private static func order(of other: RawSpan, against name: StaticString) -> Int {
        let count = other.byteCount
        let slash = UInt8(ascii: "/")
        if count > 0, unsafe other.unsafeLoad(fromByteOffset: count - 1, as: UInt8.self) == slash {
            return -1
        }
        let nameCount = name.utf8CodeUnitCount
        let start = unsafe name.utf8Start
        for index in 0..<min(count, nameCount) {
            let byte = unsafe other.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            let difference = unsafe Int(byte) - Int(start[index])
            if difference != 0 { return difference }
        }
        return count - nameCount
    }
}
