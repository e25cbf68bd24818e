import JSON
import MirrorListImport
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@testable import Publishing

/// A listed mirror with only the properties that a test is about.
private func listed(
    _ name: String,
    _ urls: String...,
    country: String = "DE",
    region: String = "Europe"
) -> ListedMirror {
    ListedMirror(
        name: name,
        country: country,
        region: region,
        locations: urls.map { ListedMirror.Location(url: $0) }
    )
}

@Suite struct MirrorListUpdateTests {
    func update(_ lists: [ListedMirror]...) -> MirrorListUpdate {
        var update = MirrorListUpdate(of: MirrorList(), with: [])
        for list in lists { update = MirrorListUpdate(of: update.list, with: list) }
        return update
    }

    @Test func namesMirrorsByTheHostOfTheirFirstWebURL() {
        let update = update([
            listed("a", "rsync://rsync.a.example/g", "https://A.example/g", "http://b.example/"),
            listed("b", "ftp://ftp.b.example/g"),
            listed("c", "http://127.0.0.1:8080/m00/"), listed("d", "http://127.0.0.1:8080/m01/"),
            listed("e", "http://[2001:db8::1]/", "http://[2001:db8::1]/two", "https://x/"),
        ])
        let mirrors = update.list.mirrors
        #expect(
            mirrors.map(\.id) == [
                "a.example", "ftp.b.example", "127.0.0.1", "127.0.0.1-2", "-2001-db8--1-",
            ]
        )
        #expect(
            mirrors.flatMap { $0.accessPoints.map(\.id) } == [
                "a.example-rsync", "a.example-https", "a.example-http", "ftp.b.example-ftp",
                "127.0.0.1-http", "127.0.0.1-2-http", "-2001-db8--1--http", "-2001-db8--1--http-2",
                "-2001-db8--1--https",
            ]
        )
        #expect(mirrors[0].accessPoints[1].baseURL == "https://a.example/g/")
    }

    @Test func leavesOutWhatItCannotUse() {
        let update = update([
            listed("a", "gopher://a/", "http://u:p@a/", "http://a/?q", "http://a/"),
            listed("b", "mailto:b"), listed("c", "http://c/", country: "Germany"),
            listed("d", "http://d/", "HTTP://D:80"),
        ])
        #expect(update.list.mirrors.map(\.id) == ["a", "d"])
        #expect(update.list.mirrors.map(\.accessPoints.count) == [1, 1])
        #expect(
            update.leftOut.map(\.subject) == [
                "gopher://a/", "http://u:p@a/", "http://a/?q", "mailto:b", "b", "c",
            ]
        )
    }

    @Test func keepsIdsAndOrderOverImports() {
        let first = update([
            listed("a", "http://a/", "rsync://a/m"), listed("b", "http://b/"),
            listed("c", "http://c/"),
        ])
        let again = MirrorListUpdate(
            of: first.list,
            with: [
                // It moved to another host and is recognized by name and country; its rsync URL
                // stays.
                listed("c", "https://new.c/", "http://new.c/"),
                // It has another name and is recognized by its URL; the first URL is new.
                listed("A renamed", "https://a/", "rsync://a/m/"),
                listed("d", "http://b/x/"),
            ]
        )
        #expect(again.list.mirrors.map(\.id) == ["a", "b", "c", "b-2"])
        #expect(again.list.mirrors.map(\.name) == ["A renamed", "b", "c", "d"])
        #expect(again.list.mirrors[0].accessPoints.map(\.id) == ["a-https", "a-rsync"])
        #expect(again.list.mirrors[2].accessPoints.map(\.id) == ["c-https", "c-http-2"])
        #expect(again.added == ["b-2"])
        #expect(again.gone == ["b"])
    }

    @Test func saysWhichURLsMoved() {
        let update = update(
            [listed("a", "http://a/", "rsync://a/m"), listed("b", "http://b/")],
            [listed("a", "https://a/", "rsync://a/m"), listed("b", "http://b/")],
        )
        #expect(update.moved.map(\.description) == ["a: -http://a/ +https://a/"])
        #expect(update.added.isEmpty && update.gone.isEmpty)
    }

    @Test func takesNearDuplicatesForOneMirror() {
        let update = update([
            listed("A", "http://a.example/gentoo"), listed("other", "http://other/"),
            listed("A again", "https://A.example:443/gentoo/", "ftp://a.example/x"),
            listed("A third", "ftp://a.example/x/"),
            listed("abroad", "http://a.example/gentoo", country: "FR"),
            listed("other path", "http://a.example/debian"),
        ])
        #expect(
            update.list.mirrors.map(\.id) == ["a.example", "other", "a.example-2", "a.example-3"]
        )
        #expect(
            update.list.mirrors[0].accessPoints.map(\.baseURL) == [
                "http://a.example/gentoo/", "https://a.example/gentoo/", "ftp://a.example/x/",
            ]
        )
        #expect(
            update.merged.map(\.description) == [
                "A again: it is where A is", "A third: it is where A is",
            ]
        )
        #expect(
            update.sharedHosts.map(\.description) == [
                "a.example: a.example, a.example-2, a.example-3"
            ]
        )
    }

    @Test func disablesAMirrorThatVanishedAndWelcomesItBack() {
        let both = [listed("a", "http://a/"), listed("b", "http://b/")]
        let without = update(both, [both[0]])
        #expect(without.list.mirrors.map(\.isListed) == [true, false])
        #expect(without.list.mirrors.map(\.isEnabled) == [true, false])
        #expect(without.gone == ["b"])
        #expect(MirrorListUpdate(of: without.list, with: [both[0]]).gone.isEmpty)
        let back = update(both, [both[0]], both)
        #expect(back.list == update(both).list)
        #expect(back.added.isEmpty)
    }
}

