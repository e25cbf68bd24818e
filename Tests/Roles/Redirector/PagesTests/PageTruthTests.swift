import HealthFormat
import HolderFormat
import JSON
import RegionMapFormat
import TestSupport
import Testing

@testable import Pages

/// Pages say nothing false about mirrors that a redirect does not lead to.
@Suite struct PageTruthTests {
    private static let since: Int64 = 1_699_900_000

    static let sentences: [(holding: Holding, reason: String, sentence: String)] = [
        (.held, "notNeeded", "has not been needed: 4 nearer ones have it"),
        (
            .lacking, "lacking",
            "lacks this file since 2023-11-13 18:26 UTC, for it is behind by 12 days"
        ),
        (
            .altered, "altered",
            "has something else in place of this file since 2023-11-13 18:26 UTC"
        ),
        (
            .outdated, "outdated",
            "has an earlier version of this file since 2023-11-13 18:26 UTC, "
                + "for it is behind by 12 days"
        ),
        (.refused, "refused", "refuses this file since 2023-11-13 18:26 UTC"),
        (.expired, "expired", "had this file too long ago to count"),
        (.ruledOut, "ruledOut", "does not serve this file by its rules"),
        (.indexless, "indexless", "lacks the right index of this folder"),
        (.unasked, "unasked", "has not been asked for this file yet"),
        (.unanswered, "unanswered", "gave no answer when asked for this file"),
        (.incomplete, "incomplete", "lacks other files that belong to this one"),
    ]

    private func fixture(_ holding: Holding, isTimed: Bool = true) -> PageFixture {
        var fixture = PageFixture()
        fixture.holdings["lacking-http"] = HolderView.Statement(
            holding,
            since: isTimed ? Self.since : nil
        )
        return fixture
    }

    /// The exclusion of the access point that the map does not list for the file.
    private func exclusion(_ answer: AnswerText, of id: String = "lacking-http") throws
        -> JSONObject
    {
        guard case .array(let excluded)? = try answer.json()["excluded"] else { return [:] }
        for case .object(let object) in excluded where object["accessPoint"] == .string(id) {
            return object
        }
        return [:]
    }

    @Test(arguments: sentences)
    func eachStatementIsSaidAsItIs(
        _ row: (holding: Holding, reason: String, sentence: String)
    ) throws {
        let isTimed: Bool =
            switch row.holding {
            case .lacking, .altered, .outdated, .refused: true
            default: false
            }
        let fixture = fixture(row.holding, isTimed: isTimed)
        let html = try fixture.get("/distfiles/a.tar?mirrorlist").body
        #expect(html.contains(">\(row.sentence)</td>"))
        for target in ["/distfiles/a.tar?explain", "/distfiles/a.tar?mirrorlist"] {
            let exclusion = try exclusion(fixture.get(target, "Accept: application/json"))
            #expect(exclusion["reason"] == .string(row.reason))
            #expect(exclusion["sentence"] == .string(row.sentence))
            #expect((exclusion["since"] == "2023-11-13T18:26:40Z") == isTimed)
        }
    }

    /// Without the blob no mirror is accused: either sixteen are nearer, or a proof is missing.
    @Test func withoutTheBlobNothingIsSaidThatIsNotKnown() throws {
        var fixture = PageFixture()
        let page = try fixture.get("/distfiles/a.tar?mirrorlist").body
        #expect(page.contains("was not proven to have this file"))
        #expect(!page.contains("lacks"))
        fixture.farCount = 20
        let full = try fixture.get("/distfiles/a.tar?mirrorlist").body
        #expect(full.contains("has not been needed: 20 nearer ones have it"))
        #expect(!full.contains("not proven"))
    }

