import Events
import Heartbeats
import Histories
import JSON
import Mirrors
import ObjectStorage
import SampleDeployment
import RunRecords
import StatusPages
import TestSupport
import Testing
import Time

@Suite struct HistoryPagesTests {
    /// Two mirrors whose probe has succeeded again and again for five hours.
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        try deployment.add("steady.example")
        try deployment.add("flaps.example") { $0 < 80 ? .present : .absent }
        try watch(deployment.store, from: .ago(hours: 5), until: .now)
        return deployment
    }

    private func watch(
        _ store: InMemoryStore,
        from start: Timestamp,
        until end: Timestamp
    ) throws {
        var at = start
        while at <= end {
            try store.note(.probe) { previous in
                RunRecord(
                    .probe,
                    program: "1",
                    startedAt: at,
                    endedAt: at,
                    intervalSeconds: 600,
                    after: previous
                )
            }
            at = at.advanced(bySeconds: 600)
        }
    }

    private func history(_ deployment: Deployment) throws -> History {
        let blob = try #require(deployment.store.get(BlobKey(History.key)))
        return try History(decoding: blob.bytes)
    }

    /// No run sees a flap of two minutes, but the history and the pages show it.
    @Test func aFlapBetweenTwoRunsIsInTheHistoryAndOnThePages() throws {
        let deployment = try deployment()
        try deployment.render(now: .ago(hours: 1))
        let down = Timestamp.ago(hours: 1).advanced(bySeconds: -1200)
        deployment.store.append([
            Event(.down, "flaps.example-https", at: down, by: "checker-probe"),
            Event(
                .up,
                "flaps.example-https",
                at: down.advanced(bySeconds: 120),
                by: "checker-probe"
            ),
        ])
        try deployment.render()
        let hours = try history(deployment).hours(of: ["flaps.example-https"], count: 3)
        #expect(hours.compactMap { $0 }.min() == 58, "\(hours)")
        #expect(
            try history(deployment).hours(of: ["steady.example-https"], count: 3) == [60, 60, 60]
        )
        let index = try deployment.page("index.html")
        #expect(index.contains("100 %<svg class=\"strip\""))
        #expect(index.contains("<path class=\"fill-warn\""))
    }

    @Test func theHistoryIsWrittenOnceAnHour() throws {
        let deployment = try deployment()
        try deployment.render()
        let tag = deployment.store.get(try BlobKey(History.key))?.tag
        try deployment.render(now: .now.advanced(bySeconds: 30))
        #expect(deployment.store.get(try BlobKey(History.key))?.tag == tag)
        try watch(deployment.store, from: .now, until: .ago(hours: -1))
        try deployment.render(now: .ago(hours: -1))
        #expect(deployment.store.get(try BlobKey(History.key))?.tag != tag)
    }

    /// A day later the mirrors' pages show it: by day, by address and by month.
    @Test func aDayThatIsOverStandsOnTheMirrorsPage() throws {
        let deployment = try deployment()
        try deployment.render()
        let end = Timestamp.now.advanced(bySeconds: 20 * 3600)
        try watch(deployment.store, from: .now, until: end)
        #expect(try !deployment.page("m/flaps.example.html").contains("Up in 90 days"))
        deployment.store.append([
            Event(.down, "flaps.example-https", at: .now, by: "checker-probe"),
            Event(
                .up,
                "flaps.example-https",
                at: .now.advanced(bySeconds: 900),
                by: "checker-probe"
            ),
        ])
        var later = deployment
        try later.touch(at: end)
        // The day ends some hours after `now`; the first run after its end records how it ended.
        for hours in 1...20 { try later.render(now: .ago(hours: Int64(-hours))) }
        let page = try later.page("m/flaps.example.html")
        #expect(page.contains("<h2>Up in 90 days</h2>"))
        #expect(page.contains("<title id=\"up-title\">Days up</title>"))
        #expect(page.contains("Days with an outage"))
        #expect(page.contains("<td class=\"number\">80.0 %</td>"))
        #expect(page.contains("80.0 % complete at least"))
        #expect(try later.page("m/steady.example.html").contains("No outage in the days"))
        #expect(try history(later).completeness(of: "flaps.example", count: 1) == [800])
        let json = try later.page("m/flaps.example.json")
        #expect(json.contains(#""complete":[null,"#) && json.contains(#",800]"#), "\(json)")
        try later.checkPages()
    }

    @Test(arguments: [0, 20])
    func aDamagedHistoryIsLeftAsItIsAndSaid(byte: Int) throws {
        let deployment = try deployment()
        try deployment.render()
        let key = try BlobKey(History.key)
        var bytes = try #require(deployment.store.get(key)).bytes
        bytes[byte] ^= 1
        try deployment.store.put(key, bytes)
        let notes = RunNotes(author: "status")
        let publication = StatusPublication(
            store: deployment.store,
            settings: StatusSettings(),
            now: .ago(hours: -2)
        )
        _ = try publication.run(notes)
        #expect(deployment.store.get(key)?.bytes == bytes)
        #expect(notes.warnings.count == 1)
        #expect(notes.warnings.first?.contains("storage rm history/mirrors") == true)
        #expect(try deployment.page("index.html").contains("Downloads"))
    }

    /// If two runs at the same time add the same events, they are added once.
    @Test func aRunThatComesSecondAddsNothing() throws {
        let deployment = try deployment()
        try deployment.render(now: .ago(hours: 2))
        try deployment.render()
        let once = try history(deployment)
        try deployment.render()
        #expect(try history(deployment) == once)
        #expect(once.hours(of: ["steady.example-https"], count: 3) == [60, 60, 60])
    }
}
