/// The target of a link relative to the link's path, because nearly all lead to a file with the
/// same name.
///
/// Two bytes (little-endian) with the number of bytes shared by the ends of path and target (as
/// many as possible, 65,535 at most), then the part of the target before them. So the 73,000 links
/// of Gentoo's distfiles (`distfiles/NAME -> ab/NAME`) have a few thousand records, and equal
/// targets of one path are equal records.
struct TargetRecord: Equatable {
    let bytes: ArraySlice<UInt8>

    static let sharedLimit = 65_535

    /// A record as it was stored.
    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// `sharedByteCount` must be at most ``sharedLimit``.
    init(sharing sharedByteCount: Int, after start: ArraySlice<UInt8>) {
        var bytes: [UInt8] = []
        Self.write(sharing: sharedByteCount, after: start, to: &bytes)
        self.bytes = bytes[...]
    }

    /// Writes the bytes of a record over `bytes`; `sharedByteCount` must be at most
    /// ``sharedLimit``.
    static func write(
        sharing sharedByteCount: Int,
        after start: ArraySlice<UInt8>,
        to bytes: inout [UInt8]
    ) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(UInt8(truncatingIfNeeded: sharedByteCount))
        bytes.append(UInt8(truncatingIfNeeded: sharedByteCount >> 8))
        bytes.append(contentsOf: start)
    }

    init(_ target: ArraySlice<UInt8>, of path: ArraySlice<UInt8>) {
        let limit = min(target.count, path.count, Self.sharedLimit)
        var shared = 0
        while shared < limit,
            target[target.endIndex - 1 - shared] == path[path.endIndex - 1 - shared]
        {
            shared += 1
        }
        self.init(sharing: shared, after: target.dropLast(shared))
    }

    var sharedByteCount: Int {
        guard bytes.count >= 2 else { return 0 }
        return Int(bytes[bytes.startIndex]) | Int(bytes[bytes.startIndex + 1]) << 8
    }

    /// The part before the shared bytes.
    var start: ArraySlice<UInt8> { bytes.dropFirst(2) }

    func target(of path: ArraySlice<UInt8>) -> [UInt8] {
        start + path.suffix(sharedByteCount)
    }
}
