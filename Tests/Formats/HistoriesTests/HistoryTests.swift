import BlobFormat
import TestSupport
import Testing
import Time

@testable import Histories

@Suite struct HistoryTests {
    /// A history of two URLs over some days, with an outage and a publication.
    private func sample() -> History {
        var history = History(beginningAt: 24 * 20_000 + 5)
        for hour in 0..<60 {
            history.append(["a-https": hour % 7 == 3 ? 12 : 60, "b-https": 60])
        }
        history.note(["a": .init(completeness: 0.9999, lagSeconds: 5000)])
        history.note([
            .init(at: Timestamp(secondsSinceEpoch: 1_728_000_500), fileCount: 3, mirrorCount: 9) {
                $0 > 3600 ? nil : 0.5
            }
        ])
        return history
    }

    @Test func whatIsWrittenIsRead() throws {
        let history = sample()
        let blob = history.encoded()
        #expect(try History(decoding: blob) == history)
        #expect(try History(decoding: blob).encoded() == blob)
        #expect(history.endDay == 20_002)
        let empty = History(beginningAt: 7)
        #expect(try History(decoding: empty.encoded()) == empty)
    }

    @Test func everyDamagedBlobIsRefusedByName() throws {
        let blob = sample().encoded()
        for count in blob.indices {
            #expect(throws: HistoryError.self) { try History(decoding: Array(blob[..<count])) }
        }
        for index in blob.indices {
            var damaged = blob
            damaged[index] ^= 0x10
            #expect(throws: HistoryError.self, "byte \(index)") {
                try History(decoding: damaged)
            }
        }
        #expect(throws: HistoryError.unreadable(.trailingBytes(count: 1))) {
            try History(decoding: blob + [0])
        }
        let error = #expect(throws: HistoryError.self) {
            try History(decoding: Array(blob.dropLast()))
        }
        #expect("\(try #require(error))".contains("storage rm history/mirrors"))
    }

    /// Contents with a right seal that no writer produces.
    @Test(
        arguments: [
            // More access points than readers accept.
            [1, 0x81, 0x80, 0x01],
            // An hour of 62 minutes.
            [1, 1, 1, 0x61, 1, 1, 62],
            // An empty run, which would never end.
            [1, 1, 1, 0x61, 1, 0, 60],
            // A run that is longer than its row.
            [1, 1, 1, 0x61, 1, 2, 60],
            // More hours than 92 days have.
            [1, 1, 1, 0x61, 0xA1, 0x11],
            // A day of more than the whole.
            [1, 1, 1, 0x61, 0, 1, 1, 0xEA, 0x07],
            // A share of more than the whole.
            [1, 0, 0, 1, 1, 1, 1, 202, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            // Bytes after the end.
            [1, 0, 0, 0, 9],
            // A publication without its shares.
            [1, 0, 0, 1, 1, 1, 1, 200],
        ] as [[UInt8]]
    )
    func contentThatNoWriterMakesIsRefused(content: [UInt8]) {
        let type = BlobType(magic: "RHIS", version: 1, contentLimit: 1 << 20)
        #expect(throws: HistoryError.self) {
            try History(decoding: type.sealed(content, compression: .none))
        }
    }

    @Test func anotherVersionIsRefused() {
        let blob = BlobType(magic: "RHIS", version: 2, contentLimit: 1 << 20).sealed([1, 0, 0, 0])
        #expect(
            throws: HistoryError.unreadable(.unsupportedVersion(2, newestSupported: 1))
        ) { try History(decoding: blob) }
    }

    @Test func aDayIsWhatItsKnownHoursWere() {
        var history = History(beginningAt: 0)
        // It is known from the sixth hour on, and down for half an hour of the 18 known ones.
        for hour in 0..<24 {
            history.append(hour < 6 ? [:] : ["a": hour == 9 ? 30 : 60])
        }
        #expect(history.days(of: ["a"], count: 2) == [nil, 972])
        #expect(history.hours(of: ["a"], count: 20)[..<4] == [nil, nil, 60, 60])
        #expect(history.uptime(of: ["a"], days: 1) == 1050.0 / 1080)
        // With one minute of a day down, the day does not count as wholly up.
        for hour in 0..<24 { history.append(["a": hour == 0 ? 59 : 60]) }
        #expect(history.days(of: ["a"], count: 1) == [999])
    }

    @Test func ofSeveralAddressesTheBestCounts() {
        var history = History(beginningAt: 0)
        for hour in 0..<24 {
            history.append(["a-http": hour < 12 ? 60 : 0, "a-https": hour < 12 ? 0 : 60])
        }
        #expect(history.uptime(of: ["a-http", "a-https"], days: 1) == 1)
        #expect(history.uptime(of: ["a-http"], days: 1) == 0.5)
        #expect(history.uptime(of: ["b"], days: 1) == nil)
    }

    @Test func whatIsOldIsForgottenAndWhoIsGoneAtLast() {
        var history = History(beginningAt: 0)
        history.append(["gone": 60])
        for _ in 0..<(400 * 24) {
            history.append(["stays": 60])
            if history.endHour % 24 == 0 {
                history.note(["stays": .init(completeness: 1, lagSeconds: 0)])
            }
        }
        #expect(history.points.keys.sorted() == ["gone", "stays"])
        for _ in 0..<24 { history.append(["stays": 60]) }
        #expect(history.points.keys.sorted() == ["stays"])
        #expect(history.points["stays"]?.hours.count == History.hourLimit)
        #expect(history.points["stays"]?.days.count == History.dayLimit)
        #expect(history.mirrors["stays"]?.completeness.count == History.dayLimit)
    }

    @Test func completenessAndLagAreOfTheEndOfADay() {
        var history = History(beginningAt: 0)
        for _ in 0..<48 { history.append(["a-https": 60]) }
        history.note(["a": .init(completeness: 0.99999, lagSeconds: 1800)])
        // If it is noted again, it replaces the previous note.
        history.note(["a": .init(completeness: 0.5, lagSeconds: .max)])
        #expect(history.completeness(of: "a", count: 2) == [nil, 500])
        #expect(history.lag(of: "a", count: 2) == [nil, 65_534])
        for _ in 0..<24 { history.append([:]) }
        #expect(history.completeness(of: "a", count: 3) == [nil, 500, nil])
        history.note(["a": .init(completeness: nil, lagSeconds: nil)])
        #expect(history.lag(of: "a", count: 3) == [nil, 65_534, nil])
    }

    @Test func publicationsAreReplacedByFullerOnesAndForgottenWhenOld() {
        func publication(_ at: Int64, _ mirrors: Int, _ share: Double) -> History.Publication {
            .init(at: Timestamp(secondsSinceEpoch: at), fileCount: 1, mirrorCount: mirrors) { _ in
                share
            }
        }
        var history = History(beginningAt: 0)
        history.note([publication(1000, 9, 0.5)])
        // Some mirrors have forgotten it.
        history.note([publication(1000, 3, 1)])
        #expect(history.publications.map(\.mirrorCount) == [9])
        history.note([publication(1000, 9, 0.75)])
        #expect(history.publications.map { $0.share(afterDelay: 0) } == [0.75])
        history.note((0..<2100).map { publication(400 * 86_400 + 2000 + $0, 9, 1) })
        #expect(history.publications.count == History.publicationLimit)
        let first = Timestamp(secondsSinceEpoch: 400 * 86_400 + 2100)
        #expect(history.publications.first?.at == first)
    }

    /// 446 access points of 170 mirrors: one in ten is down for a while each day, one in fifty
    /// flaps all the time; a third of the mirrors are incomplete and change every few days.
    @Test func gentooOf400DaysTakesLessThan250KB() throws {
        var random = SeededGenerator(seed: 18)
        var history = History(beginningAt: 24 * 20_000)
        for number in 0..<446 {
            let flaps = number % 50 == 0
            var point = History.Point()
            for _ in 0..<History.dayLimit - 92 {
                let isDown = flaps || Int.random(in: 0..<10, using: &random) == 0
                point.days.append(isDown ? .random(in: 600...999, using: &random) : 1000)
            }
            for _ in 0..<92 {
                let isDown = Int.random(in: 0..<10, using: &random) == 0
                let start = isDown ? Int.random(in: 0..<24, using: &random) : 24
                let end = start + Int.random(in: 1...8, using: &random)
                for hour in 0..<24 {
                    let isWhole =
                        flaps ? Bool.random(using: &random) : !(start..<end).contains(hour)
                    point.hours.append(isWhole ? 60 : .random(in: 0...59, using: &random))
                }
                point.days.append(History.share(ofHours: point.hours.suffix(24)))
            }
            history.points["mirror-with-a-name-\(number).example.org-https"] = point
        }
        for number in 0..<170 {
            var site = History.Site()
            var (share, lag): (UInt16, UInt16) = (1000, 0)
            for _ in 0..<History.dayLimit {
                if number % 3 == 0, Int.random(in: 0..<3, using: &random) == 0 {
                    share = .random(in: 900...1000, using: &random)
                    lag = .random(in: 0...1000, using: &random)
                }
                site.completeness.append(share)
                site.lag.append(lag)
            }
            history.mirrors["mirror-with-a-name-\(number).example.org"] = site
        }
        history.note(
            (0..<History.publicationLimit).map { number in
                .init(
                    at: Timestamp(secondsSinceEpoch: 1_728_000_000 + Int64(number) * 17_280),
                    fileCount: Int.random(in: 1...500, using: &random),
                    mirrorCount: 160
                ) { delay in min(1, Double(delay) / .random(in: 3600...200_000, using: &random)) }
            }
        )
        let blob = history.encoded()
        #expect(blob.count <= 250_000, "\(blob.count) bytes")
        #expect(blob.count > 50_000, "\(blob.count) bytes: nothing is left out")
        #expect(try History(decoding: blob) == history)
    }
}
