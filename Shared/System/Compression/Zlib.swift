import CZlib

/// zlib for data that is completely in memory.
package enum Zlib {
    /// The CRC-32 of `bytes`, continuing from the checksum `previous` of the bytes before them.
    package static func crc32(_ bytes: ArraySlice<UInt8>, after previous: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            // An empty array has no address, and zlib treats a null pointer as "start again".
            guard let start = buffer.baseAddress else { return previous }
            return UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(previous), start, buffer.count))
        }
    }

    /// Appends `bytes` in the zlib format (RFC 1950) to `output`.
    ///
    /// It works in pieces: besides input and output it uses a buffer of 64 KiB and deflate's own
    /// 268 KiB, however large the content is.
    package static func compress(_ bytes: [UInt8], onto output: inout [UInt8]) {
        var stream = unsafe z_stream()
        let size = Int32(unsafe MemoryLayout<z_stream>.size)
        // Only allocating its state can fail, and Swift's own allocations also stop the process
        // then.
        let status = unsafe deflateInit_(&stream, Z_BEST_SPEED, ZLIB_VERSION, size)
        precondition(status == Z_OK, "zlib is out of memory")
        defer { unsafe _ = deflateEnd(&stream) }
        var piece = [UInt8](repeating: 0, count: 65_536)
        var position = 0
        var isFinished = false
        while !isFinished {
            let count = min(bytes.count - position, 1 << 30)
            let flush = position + count == bytes.count ? Z_FINISH : Z_NO_FLUSH
            unsafe bytes[position..<position + count].withUnsafeBufferPointer { input in
                // Deflate reads there and never writes.
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(count)
                repeat {
                    unsafe piece.withUnsafeMutableBufferPointer { buffer in
                        unsafe stream.next_out = buffer.baseAddress
                        unsafe stream.avail_out = UInt32(buffer.count)
                        isFinished = unsafe deflate(&stream, flush) == Z_STREAM_END
                    }
                    output.append(contentsOf: piece.dropLast(Int(unsafe stream.avail_out)))
                } while unsafe stream.avail_out == 0
            }
            position += count
        }
    }

    /// Decompresses the `byteCount` bytes of content in `bytes`, in the zlib format.
    ///
    /// Throws if there are more, fewer, or trailing bytes. It inflates directly into the result, so
    /// that no page is touched before there is content for it.
    package static func decompressed(
        _ bytes: ArraySlice<UInt8>,
        byteCount: Int
    ) throws(CompressionError) -> [UInt8] {
        // Deflate cannot shrink below 1:1032, so a larger claim is false and not worth the memory.
        guard byteCount / 1032 <= bytes.count else {
            throw CompressionError(
                description: "\(bytes.count) bytes cannot hold \(byteCount)"
            )
        }
        var status: Int32 = Z_OK
        var writtenByteCount = UInt(byteCount)
        var readByteCount = UInt(bytes.count)
        let content = unsafe [UInt8](unsafeUninitializedCapacity: max(byteCount, 1)) {
            output,
            initializedCount in
            status = unsafe bytes.withUnsafeBufferPointer { input in
                unsafe uncompress2(
                    output.baseAddress,
                    &writtenByteCount,
                    input.baseAddress,
                    &readByteCount
                )
            }
            initializedCount = status == Z_OK ? Int(writtenByteCount) : 0
        }
        guard status == Z_OK, content.count == byteCount else {
            throw CompressionError(description: reason(for: status))
        }
        guard Int(readByteCount) == bytes.count else {
            throw CompressionError(
                description: "\(bytes.count - Int(readByteCount)) bytes follow its end"
            )
        }
        return content
    }

    private static func reason(for status: Int32) -> String {
        switch status {
        case Z_OK: "it is shorter than the header says"
        case Z_BUF_ERROR: "it is longer than the header says, or cut"
        case Z_DATA_ERROR: "it is not in the zlib format, or cut"
        case Z_MEM_ERROR: "out of memory"
        default: "zlib status \(status)"
        }
    }
}