@Suite struct MirrorPublicationTests {
    let blobs = InMemoryStore()

    func stored() throws -> MirrorList {
        let blob = try #require(blobs.get(BlobKey("mirrors.json")))
        return try MirrorList(json: JSONValue(parsing: blob.bytes))
    }

    func override(_ text: String) throws {
        try blobs.put(BlobKey("overrides.json"), Array(text.utf8))
    }

    @Test func importsTheRealList() throws {
        let real = try GentooMirrorList.mirrors(in: Fixture.gentooMirrorList())
        let first = try MirrorPublication(of: real, in: blobs)
        #expect(first.isPublished)
        #expect(first.update.leftOut.isEmpty)
        // Two of the 169 are listed twice, with 4 URLs: Trabia in MD, Keiverse in KR.
        #expect(first.update.merged.count == 2)
        #expect(first.update.added.count == 167)
        let list = try stored()
        #expect(list.mirrors.count == 167)
        #expect(list.enabledAccessPoints.count == 446)
        #expect(Set(list.mirrors.map(\.id)).count == 167)
        #expect(Set(list.enabledAccessPoints.map(\.accessPoint.id)).count == 446)
        #expect(list.mirrors.allSatisfy { Countries.location(of: $0.country) != nil })
        #expect(list.mirrors.allSatisfy { Regions.continents[$0.region] != nil })
        #expect(!list.mirrors.contains { $0.country.letters == "UK" })

        let again = try MirrorPublication(of: real.reversed(), in: blobs)
        #expect(!again.isPublished)
        #expect(blobs.writeCount == 1)
        #expect(try stored() == list)
    }

