import Events
import ObjectStorage
import SampleDeployment
import StatusFacts
import Testing
import Time

@Suite struct EventTextTests {
    private func deployment() throws -> Deployment {
        let deployment = try Deployment()
        try deployment.store.put(
            BlobKey("events/2026-11-21.jsonl"),
            Array(
                #"{"at":"2026-11-21T23:00:00Z","by":"leader","kind":"published","subject":"3"}"#
                    .utf8
            )
        )
        try deployment.store.put(
            BlobKey("events/2026-11-22.jsonl"),
            Array(
                """
                {"at":"2026-11-22T14:02:00Z","by":"checker-probe","kind":"down","subject":"m-https"}
                half a li
                {"at":"2026-11-22T14:01:00Z","by":"mirrors","kind":"command","subject":"m",\
                "text":"ada: disable"}

                """.utf8
            )
        )
        return deployment
    }

    @Test func eventsComeInTheOrderOfTheirTimesAndHalfLinesAreLeftOut() throws {
        let reader = FactsReader(store: try deployment().store, now: .now)
        let all = try reader.events(since: .now.advanced(bySeconds: -2 * 86_400))
        #expect(all.map(\.kind) == [.published, .command, .down])
        let today = try reader.events(since: .now.advanced(bySeconds: -6 * 3600))
        #expect(today.map(\.kind) == [.command, .down])
    }

    @Test func anEventIsAboutAMirrorAndNotAboutOneWithALongerName() {
        func event(_ subject: String) -> Event { Event(.down, subject, at: .now, by: "x") }
        #expect(event("a.example").isAbout("a.example"))
        #expect(event("a.example-https").isAbout("a.example"))
        #expect(event("a.example-rsync-2").isAbout("a.example"))
        #expect(!event("a.example.org-https").isAbout("a.example"))
        #expect(!event("a.example-two-https").isAbout("a.example"))
    }

    @Test func whatOperatorsDoIsNotPublic() {
        for kind in Event.Kind.all {
            let event = Event(kind, "m", at: .now, by: "x")
            #expect(event.isPublic == ![.command, .override, .held, .released].contains(kind))
        }
    }

    @Test func aSentenceSaysWhatChanged() {
        let moved = Event(
            .moved,
            "m-https",
            at: .now,
            by: "leader",
            was: "https://a/",
            is: "https://b/"
        )
        #expect(moved.sentence == "m-https moved (https://a/ → https://b/)")
        let refused = Event(
            .mapRefused,
            "europe",
            at: .now,
            by: "builder",
            region: "europe",
            text: "40 %"
        )
        #expect(refused.sentence == "europe map refused: 40 %")
        let doubted = Event(.doubted, "m-https", at: .now, by: "checker", is: "lost", text: "all")
        #expect(
            doubted.sentence == "m-https doubted (files that it had are missing): all its files"
        )
        let portal = Event(.doubted, "m-https", at: .now, by: "checker", is: "notItself")
        #expect(portal.sentence == "m-https doubted (it answers for names that no tree holds)")
        let newer = Event(.doubted, "m-https", at: .now, by: "checker", is: "newReason")
        #expect(newer.sentence == "m-https doubted (newReason)")
        let down = Event(
            .down,
            "m-https",
            at: .now,
            by: "checker-probe",
            is: "timeout",
            text: "no answer in time"
        )
        #expect(down.sentence == "m-https down: no answer in time")
        let back = Event(.up, "m-https", at: .now, by: "checker-probe", was: "status 403")
        #expect(back.sentence == "m-https up (was it answers with status 403)")
        let map = Event(.map, "7", at: .now, by: "builder", region: "europe", text: "+1 mirror (m)")
        #expect(map.sentence == "map of europe changed: +1 mirror (m)")
        let published = Event(.published, "8", at: .now, by: "leader", text: "added=1")
        #expect(published.sentence == "generation 8 published: added=1")
    }
}
