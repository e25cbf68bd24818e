import MirrorListImport
import TestSupport
import Testing

@Suite struct GentooMirrorListTests {
    static func list(_ body: String) -> [UInt8] {
        Array("<?xml version=\"1.0\" encoding=\"utf-8\"?><mirrors>\(body)</mirrors>".utf8)
    }

    @Test func readsTheRealList() throws {
        let mirrors = try GentooMirrorList.mirrors(in: Fixture.gentooMirrorList())
        let locations = mirrors.flatMap(\.locations)
        #expect(mirrors.count == 169)
        #expect(locations.count == 450)
        #expect(locations.count(where: \.isPartial) == 3)
        #expect(locations.count(where: \.hasIPv6) == 346)
        #expect(Set(mirrors.map(\.region)).count == 7)
        #expect(Set(mirrors.map(\.country)).count == 49)
        // One https URL is marked as http there, and one rsync URL as ftp.
        for (scheme, count) in [("https", 151), ("http", 148), ("rsync", 96), ("ftp", 55)] {
            #expect(locations.count { $0.url.hasPrefix("\(scheme)://") } == count)
        }
        #expect(!locations.contains { $0.url.contains("failzero") }, "it is commented out")
        #expect(mirrors.allSatisfy { !$0.name.isEmpty && !$0.locations.isEmpty })
    }

    @Test func readsEveryField() throws {
        let mirrors = try GentooMirrorList.mirrors(
            in: Self.list(
                """
                <!-- <mirrorgroup region="X" country="XX"><mirror/></mirrorgroup> -->
                <mirrorgroup region="Europe" country="DE" countryname="Germany"><mirror>
                  <name>A &amp; B <![CDATA[<C>]]></name><note>ignored</note>
                  <uri protocol="http" ipv4="n" ipv6="y" partial="y"> http://a.example/g?a=1&amp;b \
                  </uri>
                  <uri protocol="rsync">rsync://a.example/g</uri>
                </mirror></mirrorgroup>
                """
            )
        )
        let expected = ListedMirror(
            name: "A & B <C>",
            country: "DE",
            region: "Europe",
            locations: [
                .init(
                    url: "http://a.example/g?a=1&b",
                    hasIPv4: false,
                    hasIPv6: true,
                    isPartial: true
                ),
                .init(url: "rsync://a.example/g"),
            ]
        )
        #expect(mirrors == [expected])
    }

    static let bomb = """
        <!DOCTYPE mirrors [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
        <mirrors><mirrorgroup region="&b;" country="DE"/></mirrors>
        """
    static let external = """
        <!DOCTYPE mirrors [<!ENTITY a SYSTEM "file:///etc/passwd">]>
        <mirrors><mirrorgroup region="E" country="DE"><mirror><name>&a;</name></mirror>\
        </mirrorgroup>
        </mirrors>
        """

    @Test(arguments: [bomb, external])
    func refusesDocumentTypes(xml: String) {
        #expect(throws: MirrorListImportError.documentType) {
            try GentooMirrorList.mirrors(in: Array(xml.utf8))
        }
    }

    @Test func refusesAnEncodingInWhichADeclarationCouldHide() {
        let wide: [UInt8] = Self.external.utf8.flatMap { [$0, 0] as [UInt8] }
        #expect(throws: MirrorListImportError.wrongEncoding(expected: "UTF-8")) {
            try GentooMirrorList.mirrors(in: [0xFF, 0xFE] + wide)
        }
    }

    /// libxml2 decodes these encodings, so a declaration is not the byte sequence that is searched
    /// for.
    @Test(arguments: ["utf-7", "UTF-16", "ISO-2022-JP", "iso-8859-1", "EBCDIC-US"])
    func refusesEveryEncodingButUTF8(encoding: String) {
        let text = "<?xml version=\"1.0\" encoding='\(encoding)'?><mirrors></mirrors>"
        #expect(throws: MirrorListImportError.wrongEncoding(expected: "UTF-8")) {
            try GentooMirrorList.mirrors(in: Array(text.utf8))
        }
    }

    @Test(arguments: ["UTF-8", "utf-8", "US-ASCII"])
    func takesUTF8ByItsNames(encoding: String) throws {
        let text = "<?xml version=\"1.0\" encoding=\"\(encoding)\"?><mirrors></mirrors>"
        #expect(try GentooMirrorList.mirrors(in: Array(text.utf8)).isEmpty)
    }

    @Test func saysAtWhichLineThereAreTooManyMirrors() {
        let mirror = "<mirror><name>a</name><uri>http://a.example.org/</uri></mirror>\n"
        let group = "<mirrorgroup region=\"Europe\" country=\"DE\">\n"
        let many = String(repeating: mirror, count: 10_001)
        #expect(
            throws: MirrorListImportError.tooMany("mirrors", limit: 10_000, position: "line 10003")
        ) {
            try GentooMirrorList.mirrors(
                in: Array("<mirrors>\n\(group)\(many)</mirrorgroup></mirrors>".utf8)
            )
        }
        let uris = String(repeating: "<uri>http://a.example.org/</uri>\n", count: 65)
        #expect(
            throws: MirrorListImportError.tooMany(
                "URLs of one mirror",
                limit: 64,
                position: "line 67"
            )
        ) {
            try GentooMirrorList.mirrors(
                in: Array(
                    "<mirrors>\n\(group)<mirror>\(uris)</mirror></mirrorgroup></mirrors>".utf8
                )
            )
        }
    }

    @Test func namesAWrongRoot() {
        #expect(throws: MirrorListImportError.wrongRoot(expected: "mirrors", actual: "html")) {
            try GentooMirrorList.mirrors(in: Array("<html><body/></html>".utf8))
        }
    }

    @Test func refusesALongListBeforeItParses() {
        let limit = GentooMirrorList.byteCountLimit
        let error = MirrorListImportError.tooLarge(byteCount: limit + 1, limit: limit)
        #expect(throws: error) {
            try GentooMirrorList.mirrors(in: Array(repeating: 0x20, count: limit + 1))
        }
    }

    @Test(arguments: [
        "", "not XML", "<mirrors>", "<mirrors><a></mirrors>", "<mirrors>&x;</mirrors>",
    ])
    func refusesWhatIsNotWellFormed(xml: String) {
        #expect {
            try GentooMirrorList.mirrors(in: Array(xml.utf8))
        } throws: {
            guard case .malformed? = $0 as? MirrorListImportError else { return false }
            return true
        }
    }

    @Test func refusesEveryProperPrefixOfAList() {
        let list = Self.list(
            "<mirrorgroup region='E' country='DE'><mirror><name>a</name></mirror></mirrorgroup>"
        )
        for count in 0..<list.count {
            #expect(throws: MirrorListImportError.self) {
                try GentooMirrorList.mirrors(in: Array(list[..<count]))
            }
        }
    }

    @Test func wantsAMirrorToBeInAGroup() {
        #expect {
            try GentooMirrorList.mirrors(in: Self.list("<mirror><name>a</name></mirror>"))
        } throws: {
            guard case .incomplete? = $0 as? MirrorListImportError else { return false }
            return true
        }
    }
}