    @Test func appliesOverridesAndTakesThemBack() throws {
        let list = [listed("a", "http://a/"), listed("b", "http://b/")]
        _ = try MirrorPublication(of: list, in: blobs)
        let plain = try stored()
        try override(
            #"""
            {"a": {"weight": 7, "location": {"latitude": 1.5, "longitude": 2}, "maxShare": 12.5,
                   "exceptCountries": {"value": ["UK"], "reportOnly": true}},
             "b": {"enabled": false, "metered": ["http"]}}
            """#
        )
        #expect(try MirrorPublication(of: list, in: blobs).isPublished)
        let mirrors = try stored().mirrors
        #expect(mirrors[0].weight == 7)
        #expect(mirrors[0].locations == [GeoLocation(latitude: 1.5, longitude: 2)])
        #expect(mirrors[0].rules.maxSharePerMille?.applied == 125)
        #expect(mirrors[0].rules.exceptCountries?.value.map(\.letters) == ["GB"])
        #expect(mirrors[0].rules.exceptCountries?.applied == nil)
        #expect(mirrors.map(\.isEnabled) == [true, false])
        #expect(mirrors[1].weight == 100)
        #expect(mirrors.map { $0.accessPoints[0].isMetered } == [false, true])
        try override("{}")
        _ = try MirrorPublication(of: list, in: blobs)
        #expect(try stored() == plain)
    }

    @Test(arguments: [
        (#"{"zzz":{"weight":1}}"#, #""zzz""#), (#"{"a":{"wieght":1}}"#, #""a".wieght"#),
        (#"{"a":{"weight":-1}}"#, #""a".weight"#), (#"{"a":{"enabled":"no"}}"#, #""a".enabled"#),
        (#"{"a":{"location":{"latitude":100,"longitude":0}}}"#, #""a".location"#),
        (#"{"a":1}"#, #""a""#),
        (#"{"a":{"maxShare":101}}"#, #""a".maxShare"#),
        (#"{"a":{"maxShare":{"reportOnly":true}}}"#, #""a".maxShare.value"#),
        (#"{"a":{"maxShare":{"value":5,"reportonly":true}}}"#, #""a".maxShare.reportonly"#),
        (#"{"a":{"onlyCountries":["DEU"]}}"#, #""a".onlyCountries"#),
        (#"{"a":{"onlyCountries":[]}}"#, #""a".onlyCountries"#),
        (#"{"a":{"onlyCountries":["DE"],"exceptCountries":["FR"]}}"#, #""a".exceptCountries"#),
        (#"{"a":{"prefixes":["/distfiles"]}}"#, #""a".prefixes"#),
        (#"{"a":{"maximumFileSize":0}}"#, #""a".maximumFileSize"#),
        (#"{"a":{"httpsOnly":"yes"}}"#, #""a".httpsOnly"#),
        (#"{"a":{"checkBy":"rsync"}}"#, #""a".checkBy"#),
        (#"{"a":{"checkBy":true}}"#, #""a".checkBy"#),
        (#"{"a":{"metered":"yes"}}"#, #""a".metered"#),
        (#"{"a":{"metered":["gopher"]}}"#, #""a".metered"#),
        (#"{"a":{"metered":[1]}}"#, #""a".metered"#),
        ("{", "byte 1"),
    ])
    func importsNothingUnderAWrongOverride(text: String, named: String) throws {
        try override(text)
        #expect {
            try MirrorPublication(of: [listed("a", "http://a/")], in: blobs)
        } throws: {
            "\($0)".contains("overrides.json") && "\($0)".contains(named)
        }
        #expect(blobs.writeCount == 1)
    }

    static let wrongLines: [(text: String, line: Int)] = [
        ("{\n\"a\": {\n\"weight\": 7,\n\"wieght\": 1}}", 4),
        ("{\n\"a\": {\"weight\": 7},\n\"zzz\": {}}", 3),
        ("{\"a\": {\"location\":\n{\"latitude\": 91, \"longitude\": 0}}}", 1),
        ("{\"weight\": {},\n\"a\": {\"enabled\": true,\n\n\"weight\": -1}}", 1),
        ("{\"b\": {\"weight\": 1},\n\"a\": {\"enabled\": true,\n\n\"weight\": -1}}", 4),
        ("{\"a\":\n {\"weight\": 7,\n\"checkBy\": \"none\"}}", 3),
        ("{\n\n\"a\": tru}", 3), ("{\n\"a\": {},\n\"a\": {}}", 2),
    ]

    @Test(arguments: wrongLines)
    func namesTheLineOfAWrongOverride(text: String, line: Int) throws {
        try override(text)
        #expect {
            try MirrorPublication(
                of: [listed("a", "http://a/"), listed("b", "http://b/")],
                in: blobs
            )
        } throws: { "\($0)".hasPrefix("overrides.json, line \(line): ") }
    }

    @Test(arguments: [MirrorListExport.json, .yaml])
    func readsBackWhatItExported(format: MirrorListExport) throws {
        let real = try GentooMirrorList.mirrors(in: Fixture.gentooMirrorList())
        _ = try MirrorPublication(of: real, in: blobs)
        let before = try stored()
        let text = format.text(of: before)
        let again = try MirrorListFormat.mirrors(in: Array(text.utf8))
        #expect(again.count == before.mirrors.count)
        #expect(MirrorListUpdate(of: before, with: again).list == before)
    }

    @Test func exportsTheListOfMirmon() throws {
        _ = try MirrorPublication(
            of: [listed("a", "http://a/", "rsync://a/m"), listed("b", "http://b/", country: "UK")],
            in: blobs
        )
        #expect(
            try MirrorListExport.mirmon.text(of: stored())
                == "de http://a/\nde rsync://a/m/\ngb http://b/"
        )
    }

    @Test func keepsTheMirrorsWhenAListHasNone() throws {
        #expect {
            try MirrorPublication(of: [listed("a", "mailto:a")], in: blobs)
        } throws: { error in
            guard case .noMirrors(2, let reasons)? = error as? PublishingError else { return false }
            // The error states the reason, not only the number.
            return reasons.count == 2 && "\(error)".contains("mailto:a: ")
        }
        #expect(blobs.writeCount == 0)
    }

    @Test func refusesAListThatLostMoreThanAThirdOfTheMirrors() throws {
        let all = (0..<9).map { listed("m\($0)", "http://m\($0).example.org/") }
        _ = try MirrorPublication(of: all, in: blobs)
        #expect {
            try MirrorPublication(of: Array(all.prefix(5)), in: blobs)
        } throws: { error in
            guard case .mirrorsShrunk(4, 9, _)? = error as? PublishingError else { return false }
            return (error as? PublishingError)?.isRefusal == true
        }
        #expect(blobs.writeCount == 1)
        _ = try MirrorPublication(of: Array(all.prefix(6)), in: blobs)
        _ = try MirrorPublication(of: Array(all.prefix(1)), in: blobs, allowingShrink: true)
        #expect(try stored().mirrors.count(where: \.isListed) == 1)
    }

    /// Ten thousand entries of one host, each with its own URL, and then again to compare with the
    /// stored ones: the work is proportional to their number, where it used to be quadratic.
    @Test func takesThousandsOfEntriesOfOneHost() throws {
        let many = (0..<ListedMirror.mirrorLimit).map {
            listed("m\($0 % 7)", "http://host.example.org/\($0)/")
        }
        _ = try MirrorPublication(of: many, in: blobs)
        let again = try MirrorPublication(of: many, in: blobs)
        #expect(!again.isPublished)
        #expect(Set(try stored().mirrors.map(\.id)).count == ListedMirror.mirrorLimit)
    }

    @Test func doesNotReplaceAListThatItCannotRead() throws {
        try blobs.put(BlobKey("mirrors.json"), Array("{}".utf8))
        #expect {
            try MirrorPublication(of: [listed("a", "http://a/")], in: blobs)
        } throws: {
            guard case .state(.badBlob(let key, _))? = $0 as? PublishingError else { return false }
            return key == "mirrors.json"
        }
        #expect(blobs.writeCount == 1)
    }
}
