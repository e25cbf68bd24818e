import CZlib

/// Inflates gzip in pieces of bounded size, however much comes out.
@safe package final class Inflation {
    package struct Damaged: Error {}

    /// At a stable address, because zlib's state refers to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 65_536)
    /// Whether the end was reached.
    package private(set) var isOver = false
    private var isUsable = true

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window, plus 16 for a gzip header; `inflateInit2` itself is a macro.
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        isUsable = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size) == Z_OK
    }

    deinit {
        unsafe _ = inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The next bytes of output from `input`, at most 64 KiB; nil if more input is needed.
    ///
    /// Consumed bytes are removed from `input`.
    package func next(from input: inout ArraySlice<UInt8>) throws(Damaged) -> ArraySlice<UInt8>? {
        guard isUsable else { throw Damaged() }
        guard !isOver else {
            input = []
            return nil
        }
        var code = Z_OK
        let used = unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                // zlib does not write to its input.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(clamping: source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(clamping: target.count)
                code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                return unsafe source.count - Int(stream.pointee.avail_in)
            }
        }
        input = input.dropFirst(used)
        switch code {
        case Z_STREAM_END: isOver = true
        case Z_OK, Z_BUF_ERROR: break
        default: throw Damaged()
        }
        let count = unsafe output.count - Int(stream.pointee.avail_out)
        return count > 0 ? output[..<count] : nil
    }
}
