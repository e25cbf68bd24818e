import Foundation
import HealthFormat
import Mirrors
import RegionMapFormat
import TestSupport
import Testing
import Time

@Suite struct HealthBlobTests {
    let now = HealthFixture.now

    /// `WRITE_FIXTURES=1 swift test --filter writesTheGoldenHealth`; a change of these bytes is one
    /// of the format.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["WRITE_FIXTURES"] != nil))
    func writesTheGoldenHealth() throws {
        let path = "\(Repository.root)/Tests/Fixtures/\(HealthFixture.name)"
        try Data(HealthFixture.golden.encoded()).write(to: URL(fileURLWithPath: path))
    }

    /// A writer that changes these bytes needs a new version.
    @Test func theGoldenFileIsWhatIsWritten() throws {
        #expect(try HealthFixture.goldenBytes() == HealthFixture.golden.encoded())
    }

    @Test func theSpecificationShowsTheGoldenFile() throws {
        let dump = Hexdump.text(of: try HealthFixture.goldenBytes())
        let page = try String(
            contentsOfFile: "\(Repository.root)/Shared/Formats/HealthFormat/FORMAT.md",
            encoding: .utf8
        )
        #expect(page.contains(dump), "FORMAT.md lacks\n\(dump)")
    }

    @Test func whatWasWrittenIsRead() throws {
        #expect(try Health(decoding: HealthFixture.goldenBytes()) == HealthFixture.golden)
        #expect(try Health(decoding: Health().encoded()) == Health())
    }

    @Test(arguments: Outage.all)
    func everyOutageIsReadAsItWasWritten(outage: Outage) throws {
        var health = Health()
        health.probedAt = now
        health.statuses["m"] = Health.Status(outage: outage, since: now, checkedAt: now)
        #expect(try Health(decoding: health.encoded()) == health)
    }

    @Test func theEndOfACertificateIsReadAsItWasWritten() throws {
        var health = Health()
        health.probedAt = now
        health.statuses["m"] = Health.Status(
            since: now,
            checkedAt: now,
            certificateEnd: now.advanced(bySeconds: 86_400)
        )
        health.statuses["n"] = Health.Status(since: now, checkedAt: now)
        #expect(try Health(decoding: health.encoded()) == health)
        var rendered = try Health(json: health.json(at: now))
        rendered.writtenAt = health.writtenAt
        #expect(rendered == health)
    }

    @Test(arguments: DoubtReason.allCases)
    func everyDoubtIsReadAsItWasWritten(reason: DoubtReason) throws {
        var health = Health()
        let evidence = (0..<64).map {
            Health.Evidence(fileID: UInt32($0) << 26, outage: Outage.all[$0 % Outage.all.count])
        }
        health.doubts["m"] = Health.Doubt(
            reason: reason,
            since: now,
            scope: .whole,
            evidence: evidence
        )
        #expect(try Health(decoding: health.encoded()) == health)
    }

    /// A probe writes its own section; others keep their bytes, even if a newer program wrote
    /// longer records or sections that this one does not know.
    @Test func sectionsThatNobodyTouchedKeepTheirBytes() throws {
        let newer = try HandMadeHealth(of: HealthFixture.goldenBytes())
            .appending(section: 77, [1, 2, 3])
            .lengtheningRecords(of: 2, by: [0xAA, 0xBB])
            .bytes()
        var health = try Health(decoding: newer)
        #expect(health.doubts == HealthFixture.golden.doubts)
        health.statuses["b-http"]?.outage = nil
        let sections = HandMadeHealth(of: health.encoded()).sections
        let before = HandMadeHealth(of: newer).sections
        #expect(sections.map(\.kind) == [1, 2, 3, 77])
        #expect(sections[0].bytes != before[0].bytes)
        #expect(sections[1...].map(\.bytes) == before[1...].map(\.bytes))
    }

    /// Access points in random order and number: each is found, and no others.
    @Test func everyAccessPointIsFound() throws {
        var health = Health()
        health.probedAt = now
        for number in 0..<450 {
            let outage: Outage? = number % 3 == 0 ? .status(UInt16(400 + number)) : nil
            health.statuses["mirror\(number).example-https"] = Health.Status(
                outage: outage,
                since: now.advanced(bySeconds: Int64(-number)),
                checkedAt: now,
                latencyMilliseconds: Int64(number)
            )
        }
        let bytes = health.encoded()
        #expect(try Health(decoding: bytes) == health)
        let view = try unsafe HealthView(bytes.span.bytes)
        let section = view.availability
        var foundCount = 0
        for number in 0..<450 {
            let id = Array("mirror\(number).example-https".utf8)
            guard let index = unsafe section.index(of: id.span.bytes) else { continue }
            foundCount += 1
            let record = section.availability(at: index)
            #expect(record.latencyMilliseconds == UInt16(number))
            #expect(record.outage?.status == (number % 3 == 0 ? UInt16(400 + number) : nil))
        }
        #expect(foundCount == 450)
        for other in ["", "mirror450.example-https", "mirror0.example-http"] {
            let index = unsafe section.index(of: Array(other.utf8).span.bytes)
            #expect(index == nil)
        }
        // 450 access points of usual names take some 28 KiB.
        #expect(bytes.count < 32 * 1024)
    }

    @Test func timesBeyondTheFormatAreCut() throws {
        var health = Health()
        health.probedAt = now
        health.statuses["m"] = Health.Status(
            since: Timestamp(secondsSinceEpoch: -5),
            checkedAt: Timestamp(secondsSinceEpoch: 1 << 40),
            latencyMilliseconds: 1 << 40
        )
        let status = try #require(try Health(decoding: health.encoded()).statuses["m"])
        #expect(status.since.secondsSinceEpoch == 0)
        #expect(status.checkedAt.secondsSinceEpoch == Int64(UInt32.max))
        #expect(status.latencyMilliseconds == 65_534)
    }

    /// More than 64 KiB of filters: the largest become doubts of the whole, and no more than
    /// needed.
    @Test func theLargestFiltersAreWidened() throws {
        var health = Health()
        for (number, pathCount) in [40_000, 1000, 30_000, 10].enumerated() {
            let hashes = (0..<pathCount).map { PathFilter.hash(of: Array("\($0)".utf8)[...]) }
            health.doubts["m\(number)"] = Health.Doubt(
                reason: .lost,
                since: now,
                scope: .paths(PathFilter(hashes: hashes))
            )
        }
        let read = try Health(decoding: health.encoded())
        #expect(read.doubts.filter { $0.value.scope == .whole }.keys.sorted() == ["m0"])
        #expect(read.doubts["m2"] == health.doubts["m2"])
        #expect(health.encoded().count < 72 * 1024)
    }
}

extension Outage {
    static let all: [Outage] = [
        .refused, .timedOut, .noSuchHost, .unroutable, .closed, .tls, .certificate, .malformed,
        .redirect, .status(404), .wrongLength, .notItself, .unverified, .other,
    ]
}
