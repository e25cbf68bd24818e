import RegionMapFormat

/// Health taken apart and put together according to the specification alone, without the product's
/// writer, to make blobs that only a newer or a faulty writer would produce.
struct HandMadeHealth {
    struct Section {
        var kind: UInt32
        var bytes: [UInt8]
    }

    var header: [UInt8]
    var sections: [Section] = []

    init(of blob: [UInt8]) {
        header = Array(blob[..<32])
        for number in 0..<Int(Self.integer(blob, 12, 4)) {
            let entry = 32 + number * 16
            let offset = Int(Self.integer(blob, entry + 4, 4))
            let byteCount = Int(Self.integer(blob, entry + 8, 4))
            sections.append(
                Section(
                    kind: UInt32(Self.integer(blob, entry, 4)),
                    bytes: Array(blob[offset..<offset + byteCount])
                )
            )
        }
    }

    func appending(section kind: UInt32, _ bytes: [UInt8]) -> HandMadeHealth {
        var copy = self
        copy.sections.append(Section(kind: kind, bytes: bytes))
        return copy
    }

    /// Appends these bytes to every record of the section; offsets into the section move.
    func lengtheningRecords(of kind: UInt32, by more: [UInt8]) -> HandMadeHealth {
        var copy = self
        for number in sections.indices where sections[number].kind == kind {
            var bytes = sections[number].bytes
            let count = Int(Self.integer(bytes, 8, 4))
            let length = Int(Self.integer(bytes, 12, 2))
            let heap = bytes[(16 + count * length)...]
            let growth = UInt64(count * more.count)
            var lengthened = Array(bytes[..<16])
            for record in 0..<count {
                // The places of texts, filters and evidence, if there are any.
                for field in [8, 20, 28] {
                    let place = 16 + record * length + field
                    let offset = Self.integer(bytes, place, 4)
                    if offset > 0 { Self.set(&bytes, place, 4, offset + growth) }
                }
                let start = 16 + record * length
                lengthened += bytes[start..<start + length] + more
            }
            Self.set(&lengthened, 12, 2, UInt64(length + more.count))
            copy.sections[number].bytes = lengthened + heap
        }
        return copy
    }

    /// The blob, with right lengths and a right checksum.
    func bytes() -> [UInt8] {
        var blob = header
        var offset = 32 + sections.count * 16
        let byteCount = offset + sections.reduce(0) { $0 + $1.bytes.count }
        Self.set(&blob, 8, 4, UInt64(byteCount))
        Self.set(&blob, 12, 4, UInt64(sections.count))
        for section in sections {
            var entry = [UInt8](repeating: 0, count: 16)
            Self.set(&entry, 0, 4, UInt64(section.kind))
            Self.set(&entry, 4, 4, UInt64(offset))
            Self.set(&entry, 8, 4, UInt64(section.bytes.count))
            blob += entry
            offset += section.bytes.count
        }
        for section in sections { blob += section.bytes }
        return Self.sealed(blob)
    }

    /// The bytes with a right checksum.
    static func sealed(_ blob: [UInt8]) -> [UInt8] {
        var blob = blob
        var checksum = CRC32()
        unsafe checksum.update(Array(blob[..<28] + blob[32...]).span.bytes)
        set(&blob, 28, 4, UInt64(checksum.value))
        return blob
    }

    static func integer(_ bytes: [UInt8], _ offset: Int, _ byteCount: Int) -> UInt64 {
        (0..<byteCount).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    static func set(_ bytes: inout [UInt8], _ offset: Int, _ byteCount: Int, _ value: UInt64) {
        for number in 0..<byteCount {
            bytes[offset + number] = UInt8(truncatingIfNeeded: value >> UInt64(8 * number))
        }
    }
}
