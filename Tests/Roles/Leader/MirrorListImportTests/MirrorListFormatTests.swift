import MirrorListImport
import Testing

@Suite struct MirrorListFormatTests {
    func mirrors(_ text: String) throws -> [ListedMirror] {
        try MirrorListFormat.mirrors(in: Array(text.utf8))
    }

    static let expected = [
        ListedMirror(
            name: "Example: University #1",
            country: "DE",
            region: "Europe",
            locations: [
                .init(url: "https://mirror.example.org/gentoo/"),
                .init(
                    url: "rsync://mirror.example.org/g",
                    hasIPv4: false,
                    hasIPv6: true,
                    isPartial: true
                ),
            ]
        ),
        ListedMirror(
            name: "it's",
            country: "NO",
            region: "",
            locations: [.init(url: "http://b.example/")]
        ),
    ]

    static let texts = [
        """
        ---
        # Our mirrors
        mirrors:
          - name: "Example: University #1"
            country: DE   # not of the region
            region: Europe
            urls:
              - https://mirror.example.org/gentoo/
              - url: 'rsync://mirror.example.org/g'
                ipv4: false
                ipv6: true
                partial: true

          - name: 'it''s'
            country: NO
            urls:
            - http://b.example/
        """,
        """
        -
          name: "Example: University #1"
          "country": DE
          region: Europe
          accessPoints:
            - url: https://mirror.example.org/gentoo/
            - {PLACEHOLDER}
        """.replacing(
            "{PLACEHOLDER}",
            with:
                "url: rsync://mirror.example.org/g\n      ipv4: false\n      "
                + "ipv6: true\n      partial: true"
        )
            + "\n- name: it's\n  country: NO\n  unknown: [] \n  urls: \n"
            + "    - \"http://b.example/\"\n",
        """
        {"mirrors": [
          {"name": "Example: University #1", "country": "DE", "region": "Europe", "urls": [
            "https://mirror.example.org/gentoo/",
            {"url": "rsync://mirror.example.org/g", "ipv4": false, "ipv6": true, "partial": true}]},
          {"name": "gone", "country": "DE", "listed": false, "urls": ["http://gone/"]},
          {"name": "it's", "country": "NO", "urls": ["http://b.example/"]}]}
        """,
    ]

    @Test(arguments: texts)
    func readsTheSameOfEachForm(text: String) throws {
        #expect(try mirrors(text) == Self.expected)
        let marked = [0xEF, 0xBB, 0xBF] + Array(text.replacing("\n", with: "\r\n").utf8)
        #expect(try MirrorListFormat.mirrors(in: marked) == Self.expected)
    }

    static let refused: [(text: String, reason: String)] = [
        ("a: &x 1", "line 1: an anchor"), ("a:\n  - *x", "line 2: an alias"),
        ("a: &x [1]", "an anchor"), ("&x a: 1", "an anchor"), ("- &x\n  a: 1", "an anchor"),
        ("a: !tag b", "line 1: a tag"), ("a: !!map {}", "a tag"),
        ("%YAML 1.2\n---\na: 1", "directive"),
        ("%TAG ! x:\n---\na: 1", "directive"), ("a: 1\n---\nb: 2", "second document"),
        ("a: 1\na: 2", "line 2: \"a\" is given twice"), ("[a]: 1", "JSON"),
        ("? [a]\n: 1", "the key is not text"),
        ("a: 1\n\tb: 2", "line 2"), ("a:\n    b: 1\n  c: 2", "line 3"), ("a: 'b", "quoted scalar"),
        ("a: \"b", "quoted scalar"), ("a: 1\n- b", "line 2"), ("", "empty"), ("# nothing", "empty"),
        ("a: 1\nnoise", "line 3"), ("a: 1", "no \"mirrors\""), ("a: \u{7}", "control characters"),
        ("{\"mirrors\": 1}", "mirrors"), ("{", "JSON"), ("[1]", "mirrors[0]"),
        ("mirrors:\n  - urls:\n      - ipv4: true", "url"),
    ]

    @Test(arguments: refused)
    func namesWhatItDoesNotRead(text: String, reason: String) {
        #expect {
            try mirrors(text)
        } throws: {
            $0 is MirrorListImportError && "\($0)".contains(reason)
        }
    }

    @Test func survivesEveryPrefix() {
        for text in Self.texts {
            let bytes = Array(text.utf8)
            for count in bytes.indices {
                _ = try? MirrorListFormat.mirrors(in: Array(bytes[..<count]))
            }
        }
    }

    /// Scalars and collections in YAML's other styles.
    @Test func readsEachStyleOfScalar() throws {
        let names = [
            "|-\n    it's", ">-\n    it's", "\"it\\x27s\"", "'it''s'", "it's",
            "it's # one",
        ]
        for name in names {
            let text =
                "mirrors:\n- {country: NO, urls: [http://b.example/]}\n- name: \(name)\n  urls: "
                + "[]\n"
            let mirrors = try mirrors(text)
            #expect(mirrors.map(\.name) == ["", "it's"], "\(text)")
            #expect(mirrors.first?.country == "NO")
        }
    }

    /// A billion laughs: nine anchors, each with nine aliases of the previous one.
    @Test func doesNotExpandAliases() {
        var text = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: MirrorListImportError.self) { try mirrors(text) }
    }

    @Test func readsNoDepthWithoutEnd() {
        let deep = (0..<10_000).map { String(repeating: " ", count: $0 % 200) + "a:\n" }.joined()
        #expect(throws: MirrorListImportError.self) { try mirrors(deep) }
        let hyphens = String(repeating: "- ", count: 10_000) + "a"
        #expect(throws: MirrorListImportError.self) { try mirrors(hyphens) }
        let brackets = "a: " + String(repeating: "[", count: 1 << 20)
        #expect(throws: MirrorListImportError.self) { try mirrors(brackets) }
    }
}
