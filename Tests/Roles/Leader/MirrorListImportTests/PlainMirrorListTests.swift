import MirrorListImport
import Testing

@Suite struct PlainMirrorListTests {
    private func mirrors(_ text: String) throws -> [ListedMirror] {
        try MirrorListFormat.mirrors(in: Array(text.utf8))
    }

    /// The output of `mirrorbits list -http -rsync -ftp -location`: cells end with a blank, columns
    /// with tabs, and an unknown value is an empty cell.
    static let table =
        "Identifier \tHTTP \t\t\t\tRSYNC \t\t\tFTP \t\tLOCATION \tSTATE\tSINCE\n"
        + "one.example \thttps://one.example/vlc/ \trsync://one.example/vlc/ "
        + "\tftp://one.example/vlc/ \tFR (EU) \tup \t\(since)\n"
        + "two \t\thttp://two.example/ \t\t \t\t\t \t\tUS (NA) \tdown \t\(since)\n"
        + "off \t\thttp://off.example/ \t\t \t\t\t \t\tDE (EU) \tdisabled \t\(since)\n"
        + "nowhere \thttp://nowhere.example/ \t \t\t\t \t\t (EU) \t\tup \t\(since)\n"

    private static let since = "(Mon, 02 Jan 2006 15:04:05 MST)"

    @Test(arguments: [table, table.replacing("\t", with: "    "), "\n\n\(table)\n"])
    func readsTheTableOfMirrorbits(text: String) throws {
        let mirrors = try mirrors(text)
        #expect(mirrors.map(\.name) == ["one.example", "two", "nowhere"])
        #expect(mirrors.map(\.country) == ["FR", "US", ""])
        #expect(
            mirrors.map { $0.locations.map(\.url) } == [
                ["https://one.example/vlc/", "rsync://one.example/vlc/", "ftp://one.example/vlc/"],
                ["http://two.example/"], ["http://nowhere.example/"],
            ]
        )
    }

    @Test func readsBothStylesOfMirmon() throws {
        let plain = """
            # mirrors of the project
            de https://one.example/pub/ admin@one.example
            de rsync://one.example/pub
            us http://one.example/pub/

            nl http://[2001:db8::1]:8080/pub/
            """
        let expected = [
            ListedMirror(
                name: "one.example",
                country: "DE",
                region: "",
                locations: [
                    .init(url: "https://one.example/pub/"), .init(url: "rsync://one.example/pub"),
                ]
            ),
            ListedMirror(
                name: "one.example",
                country: "US",
                region: "",
                locations: [.init(url: "http://one.example/pub/")]
            ),
            ListedMirror(
                name: "[2001:db8::1]",
                country: "NL",
                region: "",
                locations: [.init(url: "http://[2001:db8::1]:8080/pub/")]
            ),
        ]
        #expect(try mirrors(plain) == expected)
        let apache = """
            https de https://one.example/pub/ admin@one.example
            rsync de rsync://one.example/pub
            http us http://one.example/pub/
            http nl http://[2001:db8::1]:8080/pub/
            """
        #expect(try mirrors(apache) == expected)
    }

    @Test(arguments: [
        ("de https://one.example/\nnoise", "line 2"),
        ("de https://one.example/\n\n# x\nGermany https://two.example/", "line 4"),
        ("Identifier \tSTATE\tSINCE\none \tup \t(Mon)", "mirrorbits list -http"),
    ])
    func namesTheLineThatIsNone(text: String, reason: String) {
        #expect {
            try mirrors(text)
        } throws: {
            $0 is MirrorListImportError && "\($0)".contains(reason)
        }
    }

    @Test func takesNoMoreThanAListMayHave() {
        let many = (0...ListedMirror.mirrorLimit).map { "de http://m\($0).example/" }
        #expect(throws: MirrorListImportError.self) { try mirrors(many.joined(separator: "\n")) }
        let urls = (0...ListedMirror.locationLimit).map { "de http://m.example/\($0)/" }
        #expect(throws: MirrorListImportError.self) { try mirrors(urls.joined(separator: "\n")) }
    }
}
