import Redirection
import Testing

@Suite struct RequestQueryTests {
    private func query(_ text: String) -> RequestQuery {
        RequestQuery(Array(text.utf8).span)
    }

    @Test(
        arguments: [
            ("mirrorlist", .mirrorList), ("mirrorlist=1", .mirrorList), ("a=b&meta4", .metalink),
            ("explain&x", .explanation), ("", nil), ("Mirrorlist", nil), ("mirrorlists", nil),
            ("a=mirrorlist", nil), ("&&&", nil), ("=", nil), ("mirrorlist%00", nil),
        ] as [(String, Page?)]
    )
    func knowsPages(text: String, page: Page?) {
        #expect(query(text).page == page)
    }

    @Test(
        arguments: [
            ("country=de", "DE"), ("country=UK", "GB"), ("country=", nil), ("country=xx", nil),
            ("country=deu", nil), ("country=%64e", nil), ("country='1", nil), ("country", nil),
        ] as [(String, String?)]
    )
    func readsTheCountry(text: String, expected: String?) {
        #expect(query(text).preferences?.country.map { "\($0)" } == expected)
    }

    @Test func countsWhatIsAvoidedUpToALimit() {
        #expect(query("avoid=").preferences == nil)
        #expect(query("avoid=,,").preferences == nil)
        #expect(query("avoid=a,b&avoid=c").preferences?.avoided.count == 3)
        let many = (0..<1_000).map { "m\($0)" }.joined(separator: ",")
        #expect(query("avoid=\(many)").preferences?.avoided.count == Preferences.avoidedLimit)
    }

    @Test func onlyOneMeansHTTPS() {
        #expect(query("https=1").requiresHTTPS)
        for text in ["https", "https=0", "https=true", "https=11", "nothttps=1"] {
            #expect(!query(text).requiresHTTPS, "\(text)")
        }
    }

    @Test func bearsAnyBytes() {
        for first in UInt8.min...UInt8.max {
            for second in [0, 0x25, 0x26, 0x2C, 0x3D, 0xFF] as [UInt8] {
                for prefix in ["", "avoid=", "mirror=%", "country="] {
                    let bytes = Array(prefix.utf8) + [first, second, first]
                    #expect(RequestQuery(bytes.span).page == nil)
                }
            }
        }
    }
}
