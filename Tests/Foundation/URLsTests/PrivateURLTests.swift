import Testing
import URLs

@Suite struct PrivateURLTests {
    @Test(
        arguments: [
            ("http://gateway:8080/", "http://gateway:8080/"),
            ("https://user:secret@gateway:8080/a", "https://***@gateway:8080/a"),
            ("https://secret@gateway", "https://***@gateway"),
            ("rsync://user:se/cret@host/module/", "rsync://***@host/module/"),
            ("https://user:se@cret@host/", "https://***@host/"),
            ("https://user:se?cret@host/", "https://***@host/"),
            ("https://host/list.xml?key=secret", "https://host/list.xml?***"),
            ("https://u:secret@host/list?key=secret", "https://***@host/list?***"),
            ("user:secret@host", "***@host"),
            ("file:///srv/list.xml", "file:///srv/list.xml"),
            ("", ""),
        ] as [(String, String)]
    )
    func showsItselfWithoutWhatIsSecret(url: String, shown: String) {
        #expect("\(PrivateURL(url))" == shown)
        #expect(PrivateURL(url).exposed == url)
    }

    @Test func noWayOfPrintingShowsTheSecret() {
        let url = PrivateURL("https://user:secret@host/?key=secret")
        var dumped = ""
        dump(url, to: &dumped)
        dump([url], to: &dumped)
        let texts = [
            dumped, "\(url)", String(describing: url), String(reflecting: url), "\([url])",
            "\(Optional(url) as Any)", "\((url, url))",
        ]
        for text in texts { #expect(!text.contains("secret"), "\(text)") }
    }
}
