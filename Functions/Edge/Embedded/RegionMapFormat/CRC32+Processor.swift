extension CRC32 {
    /// WebAssembly has no instruction for it.
    mutating func updateCarryless(_ bytes: RawSpan) -> Int { 0 }
}
