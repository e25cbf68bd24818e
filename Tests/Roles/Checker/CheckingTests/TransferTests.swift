import Catalogs
import CheckStates
import Checking
import Mirrors
import Testing
import Time

/// What a transfer says about a server, and which file is transferred.
@Suite struct TransferTests {
    /// The time at a server with a given rate in bytes per second and round trip in seconds: first
    /// what the window permits until it is open, then the rest at the rate.
    private static func seconds(of byteCount: Double, rate: Double, trip: Double) -> Double {
        var (sent, window, seconds) = (14_600.0, 14_600.0, 0.0)
        while sent < byteCount {
            window *= 2
            if window >= rate * trip { return seconds + (byteCount - sent) / rate }
            seconds += trip
            sent += window
        }
        return seconds
    }

    @Test(
        arguments: [65_536, 1_000_000, 4_000_000, 12_500_000],
        [0.001, 0.01, 0.05, 0.15]
    )
    func theDistanceIsNotTheServersFault(rate: Double, trip: Double) {
        let byteCount = 4 << 20
        let seconds = Self.seconds(of: Double(byteCount), rate: rate, trip: trip)
        let transfer = Transfer(
            byteCount: UInt64(byteCount),
            seconds: seconds,
            roundTripSeconds: trip
        )
        // Beyond the speed of a client's line the rate does not matter.
        let ratio = Double(min(transfer.kibibytesPerSecond, 12_207)) / (rate / 1024)
        #expect(ratio > 0.8 && ratio < 2.5, "\(ratio)")
    }

    @Test func aDistanceWithoutARateIsNoSlowness() {
        // 4 MiB at 200 ms from a gigabit server: nearly all of it is slow start.
        let transfer = Transfer(byteCount: 4 << 20, seconds: 1.6, roundTripSeconds: 0.2)
        #expect(transfer.kibibytesPerSecond > 12_207)
        #expect(Transfer(byteCount: 4 << 20, seconds: 1.6).kibibytesPerSecond == 2_560)
    }

    @Test(
        arguments: [
            (0, 10.0, 0.01, 1), (1, 0.0, nil, 1), (1 << 40, 0.0, 0.0, 1_048_576), (5, 10, 99, 1),
        ] as [(UInt64, Double, Double?, Int)]
    )
    func everyTransferIsSomeRate(bytes: UInt64, seconds: Double, trip: Double?, rate: Int) {
        let transfer = Transfer(byteCount: bytes, seconds: seconds, roundTripSeconds: trip)
        #expect(transfer.kibibytesPerSecond == rate)
    }

    /// Sizes in KiB, which of them is taken, and how much of it.
    @Test(
        arguments: [
            ([100, 300, 4_096, 5_000], 2, 4_096), ([300, 4_097], 0, 300),
            ([100, 9_000, 8_000], 2, 4_096), ([100, 255], nil, 0), ([], nil, 0),
        ] as [([UInt64], UInt32?, UInt64)]
    )
    func takesTheLargestProvenFileThatIsNotLarge(sizes: [UInt64], file: UInt32?, kibibytes: UInt64)
    {
        var (catalog, state) = (Catalog(generation: 3), CheckState.make())
        for (index, size) in sizes.enumerated() {
            catalog.append(.make("f\(index)", byteCount: size * 1024))
            state[FileID(UInt32(index))] = .make(.present, askedSecondsAgo: 60)
        }
        let found = state.sampleFile(in: catalog)
        #expect(found?.id.rawValue == file)
        #expect(found?.byteCount ?? 0 == kibibytes * 1024)
        for index in sizes.indices {
            state[FileID(UInt32(index))] = .make(.absent, askedSecondsAgo: 60)
        }
        #expect(state.sampleFile(in: catalog) == nil)
    }
}
