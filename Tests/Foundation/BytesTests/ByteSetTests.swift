import Bytes
import Testing

/// The sets are bitmaps made by hand; here they are listed as in the RFC.
@Suite struct ByteSetTests {
    private static let unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

    @Test(arguments: [
        (ByteSet.unreserved, unreserved),
        (.unreservedOrSlash, unreserved + "/"),
        (.path, unreserved + "/!$&'()*+,;=:@"),
        (.host, unreserved + "!$&'()*+,;=%:[]"),
        (.query, unreserved + "!$&()*+,;=:@/?"),
    ])
    func aSetHoldsWhatTheRFCLists(set: ByteSet, bytes: String) {
        for byte in UInt8.min...UInt8.max {
            #expect(set.contains(byte) == bytes.utf8.contains(byte), "\(byte)")
        }
    }

    @Test func aTargetHasFourBytesThatMeanSomething() {
        for byte in UInt8.min...UInt8.max {
            let expected = byte > 0x20 && byte < 0x7F && !"/%?#".utf8.contains(byte)
            #expect(ByteSet.plainInTarget.contains(byte) == expected, "\(byte)")
        }
    }

    @Test func urlsInHeadersHaveNoCharacterThatCouldEndThem() {
        let refused = Set("\"#?<>\\^`{|}".utf8)
        for byte in UInt8.min...UInt8.max {
            let expected = byte > 0x20 && byte < 0x7F && !refused.contains(byte)
            #expect(ByteSet.safeInHeader.contains(byte) == expected, "\(byte)")
        }
    }
}
