import Foundation
import HealthFormat
import Histories
import Mirrors
import ObjectStorage
import SampleDeployment
import TestSupport
import Testing
import Time

/// Pages stay small at the size of Gentoo's mirror list.
@Suite struct PageSizeTests {
    /// Gentoo's mirrors by their real names, one in six with a problem, over 92 days; each was down
    /// on one day in ten.
    private func gentoo() throws -> Deployment {
        let text = String(decoding: try Fixture.gentooMirrorList(), as: UTF8.self)
        var deployment = try Deployment()
        let end = Timestamp.now.advanced(bySeconds: -600).secondsSinceEpoch / 3600
        var history = History(beginningAt: (end - Int64(History.hourLimit)) / 24 * 24)
        var random = SeededGenerator(seed: 7)
        var ids: [Mirror.ID] = []
        var group = (country: CountryCode("DE"), region: "europe")
        for line in text.split(separator: "\n") {
            if let country = line.text(between: "country=\"", and: "\"") {
                group.country = CountryCode(country)
                let region = line.text(between: "region=\"", and: "\"") ?? ""
                group.region = region.lowercased().replacingOccurrences(of: " ", with: "-")
            }
            guard let name = line.text(between: "<name>", and: "</name>") else { continue }
            let number = ids.count
            ids.append("mirror-\(number).example.org")
            try deployment.add(
                ids[number],
                name: name.replacingOccurrences(of: "&amp;", with: "&"),
                country: group.country,
                region: group.region,
                status: number % 30 == 7 ? .down(.timedOut) : nil,
                outcome: { file in number % 8 == 3 && file % 10 == 9 ? .absent : .present }
            )
        }
        var outages: [AccessPoint.ID: Int] = [:]
        while history.endHour < end {
            let hour = Int(history.endHour % 24)
            if hour == 0 {
                outages = [:]
                for id in ids where Int.random(in: 0..<10, using: &random) == 0 {
                    outages["\(id)-https"] = Int.random(in: 0..<24, using: &random)
                }
            }
            var minutes: [AccessPoint.ID: UInt8] = [:]
            for id in ids.map({ "\($0)-https" }) {
                let isDown = outages[id].map { ($0...$0 + 4).contains(hour) } ?? false
                minutes[id] = isDown ? 0 : 60
            }
            history.append(minutes)
            guard history.endHour % 24 == 0 else { continue }
            var samples: [Mirror.ID: History.Sample] = [:]
            for (number, id) in ids.enumerated() {
                samples[id] = .init(
                    completeness: number % 8 == 3 ? .random(in: 0.9...1, using: &random) : 1,
                    lagSeconds: number % 8 == 3 ? .random(in: 0...300_000, using: &random) : 0
                )
            }
            history.note(samples)
        }
        try deployment.store.put(BlobKey(History.key), history.encoded())
        return deployment
    }

    /// The length of a page after `gzip -9`.
    private func zippedCount(_ page: String) throws -> Int {
        let folder = try TemporaryFolder("page-size")
        try folder.write(page, to: "page")
        let gzip = FunctionBinary("/usr/bin/gzip", environment: [:])
        #expect(try gzip.run(arguments: ["-9", folder.appending("page")]).isSuccess)
        let values = try FileManager.default.attributesOfItem(atPath: folder.appending("page.gz"))
        return try #require(values[.size] as? Int)
    }

    @Test func theIndexOfGentoosMirrorsTakes150KBAnd15Zipped() throws {
        let deployment = try gentoo()
        try deployment.render()
        let index = try deployment.page("index.html")
        #expect(index.split(separator: "class=\"strip\"").count > 150, "strips of all mirrors")
        #expect(index.utf8.count <= 150_000, "\(index.utf8.count) bytes")
        let zipped = try zippedCount(index)
        #expect(zipped <= 15_000, "\(zipped) bytes")
        let page = try deployment.page("m/mirror-3.example.org.html")
        #expect(page.contains("Days with an outage"))
        #expect(page.contains("Complete and behind, by day"))
        #expect(page.utf8.count <= 30_000, "\(page.utf8.count) bytes")
        for picture in page.split(separator: "<svg ").dropFirst() {
            let count = picture.components(separatedBy: "</svg>")[0].utf8.count
            #expect(count <= 6000, "a picture of \(count) bytes")
        }
        try deployment.checkPages()
    }
}

extension Substring {
    /// The text between two marks; nil if they do not occur.
    fileprivate func text(between start: String, and end: String) -> String? {
        let parts = components(separatedBy: start)
        guard parts.count > 1 else { return nil }
        return parts[1].components(separatedBy: end).first
    }
}
