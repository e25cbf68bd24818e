/// What a low throughput costs, beside the time to first byte.
///
/// A transfer over a new connection takes a round trip to connect, one to ask, and some more while
/// TCP's window grows from ten segments on (RFC 6928; Cardwell, Savage and Anderson, "Modeling TCP
/// Latency", INFOCOM 2000): log2 of the windows that it has, five for ``typicalByteCount``. So a
/// transfer takes seven round trips where its first byte takes two, and ranking by either gives the
/// same order: as long as no server sends slower than the client's own line takes. One that does
/// costs the difference. Counted as time to first byte that is two sevenths of it.
package enum TransferModel {
    /// 1 MiB: three of four of Gentoo's 73,000 distfiles are shorter; their median has 92 kB, their
    /// mean 13.9 MB.
    static let typicalByteCount = 1_048_576.0
    /// What clients' own lines take, in KiB a second: 100 Mbit/s. To be faster helps nobody.
    static let lineKibibytes = 12_207.0
    /// Round trips to the first byte, of those of a whole transfer.
    static let firstBytePart = 2.0 / 7

    /// The time that a typical transfer loses at a throughput of so many KiB a second, as
    /// milliseconds of the time to first byte; whole, as maps have it. 0 where it is not known, or
    /// no less than a line.
    package static func lostMilliseconds(_ kibibytesPerSecond: Int?) -> Double {
        guard let kibibytesPerSecond else { return 0 }
        let rate = max(1, Double(kibibytesPerSecond))
        let kibibytes = typicalByteCount / 1024
        let lost = (kibibytes / rate - kibibytes / lineKibibytes) * 1000 * firstBytePart
        return min(max(0, lost).rounded(), 65_534)
    }
}
