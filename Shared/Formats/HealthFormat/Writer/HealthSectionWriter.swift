import Mirrors
import RegionMapFormat
import Time

/// Writes one section of the blob.
struct HealthSectionWriter {
    private let kind: HealthSectionKind
    private let writtenAt: Timestamp
    private var records: [(hash: UInt64, id: AccessPoint.ID, fields: Fields)] = []

    private typealias Fields = (inout [UInt8], inout Heap) -> Void

    /// The bytes after the records, referred to by offsets in the section.
    struct Heap {
        private let start: Int
        fileprivate private(set) var bytes: [UInt8] = []

        fileprivate init(start: Int) {
            self.start = start
        }

        /// Appends bytes and returns their offset; 0 for none.
        mutating func add(_ part: some Collection<UInt8>) -> UInt32 {
            guard !part.isEmpty else { return 0 }
            defer { bytes += part }
            return UInt32(clamping: start + bytes.count)
        }
    }

    init(_ kind: HealthSectionKind, writtenAt: Timestamp) {
        self.kind = kind
        self.writtenAt = writtenAt
    }

    /// Adds a record about an access point; `fields` appends what follows its id.
    mutating func add(
        _ id: AccessPoint.ID,
        _ fields: @escaping (inout [UInt8], inout Heap) -> Void
    ) {
        let hash = unsafe HealthSectionView.hash(of: Array(id.utf8).span.bytes)
        records.append((hash, id, fields))
    }

    /// The section, with its records ordered by hash.
    consuming func bytes() -> [UInt8] {
        records.sort { ($0.hash, $0.id) < ($1.hash, $1.id) }
        let recordByteCount = kind.leastRecordByteCount
        var heap = Heap(start: HealthSectionView.headerByteCount + records.count * recordByteCount)
        var section: [UInt8] = []
        section.appendInteger(writtenAt.secondsSinceEpoch)
        section.appendInteger(UInt32(clamping: records.count))
        section.appendInteger(UInt16(recordByteCount))
        section.appendInteger(UInt16(0))
        for record in records {
            let id = Array(record.id.utf8.prefix(Int(UInt16.max)))
            section.appendInteger(record.hash)
            section.appendInteger(heap.add(id))
            section.appendInteger(UInt16(id.count))
            record.fields(&section, &heap)
        }
        return section + heap.bytes
    }
}
