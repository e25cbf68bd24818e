import JSON
import Mirrors
import Testing

@Suite struct MirrorListTests {
    static func make() throws -> MirrorList {
        let country = try #require(CountryCode("UK"))
        let london = try #require(GeoLocation(latitude: 51.5, longitude: -0.1))
        let york = try #require(GeoLocation(latitude: 54, longitude: -1.1))
        var rules = MirrorRules()
        rules.maxSharePerMille = MirrorRule(125)
        rules.onlyCountries = MirrorRule([country], isReportOnly: true)
        rules.prefixes = MirrorRule([TreePath("distfiles/"), TreePath("x")])
        rules.maximumFileSize = MirrorRule(.max >> 1, isReportOnly: true)
        rules.httpsOnly = MirrorRule(true)
        rules.networks = MirrorRule(
            ["192.0.2.0/24", "2001:db8::/32", "AS64500"].compactMap { ClientNetwork($0) }
        )
        rules.networksOnly = MirrorRule(true, isReportOnly: true)
        let point = AccessPoint(
            id: "a.example-https",
            scheme: .https,
            baseURL: "https://a.example/gentoo/",
            hasIPv4: false,
            hasIPv6: true,
            isPartial: true,
            isMetered: true
        )
        let first = Mirror(
            id: "a.example",
            name: "A",
            country: country,
            region: "europe",
            locations: [london],
            weight: 0,
            rules: rules,
            checkBy: .shared,
            isEnabled: false,
            isListed: false,
            accessPoints: [point]
        )
        let second = Mirror(
            id: "b",
            name: "B",
            country: country,
            region: "europe",
            locations: [london, york],
            accessPoints: [
                AccessPoint(id: "b-rsync", scheme: .rsync, baseURL: "rsync://b/m/")
            ]
        )
        return MirrorList(mirrors: [first, second])
    }

    @Test func readsWhatItWrote() throws {
        let list = try Self.make()
        #expect(try MirrorList(json: JSONValue(parsing: list.json.prettySerialized())) == list)
        #expect(try MirrorList(json: MirrorList().json) == MirrorList())
    }

    @Test func namesTheAccessPointsOfEnabledMirrors() throws {
        #expect(try Self.make().enabledAccessPoints.map(\.accessPoint.id) == ["b-rsync"])
    }

    /// Text that is replaced in a good list, and the field that the error must name.
    static let damages: [(old: String, new: String, field: String)] = [
        (#""version":1"#, #""version":2"#, "version"),
        (#""mirrors""#, #""mirors""#, "mirrors"),
        (#""id":"b""#, #""id":"B""#, "mirrors[1].id"),
        (#""id":"b""#, #""id":"../b""#, "mirrors[1].id"),
        (#""id":"b""#, #""id":"a.example""#, "mirrors[1].id"),
        (#""id":"b-rsync""#, #""id":"a.example-https""#, "mirrors[1].accessPoints"),
        (#""id":"b-rsync""#, #""id":"b/rsync""#, "accessPoints[0].id"),
        (#""url":"rsync://b/m/""#, #""url":"gopher://b/m/""#, "accessPoints[0].url"),
        (#""url":"rsync://b/m/""#, #""url":5"#, "accessPoints[0].url"),
        (#""weight":0"#, #""weight":10001"#, "mirrors[0].weight"),
        (#""country":"GB""#, #""country":"GBR""#, "mirrors[0].country"),
        (#""region":"europe""#, #""region":"Europe""#, "mirrors[0].region"),
        (#""latitude":51.5"#, #""latitude":151.5"#, "mirrors[0].location"),
        (#""latitude":54"#, #""latitude":-95"#, "mirrors[1].location[1]"),
        (#""maxShare":12.5"#, #""maxShare":0"#, "mirrors[0].maxShare"),
        (#""192.0.2.0/24""#, #""192.0.2.1/24""#, "mirrors[0].networks"),
        (#""AS64500""#, #""AS0""#, "mirrors[0].networks"),
        (#""networks":["#, #""networkz":["#, "networksOnly"),
        (#""reportOnly":true"#, #""reportOnly":1"#, "mirrors[0].maximumFileSize.reportOnly"),
        (#""checkBy":"shared""#, #""checkBy":"rsync""#, "mirrors[0].checkBy"),
        (#""partial":true"#, #""partial":"y""#, "accessPoints[0].partial"),
        (#""name":"A","#, "", "mirrors[0].name"),
    ]

    @Test(arguments: damages)
    func namesTheFieldThatIsWrong(old: String, new: String, field: String) throws {
        let text = try Self.make().json.description
        let range = try #require(text.firstRange(of: old))
        let damaged = text.replacingCharacters(in: range, with: new)
        #expect {
            try MirrorList(json: JSONValue(parsing: damaged.utf8))
        } throws: {
            "\($0)".contains(field)
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
