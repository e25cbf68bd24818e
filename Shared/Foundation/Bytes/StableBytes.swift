/// Bytes that stay where they are for as long as this object lives.
///
/// A file, mapped or copied, outside of tests. It is what lets a region map be read in place by
/// several threads, and released when the last of them has let go.
@safe package final class StableBytes: @unchecked Sendable {
    // Sendable: the bytes are never written, and released when nobody holds a reference any more.
    private let start: UnsafeRawPointer
    package let byteCount: Int
    private let tornness: @Sendable () -> Bool
    private let release: (UnsafeRawPointer, Int) -> Void

    /// Takes over `byteCount` bytes at `start`.
    ///
    /// `isTorn` tells whether any of them have got lost. `release` is called once, in the end.
    @unsafe package init(
        start: UnsafeRawPointer,
        byteCount: Int,
        isTorn: @escaping @Sendable () -> Bool = { false },
        release: @escaping (UnsafeRawPointer, Int) -> Void
    ) {
        unsafe self.start = start
        self.byteCount = byteCount
        tornness = isTorn
        unsafe self.release = release
    }

    /// Whether a mapped file has shrunk, and zeros were read instead of bytes that are gone.
    ///
    /// To be asked after the reading whose result it casts doubt on; never true of a copy.
    package var isTorn: Bool { tornness() }

    /// A copy of `bytes`.
    package convenience init(copying bytes: [UInt8]) {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        unsafe bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            unsafe copy.copyMemory(from: base, byteCount: source.count)
        }
        unsafe self.init(start: UnsafeRawPointer(copy), byteCount: bytes.count) { start, _ in
            unsafe start.deallocate()
        }
    }

    /// A copy of the bytes.
    package var array: [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: byteCount))
    }

    deinit {
        unsafe release(start, byteCount)
    }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: start, byteCount: byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
