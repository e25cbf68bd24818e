import CChecksum

extension CRC32 {
    /// Processes 16 bytes per step by carry-less multiplication, and returns how many it has
    /// processed: 0 if the processor lacks it.
    ///
    /// Asking the processor takes a microsecond in a virtual machine, so short inputs do without.
    mutating func updateCarryless(_ bytes: RawSpan) -> Int {
        guard bytes.byteCount >= Self.tablesPayOff, Self.isCarryless else { return 0 }
        let byteCount = bytes.byteCount & ~15
        state = unsafe bytes.withUnsafeBytes { [state] buffer in
            unsafe carryless_crc32(state, buffer.baseAddress, byteCount)
        }
        return byteCount
    }

    private static let isCarryless = has_carryless_crc32() != 0
}
