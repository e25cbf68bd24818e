import CheckStates
import Events
import Foundation
import HealthFormat
import JSON
import Mirrors
import ObjectStorage
import RunRecords
import SampleDeployment
import StatusFacts
import StatusPages
import Testing
import TestSupport
import Time

@Suite struct StatusPublicationTests {
    /// A deployment with a mirror of each kind, with events and run records.
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        try deployment.publish(["distfiles/0/new"], hours: 40)
        try deployment.add("perfect.example")
        try deployment.add("down.example", status: .down(.timedOut))
        try deployment.add("links.example") { $0 % 10 == 9 ? .absent : .present }
        try deployment.add("wrong.example") { $0 % 20 == 3 ? .altered : .present }
        try deployment.add("stale.example") { $0 % 20 == 3 ? .stale : .present }
        try deployment.add("empty.example") { _ in .absent }
        try deployment.add("behind.example") { $0 < 100 ? .present : .absent }
        try deployment.add("disabled.example", isEnabled: false)
        try deployment.add("evil_<b>&\"'".lowercased().filter { $0.isLetter }, outcome: nil)
        try deployment.store.note(.leader) { _ in
            RunRecord(.leader, program: "1", startedAt: .now, endedAt: .now, intervalSeconds: 600)
        }
        try deployment.store.note(.builder) { _ in
            RunRecord(
                .builder,
                program: "1",
                startedAt: .ago(hours: 2),
                endedAt: .ago(hours: 2),
                intervalSeconds: 60
            )
        }
        deployment.store.append([
            Event(
                .down,
                "down.example-https",
                at: .ago(hours: 3),
                by: "checker-probe",
                is: "timeout"
            ),
            Event(.up, "links.example-https", at: .ago(hours: 30), by: "checker-probe"),
            Event(.up, "links.example-https", at: .ago(hours: 30), by: "checker-probe"),
            Event(.published, "2", at: .ago(hours: 40), by: "leader", text: "added=1 <b>&"),
            Event(
                .command,
                "down.example",
                at: .ago(hours: 1),
                by: "mirrors",
                text: "ada: disable"
            ),
        ])
        return deployment
    }

    @Test func everyMirrorHasItsPageAndItsLists() throws {
        let deployment = try deployment()
        try deployment.render()
        let index = try deployment.page("index.html")
        #expect(index.contains("Problems now (7)"))
        #expect(index.contains("m/down.example.html"))
        #expect(try deployment.page("m/perfect.example.html").contains("● in use"))
        #expect(try deployment.page("m/down.example.html").contains("no answer in time"))
        let list = try deployment.page("m/links.example.missing.txt")
        #expect(list.hasPrefix("# 10 absent: all symlinks"))
        #expect(list.split(separator: "\n").count == 11)
        #expect(try deployment.page("m/wrong.example.wrong.tsv").split(separator: "\n").count == 6)
        let stale = try deployment.page("m/stale.example.html")
        #expect(
            stale.contains("stale: as before the last change") && !stale.contains("another length")
        )
        #expect(try deployment.page("m/perfect.example.missing.txt").isEmpty)
        #expect(try deployment.page("m/behind.example.svg").contains("behind"))
        #expect(try deployment.page("events.html").contains("down.example-https"))
        for page in ["index.html", "spread.html"] {
            #expect(try deployment.page(page).contains("<title id=\"spread-title\">"))
        }
    }

    /// The text as lynx shows it, without the style sheet's blocks.
    @Test func wordsStandApartInATextBrowser() throws {
        let deployment = try deployment()
        try deployment.render()
        let text = try deployment.page("index.html")
            .replacingOccurrences(of: "<[^>]*>", with: "", options: .regularExpression)
        // The state occurs only once.
        let line = "down.example down.example, DE ▲ down no answer in time"
        #expect(text.contains(line))
        let row = try #require(text.split(separator: "\n").first { $0.contains(line) })
        #expect(row.split(separator: "▲").count == 2, "\(row)")
        #expect(text.contains(" / 8 mirrors up"))
    }

    /// HTML by html5lib, links, Atom, JSON by its schema, contrasts and labels: see the script.
    @Test func pagesAreValid() throws {
        let deployment = try deployment()
        try deployment.render()
        try deployment.checkPages()
    }

    /// The status and an example help its administrators find the filter.
    @Test func whatARefusingMirrorAnswersStandsOnItsPage() throws {
        var deployment = try Deployment()
        try deployment.add("closed.example") { _ in .refused }
        var answers = AnswerTally()
        answers.add("403", count: 57)
        for number in 0..<3 { answers.add("403", path: "distfiles/0/file-\(number)") }
        let line = CheckRecord.Line(
            id: "closed.example-https",
            at: .ago(hours: 1),
            askedCount: 60,
            leftCount: 40,
            answers: answers
        )
        try deployment.store.put(
            BlobKey("runs/checker/0.json"),
            CheckRecord(
                slot: "0",
                startedAt: .ago(hours: 1),
                endedAt: .ago(hours: 1),
                ending: "nothing due",
                generation: 1,
                lines: [line]
            ).json.serialized()
        )
        try deployment.render()
        let page = try deployment.page("m/closed.example.html")
        #expect(page.contains("60 asked, 40 left; 60 × 403"))
        #expect(page.contains("<span class=\"state bad\">▲ refuses us</span> since "))
        #expect(!page.contains("● up"))
    }

    /// The number of yesterday stays the same while today's grows.
    @Test func aMirrorReadsHowOftenItWasAskedYesterday() throws {
        var deployment = try deployment()
        try deployment.add("asked.example")
        let today = Timestamp.now.secondsSinceEpoch / 86_400
        func page(of count: Int) throws -> String {
            let visits = Visits(day: today, count: count, earlierCount: 1_440)
            let line = CheckRecord.Line(id: "asked.example-https", at: .now, visits: visits)
            let record = CheckRecord(
                slot: "0",
                startedAt: .ago(hours: 1),
                endedAt: .now,
                ending: "nothing due",
                generation: 1,
                lines: [line]
            )
            try deployment.store.put(BlobKey(record.key), record.json.serialized())
            try deployment.render()
            return try deployment.page("m/asked.example.html")
        }
        let first = try page(of: 3)
        #expect(
            first.contains("<code>https://asked.example/</code>: 1,440, one every 60 s on average")
        )
        #expect(try page(of: 33) == first)
    }

    @Test func metricsAreWhatPrometheusReads() throws {
        var deployment = try deployment()
        let end = Timestamp.now.advanced(bySeconds: 6 * 86_400)
        try deployment.add(
            "ending.example",
            status: Health.Status(since: .ago(hours: 50), checkedAt: .now, certificateEnd: end)
        )
        try deployment.render()
        let text = try deployment.page("metrics.prom")
        #expect(text.contains(#"redirector_mirror_state{mirror="down.example",state="down"} 1"#))
        #expect(text.contains(#"redirector_run_interval_seconds{function="leader",region=""} 600"#))
        let certificate = "redirector_mirror_certificate_end_timestamp_seconds"
        #expect(
            text.contains("\(certificate){mirror=\"ending.example\"} \(end.secondsSinceEpoch)\n")
        )
        let promtool = FunctionBinary("/usr/bin/promtool", environment: [:])
        let result = try promtool.run(text, arguments: ["check", "metrics"])
        #expect(result.isSuccess, "\(result)")
    }

    @Test func nothingIsWrittenWhereNothingChanged() throws {
        let deployment = try deployment()
        try deployment.render()
        // Times and ages occur only in index.html, status.json, metrics.prom and mirmon.state.
        let figures = try deployment.render(now: .now.advanced(bySeconds: 30))
        #expect(figures["written"] == 4, "\(figures)")
        let count = deployment.store.writeCount
        try deployment.render(now: .now.advanced(bySeconds: 30))
        #expect(deployment.store.writeCount == count)
    }

    @Test func theSameFactsGiveTheSameBytes() throws {
        let (first, second) = (try deployment(), try deployment())
        try first.render()
        try second.render()
        for entry in first.store.entries(prefix: "status/") {
            #expect(first.store.get(entry.key)?.bytes == second.store.get(entry.key)?.bytes)
        }
    }

    @Test func whatIsGoneIsRemovedAndWhatWasLostIsWrittenAgain() throws {
        let deployment = try deployment()
        try deployment.render()
        let old = try BlobKey("status/m/gone.example.html")
        try deployment.store.put(old, [1])
        deployment.store.delete(try BlobKey("status/spread.html"))
        let figures = try deployment.render()
        #expect(figures["removed"] == 1)
        #expect(deployment.store.get(old) == nil)
        #expect(try deployment.page("spread.html").isEmpty == false)
    }

    /// However many of the writes succeed, every link of a page leads somewhere.
    @Test func killedAnywhereItLeavesWholePagesAndNoDanglingLink() throws {
        let whole = try deployment()
        try whole.render()
        let total = whole.store.writeCount
        for survivors in stride(from: 1, to: total, by: 3) {
            let deployment = try deployment()
            let before = deployment.store.writeCount
            let dying = DyingStore(deployment.store, after: survivors)
            let publication = StatusPublication(
                store: dying,
                settings: StatusSettings(),
                now: .now
            )
            _ = try? publication.run()
            guard deployment.store.writeCount > before else { continue }
            let names = Set(
                deployment.store.entries(prefix: "status/").map { $0.key.text.dropFirst(7) }
            )
            guard names.contains("index.html") else { continue }
            for link in try deployment.page("index.html").links {
                #expect(names.contains(link[...]), "\(link) after \(survivors)")
            }
        }
    }

    @Test func operatorsStandOnNoPage() throws {
        let deployment = try deployment()
        try deployment.render()
        for entry in deployment.store.entries(prefix: "status/") {
            let text = String(decoding: deployment.store.get(entry.key)?.bytes ?? [], as: UTF8.self)
            #expect(!text.contains("ada: disable"), "\(entry.key)")
        }
    }

    @Test func whatAForeignerWroteIsNoMarkup() throws {
        let deployment = try deployment()
        let point = AccessPoint(id: "x-https", scheme: .https, baseURL: "https://x.example/")
        let mirror = Mirror(
            id: "x",
            name: "<script>alert(1)</script>\u{202E}&\"'\u{1B}",
            country: try #require(CountryCode("DE")),
            region: "europe",
            accessPoints: [point]
        )
        try deployment.store.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: [mirror]).json.serialized()
        )
        try deployment.render()
        for name in ["index.html", "m/x.html", "m/x.atom", "m/x.svg", "events.html"] {
            let text = try deployment.page(name)
            #expect(!text.isEmpty)
            #expect(!text.contains("<script"))
            #expect(!text.contains("<b>&"))
            #expect(!text.unicodeScalars.contains { $0.value == 0x202E || $0.value == 0x1B })
        }
    }

    @Test func anEmptyStoreHasPagesToo() throws {
        let store = InMemoryStore()
        _ = try StatusPublication(store: store, settings: StatusSettings(), now: .now).run()
        let index = try #require(store.get(BlobKey("status/index.html")))
        #expect(String(decoding: index.bytes, as: UTF8.self).contains("fallback host"))
    }

    @Test func showsOneMirrorsFactsAndWritesNothing() throws {
        let deployment = try deployment()
        let count = deployment.store.writeCount
        let publication = StatusPublication(
            store: deployment.store,
            settings: StatusSettings(),
            now: .now
        )
        let facts = try #require(try publication.facts(of: "links.example"))
        #expect(facts.description.contains(#""kind":"symlinks""#))
        #expect(try publication.facts(of: "nobody") == nil)
        #expect(deployment.store.writeCount == count)
    }
}

extension String {
    /// The targets of its relative links.
    fileprivate var links: [String] {
        split(separator: "href=\"").dropFirst().compactMap { rest in
            let link = rest.prefix { $0 != "\"" && $0 != "#" }
            return link.isEmpty || link.contains(":") ? nil : String(link)
        }
    }
}

/// A store that accepts a number of writes and refuses all later ones, as if its writer were
/// killed.
private struct DyingStore: BlobStore {
    private let store: InMemoryStore
    private let limit: Int

    init(_ store: InMemoryStore, after count: Int) {
        self.store = store
        limit = store.writeCount + count
    }

    func get(_ key: BlobKey) throws(StorageError) -> Blob? { store.get(key) }

    func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) throws(StorageError) -> ChangedBlob {
        store.get(key, ifChangedFrom: tag)
    }

    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        guard store.writeCount < limit else { throw .conditionFailed(key: key.text) }
        return try store.put(key, bytes, if: condition)
    }

    func delete(_ key: BlobKey) throws(StorageError) {
        guard store.writeCount < limit else { throw .conditionFailed(key: key.text) }
        store.delete(key)
    }

    func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        store.entries(prefix: prefix)
    }
}
