import Mirrors
import Testing

@Suite struct AccessPointGroupsTests {
    private static func mirror(
        _ id: String,
        _ urls: [String],
        isEnabled: Bool = true
    ) throws -> Mirror {
        Mirror(
            id: id,
            name: id,
            country: try #require(CountryCode("DE")),
            region: "europe",
            isEnabled: isEnabled,
            accessPoints: try urls.map { url in
                let scheme = try #require(
                    AccessPoint.Scheme(rawValue: String(url.prefix { $0 != ":" }))
                )
                return AccessPoint(
                    id: "\(id)-\(scheme.rawValue)",
                    scheme: scheme,
                    baseURL: url
                )
            }
        )
    }

    @Test func equalBaseURLsHaveOneIDWhateverTheOrderOfTheList() throws {
        let mirrors = try ["c", "a", "b"].map {
            try Self.mirror($0, ["https://anycast.example/gentoo/"])
        }
        for list in [mirrors, mirrors.reversed()] {
            let groups = AccessPointGroups(list)
            #expect(groups.canonical(of: "c-https") == "a-https")
            #expect(groups.canonical(of: "a-https") == "a-https")
            #expect(groups.aliases(of: "a-https") == ["b-https", "c-https"])
            #expect(groups.aliases(of: "b-https") == [])
        }
    }

    @Test func httpAndHTTPSOfOnePathAreTwins() throws {
        let groups = AccessPointGroups([
            try Self.mirror("m", ["http://m.example/gentoo/", "https://m.example/gentoo/"]),
            try Self.mirror("n", ["https://m.example/gentoo/", "rsync://m.example/gentoo/"]),
            try Self.mirror("o", ["http://o.example/gentoo/", "https://o.example/other/"]),
        ])
        #expect(groups.twin(of: "m-http") == "m-https")
        #expect(groups.twin(of: "m-https") == "m-http")
        #expect(groups.twin(of: "n-https") == nil)
        #expect(groups.twin(of: "n-rsync") == nil)
        #expect(groups.twin(of: "o-http") == nil)
    }

    @Test func aDisabledMirrorHoldsNoCanonicalID() throws {
        let groups = AccessPointGroups([
            try Self.mirror("a", ["http://m.example/"], isEnabled: false),
            try Self.mirror("b", ["http://m.example/"]),
        ])
        #expect(groups.canonical(of: "b-http") == "b-http")
        #expect(groups.canonical(of: "a-http") == "a-http")
        #expect(groups.aliases(of: "b-http") == [])
    }
}
