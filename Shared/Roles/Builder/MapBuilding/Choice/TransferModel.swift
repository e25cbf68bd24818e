/// The cost of a low throughput, in addition to the time to first byte.
///
/// A transfer over a new connection takes one round trip to connect, one to request, and some more
/// while TCP's window grows from ten segments on (RFC 6928; Cardwell, Savage and Anderson,
/// "Modeling TCP Latency", INFOCOM 2000): the logarithm to the base 2 of its length in windows,
/// five for ``typicalByteCount``. So a transfer takes seven round trips if its first byte takes
/// two, and ranking by either gives the same order, unless a server sends more slowly than the
/// client's own line receives. Such a server costs the difference, of which two sevenths are
/// counted as time to first byte.
package enum TransferModel {
    /// 1 MiB: three quarters of Gentoo's 73,000 distfiles are shorter; their median length is 92
    /// kB, the mean 13.9 MB.
    static let typicalByteCount = 1_048_576.0
    /// The speed of clients' own lines in KiB per second: 100 Mbit/s.
    ///
    /// A faster server helps nobody.
    static let lineKibibytes = 12_207.0
    /// The share of the round trips to the first byte in those of a whole transfer.
    static let firstBytePart = 2.0 / 7

    /// The time that a typical transfer loses at this throughput in KiB per second, as milliseconds
    /// of time to first byte; a whole number, as in maps.
    ///
    /// 0 if the throughput is not known, or is at least that of a line.
    package static func lostMilliseconds(_ kibibytesPerSecond: Int?) -> Double {
        guard let kibibytesPerSecond else { return 0 }
        let rate = max(1, Double(kibibytesPerSecond))
        let kibibytes = typicalByteCount / 1024
        let lost = (kibibytes / rate - kibibytes / lineKibibytes) * 1000 * firstBytePart
        return min(max(0, lost).rounded(), 65_534)
    }
}
