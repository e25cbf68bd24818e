import FileDetailsFormat
import RegionMapFormat
import Testing

/// Expects the named defects of both tables; `fault` opens bytes and returns the error.
func expectNamedDefects(
    of bytes: [UInt8],
    _ fault: ([UInt8]) -> PathTableError.Fault?
) throws {
    func error(_ change: (inout [UInt8]) -> Void) -> PathTableError.Fault? {
        var changed = bytes
        change(&changed)
        return fault(changed)
    }
    let count = bytes.count
    #expect(error { $0[0] = 0 } == .wrongMagic)
    #expect(error { $0 = [] } == .wrongMagic)
    #expect(error { $0 = Array($0[..<21]) } == .wrongByteCount(expected: 64, actual: 21))
    #expect(
        error { $0.removeLast() } == .wrongByteCount(expected: UInt64(count), actual: count - 1)
    )
    #expect(error { $0.append(0) } == .wrongByteCount(expected: UInt64(count), actual: count + 1))
    guard case .headerChecksumMismatch = error({ $0[9] ^= 1 }) else {
        Issue.record("a header's bit")
        return
    }
    guard case .bodyChecksumMismatch = error({ $0[100] ^= 1 }) else {
        Issue.record("a body's bit")
        return
    }
    let newer = error { bytes in
        bytes[4] = 2
        var checksum = CRC32()
        unsafe checksum.update(bytes.span.bytes.extracting(0..<60))
        for byte in 0..<4 {
            bytes[60 + byte] = UInt8(truncatingIfNeeded: checksum.value >> (8 * UInt32(byte)))
        }
    }
    #expect(newer == .unsupportedVersion(2, newestSupported: 1))
}

@Suite struct PathTableErrorTests {
    /// Each sentence names its table, and those about which an operator can do something say what.
    @Test func sentencesNameTheTableAndTheRemedy() {
        #expect(
            PathTableError(.folderNames, .unsupportedVersion(2, newestSupported: 1)).description
                == "folder names in version 2, this program reads up to 1: deploy a newer release"
        )
        #expect(
            PathTableError(.fileDetails, .bodyChecksumMismatch(expected: 1, actual: 2)).description
                == "the file details are damaged: CRC-32 1, found 2; fetch or build them again"
        )
    }
}
