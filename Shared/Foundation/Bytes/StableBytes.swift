/// Bytes at a fixed address for as long as this object lives.
///
/// Outside tests they are a file, mapped or copied. So several threads can read a region map in
/// place, and it is released when the last reference goes.
@safe package final class StableBytes: @unchecked Sendable {
    // Sendable: the bytes are never written, and released with the last reference.
    private let start: UnsafeRawPointer
    package let byteCount: Int
    private let wasTruncated: @Sendable () -> Bool
    private let release: (UnsafeRawPointer, Int) -> Void

    /// Takes ownership of `byteCount` bytes at `start`.
    ///
    /// `isTorn` returns whether any of them were lost. `release` is called once, at the end.
    @unsafe package init(
        start: UnsafeRawPointer,
        byteCount: Int,
        isTorn: @escaping @Sendable () -> Bool = { false },
        release: @escaping (UnsafeRawPointer, Int) -> Void
    ) {
        unsafe self.start = start
        self.byteCount = byteCount
        wasTruncated = isTorn
        unsafe self.release = release
    }

    /// Whether a mapped file was truncated, so that zeros were read instead of lost bytes.
    ///
    /// Check it after reading, because it invalidates the result; never true for a copy.
    package var isTorn: Bool { wasTruncated() }

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
