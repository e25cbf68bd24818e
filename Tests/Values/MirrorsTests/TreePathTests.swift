import Mirrors
import Testing

@Suite struct TreePathTests {
    @Test func joinsAndParts() {
        let path = TreePath("distfiles").appending("ab".utf8).appending([0xFF, 0x2F ^ 0x01])
        #expect(path.parent == TreePath("distfiles/ab"))
        #expect(Array(path.name) == [0xFF, 0x2E])
        #expect(TreePath("a").parent == TreePath(""))
        #expect(TreePath("").appending("a".utf8) == TreePath("a"))
    }

    @Test func ordersByBytes() {
        #expect(TreePath("Z") < TreePath("a"))
        #expect(TreePath("a") < TreePath("a/b"))
        #expect(TreePath("a-b") < TreePath("a/b"))
    }

    @Test func keepsNamesApartThatUnicodeCallsEqual() {
        #expect(TreePath("\u{E9}") != TreePath("e\u{301}"))
    }

    @Test func showsEveryByte() {
        #expect(
            TreePath(bytes: [0x61, 0x0A, 0x5C, 0xC3, 0xA9]).description == #"a\x0a\x5c\xc3\xa9"#
        )
    }
}

@Suite struct AccessPointTests {
    @Test(arguments: [
        ("a/b.tar.xz", "http://m/gentoo/a/b.tar.xz"),
        ("github.com%2F!x@v", "http://m/gentoo/github.com%252F%21x%40v"),
        ("Herwig++-2.7~1,{}()", "http://m/gentoo/Herwig%2B%2B-2.7~1%2C%7B%7D%28%29"),
        ("a b\r\nX: y", "http://m/gentoo/a%20b%0D%0AX%3A%20y"),
    ])
    func escapesAllButUnreserved(path: String, url: String) {
        let point = AccessPoint(id: "m-http", scheme: .http, baseURL: "http://m/gentoo/")
        #expect(point.url(of: TreePath(path)) == url)
    }
}

@Suite struct RegionTests {
    @Test(arguments: [
        ("Australia and Oceania", "australia-and-oceania"), ("North America", "north-america"),
        ("  Europe!", "europe"), ("!?", nil),
    ])
    func makesSlugs(name: String, slug: String?) {
        #expect(Region.slug(of: name) == slug)
    }

    @Test(arguments: [("de", "DE"), ("UK", "GB"), ("U", nil), ("D1", nil), ("É", nil), ("@[", nil)])
    func takesCountryCodes(text: String, code: String?) {
        #expect(CountryCode(text)?.letters == code)
    }

    @Test func measuresGreatCircles() throws {
        let berlin = try #require(GeoLocation(latitude: 52.52, longitude: 13.405))
        let sydney = try #require(GeoLocation(latitude: -33.87, longitude: 151.21))
        #expect(abs(berlin.kilometres(to: sydney) - 16_090) < 50)
        #expect(berlin.kilometres(to: berlin) == 0)
        #expect(GeoLocation(latitude: 91, longitude: 0) == nil)
        #expect(GeoLocation(latitude: .nan, longitude: 0) == nil)
    }
}
