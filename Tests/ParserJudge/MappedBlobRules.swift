import Bytes
import FileDetailsFormat
import HealthFormat
import Mirrors
import Redirection
import RegionMapFormat
import Time

/// The readers of blobs that are read in place.
///
/// Their checksums are corrected first: a fuzzer would never get past them, but the author of a
/// hostile blob does.
enum MappedBlobRules {
    private static let paths = [
        "", "a", "dir/", "distfiles/a.tar", "distfiles/ab/foo-1.2.tar.xz", "\u{fc}.txt",
    ]

    static func regionMap(_ input: [UInt8]) -> String? {
        var bytes = input
        guard bytes.count >= 24 else { return nil }
        bytes.set(UInt32(clamping: bytes.count), at: 20)
        let headerByteCount = Int(bytes.integer(at: 8))
        guard (24...bytes.count).contains(headerByteCount) else { return nil }
        bytes.set(checksum(bytes[headerByteCount...]), at: 16)
        bytes.set(checksum(bytes[..<12] + bytes[16..<headerByteCount]), at: 12)
        let blob = StableBytes(copying: bytes)
        guard let snapshot = try? Snapshot(map: blob, verifying: true, health: nil) else {
            return nil
        }
        let client = Client(address: IPAddress("192.0.2.1"), isHTTPS: input.count % 2 == 0)
        for path in paths {
            var selection = Selection(capacity: 16)
            let isKnown = snapshot.select(
                path: Array(path.utf8),
                for: client,
                limit: 16,
                into: &selection
            )
            if !isKnown, !selection.isEmpty { return "mirrors of an unknown path" }
            for position in 0..<selection.count
            where selection.accessPoint(at: position) >= snapshot.table.entries.count {
                return "an access point that there is not"
            }
            _ = snapshot.replicas(of: Array(path.utf8))
        }
        for entry in snapshot.table.entries
        where snapshot.table.exclusion(of: entry, for: client) == nil {
            let table = snapshot.table
            let url = String(decoding: table.baseURL(of: entry).array, as: UTF8.self)
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                return "a mirror by another scheme"
            }
        }
        return nil
    }

    static func fileDetails(_ input: [UInt8]) -> String? {
        var bytes = input
        guard bytes.count >= 64 else { return nil }
        // As many files as there is room for, all other bytes being digests; the first hashes are
        // those of paths that are looked up, so that their records and digests are read.
        let fileCount = min(Int(bytes.integer(at: 12)), (bytes.count - 64) / 32)
        bytes.set(UInt32(fileCount), at: 12)
        bytes.set(UInt32(bytes.count - 64 - fileCount * 32), at: 24)
        bytes.set(0, at: 28)
        let seed = UInt64(bytes.integer(at: 20)) << 32 | UInt64(bytes.integer(at: 16))
        let hashes = paths.prefix(fileCount).map { path in
            let key = Array(path.utf8)
            return unsafe PathHash.hash(key.span.bytes, seed: seed)
        }
        for (index, hash) in hashes.sorted().enumerated() {
            bytes.set(UInt32(truncatingIfNeeded: hash), at: 64 + index * 8)
            bytes.set(UInt32(truncatingIfNeeded: hash >> 32), at: 68 + index * 8)
        }
        bytes.set(checksum(bytes[64...]), at: 56)
        bytes.set(checksum(bytes[..<60]), at: 60)
        guard let details = try? FileDetails(StableBytes(copying: bytes)) else { return nil }
        let blob = details.blob
        let view = FileDetailsView(blob.bytes, reopeningWith: details.header)
        for path in paths {
            let key = Array(path.utf8)
            guard let file = unsafe view.file(at: key.span.bytes) else { continue }
            for algorithm in DigestAlgorithm.allCases {
                guard let digest = view.digest(algorithm, of: file) else { continue }
                guard [32, 64].contains(digest.byteCount) else { return "a digest of no length" }
            }
        }
        return nil
    }

    static func health(_ input: [UInt8]) -> String? {
        var bytes = input
        guard bytes.count >= 32 else { return nil }
        bytes.set(UInt32(clamping: bytes.count), at: 8)
        bytes.set(checksum(bytes[..<28] + bytes[32...]), at: 28)
        guard let report = try? HealthReport(StableBytes(copying: bytes)) else { return nil }
        for id in ["", "near-https", "m-http"] { _ = report.facts(of: id) }
        guard let health = try? Health(decoding: bytes) else { return nil }
        let again = health.encoded()
        guard let second = try? Health(decoding: again) else {
            return "what it writes is no health"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var checksum = CRC32()
        unsafe bytes.withUnsafeBytes { unsafe checksum.update(RawSpan(_unsafeBytes: $0)) }
        return checksum.value
    }
}

extension [UInt8] {
    /// The 32 bits at `offset`, little-endian.
    fileprivate func integer(at offset: Int) -> UInt32 {
        self[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    fileprivate mutating func set(_ value: UInt32, at offset: Int) {
        for index in 0..<4 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }
}
