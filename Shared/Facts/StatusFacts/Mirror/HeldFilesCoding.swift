package import BlobFormat

/// The files that a mirror holds, encoded as bytes.
///
/// Most mirrors hold all but a few files, so these few are written: 0 and the distances between
/// them in ascending order. If that is not shorter, 1 and the words of the set are written.
package enum HeldFilesCoding {
    package static func bytes(of held: FileBits, among live: FileBits) -> [UInt8] {
        var rest = live
        rest.subtract(held)
        let wordByteCount = held.words.count * 8
        var gaps = ByteWriter(reservingByteCount: min(wordByteCount, rest.count * 2))
        gaps.append(UInt8(0))
        var last = 0
        rest.forEach { number in
            guard gaps.bytes.count <= wordByteCount else { return }
            gaps.appendVarint(UInt64(number - last))
            last = number
        }
        guard gaps.bytes.count > wordByteCount else { return gaps.bytes }
        var words = ByteWriter(reservingByteCount: wordByteCount + 1)
        words.append(UInt8(1))
        for word in held.words { words.append(word) }
        return words.bytes
    }

    /// Throws if the bytes do not encode a subset of `live`.
    package static func held(_ bytes: [UInt8], among live: FileBits) throws(BlobFormatError)
        -> FileBits
    {
        var reader = ByteReader(bytes)
        var held = live
        guard try reader.readUInt8() == 0 else {
            for index in held.words.indices { held.words[index] = try reader.readUInt64() }
            try reader.finish()
            held.formIntersection(live)
            return held
        }
        var number = 0
        let limit = UInt64(live.words.count * 64)
        while reader.remainingByteCount > 0 {
            number += Int(try reader.readVarint(of: "distance", atMost: limit))
            guard number < live.words.count * 64 else {
                throw .valueOutOfRange(field: "file", value: "\(number)")
            }
            held.remove(number)
        }
        return held
    }
}