    /// The state of the whole mirror comes before the state of single files.
    @Test func aMirrorThatIsDownIsDown() throws {
        var fixture = fixture(.lacking)
        fixture.downIDs = ["lacking-http"]
        let exclusion = try exclusion(
            fixture.get("/distfiles/a.tar?mirrorlist", "Accept: application/json")
        )
        #expect(exclusion["reason"] == "down")
        #expect(
            exclusion["sentence"] == "is down since 2023-11-14 22:12 UTC: connection refused"
        )
    }

    static let outages: [(outage: Outage, sentence: String)] = [
        (.status(403), "refuses us (403) since 2023-11-14 22:12 UTC"),
        (.status(503), "refuses us (503) since 2023-11-14 22:12 UTC"),
        (.status(400), "is down since 2023-11-14 22:12 UTC: it answers with status 400"),
        (.status(404), "is down since 2023-11-14 22:12 UTC: it answers with status 404"),
        (.notItself, "is not itself since 2023-11-14 22:12 UTC: another site answers"),
        (.redirect, "is not itself since 2023-11-14 22:12 UTC: redirects elsewhere"),
        (.timedOut, "is down since 2023-11-14 22:12 UTC: no answer in time"),
    ]

    @Test(arguments: outages)
    func anOutageIsCalledByItsName(_ row: (outage: Outage, sentence: String)) throws {
        var fixture = PageFixture()
        fixture.outage = row.outage
        let page = try fixture.get("/distfiles/a.tar?mirrorlist").body
        #expect(page.contains(">\(row.sentence)</td>"))
    }

    // MARK: The mirror that was requested

    @Test func theMirrorThatHasItIsGoneToListedOrNot() throws {
        let answer = try fixture(.held).get("/distfiles/a.tar?mirror=lacking")
        #expect(answer.status == "HTTP/1.1 302 Found")
        #expect(answer.fields["location"] == "http://lacking.example/gentoo/distfiles/a.tar")
        #expect(answer.fields["redirector"] == "mirror")
        #expect(answer.fields["redirector-mirror"] == nil)
        let listed = try PageFixture().get("/distfiles/a.tar?mirror=far")
        #expect(listed.fields["location"] == "https://far.example/gentoo/distfiles/a.tar")
        let explained = try fixture(.held).get("/distfiles/a.tar?mirror=lacking&explain").json()
        guard case .object(let decision)? = explained["decision"] else {
            Issue.record("no decision: \(explained)")
            return
        }
        #expect(decision["accessPoint"] == "lacking-http")
    }

    static let whyNot: [(holding: Holding?, query: String, field: String)] = [
        (.lacking, "lacking", "lacking; \"lacks this file since 2023-11-13 18:26 UTC\""),
        (.refused, "lacking", "refused; \"refuses this file since 2023-11-13 18:26 UTC\""),
        (nil, "lacking", "notHeld; \"was not proven to have this file\""),
        (.held, "lacking&https=1", "downgrade; \"has no https, by which you came\""),
        (.held, "sick", "down; \"is down since 2023-11-14 22:12 UTC: connection refused\""),
        (.held, "gone", "disabled; \"is taken out by the operator\""),
        (.held, "unseen", "nothingHeld; \"refuses us (403)\""),
        (.held, "nobody", "unknown; \"is not in the map of this region\""),
    ]

    /// The client is redirected all the same.
    @Test(arguments: whyNot)
    func theMirrorThatCannotBeSaysWhy(
        _ row: (holding: Holding?, query: String, field: String)
    ) throws {
        let fixture = row.holding.map { self.fixture($0) } ?? PageFixture()
        let answer = try fixture.get("/distfiles/a.tar?mirror=\(row.query)")
        #expect(answer.status == "HTTP/1.1 302 Found")
        #expect(answer.fields["location"]?.contains("near.example") == true)
        #expect(answer.fields["redirector-mirror"] == row.field)
        #expect(answer.fields["link"]?.contains("rel=duplicate") == true)
    }

    @Test func encodedNamesSurviveTheWish() throws {
        let answer = try fixture(.held).get("/distfiles/x%252Fy%20z%2B.tar?mirror=lacking")
        #expect(
            answer.fields["location"]
                == "http://lacking.example/gentoo/distfiles/x%252Fy%20z%2B.tar"
        )
    }

    @Test func aClientOfAMirrorThatLacksTheFileIsSentToTheFallbackHost() throws {
        // If no mirror holds the path, the reason remains the same.
        let answer = try fixture(.held).get("/distfiles/nobody?mirror=lacking")
        #expect(answer.fields["redirector"] == "fallback; reason=no-replica")
    }
}
