import JSON
import Mirrors
import Testing

@Suite struct FileClassesTests {
    static let matches: [(pattern: String, path: String, isMatch: Bool)] = [
        ("latest-*.txt", "latest-stage3.txt", true),
        ("latest-*.txt", "releases/amd64/autobuilds/latest-stage3-amd64.txt", true),
        ("latest-*.txt", "latest-stage3.txt.asc", false),
        ("latest-*.txt", "latest-a/b.txt", false),
        ("latest-*.txt", "a/not-latest-x.txt", false),
        ("latest-*.txt", "latest-.txt/below", true),
        ("*/current-*", "releases/amd64/current-iso/install.iso", true),
        ("*/current-*", "current-iso/install.iso", false),
        ("*/current-*", "a/xcurrent-iso", false),
        ("/current-*", "current-iso/install.iso", true),
        ("/current-*", "a/current-iso", false),
        ("/a/*/c", "a/b/c", true),
        ("/a/*/c", "a/b/b/c", false),
        ("/a/*/c", "a/b", false),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("*", "", true),
        ("a", "", false),
        ("a/b", "a", false),
        ("a/b", "a/", false),
        ("é*", "é1", true),
    ]

    @Test(arguments: matches)
    func aPatternMatchesComponents(_ row: (pattern: String, path: String, isMatch: Bool)) throws {
        let pattern = try #require(PathPattern(row.pattern))
        #expect(pattern.matches(Array(row.path.utf8)[...]) == row.isMatch)
        // A slice does not begin at 0.
        #expect(pattern.matches(Array("xx\(row.path)".utf8).dropFirst(2)) == row.isMatch)
        #expect(pattern.description == row.pattern)
    }

    @Test(arguments: ["", "/", "a//b", "a/", "//a", "**", "dists/**", "/a/***/b"])
    func aPatternHasNoComponentThatIsEmptyOrTwoStars(text: String) {
        #expect(PathPattern(text) == nil)
    }

    /// An operator's pattern must not make a mirror's file name cost minutes.
    @Test func manyStarsAreHarmless() throws {
        let pattern = try #require(PathPattern(String(repeating: "*a", count: 50) + "b"))
        #expect(!pattern.matches(Array(repeating: UInt8(ascii: "a"), count: 5_000)[...]))
    }

    @Test(arguments: [
        (path: "releases/amd64/autobuilds/latest-stage3.txt", isMutable: true),
        ("releases/amd64/autobuilds/current-stage3-amd64-openrc/stage3.tar.xz", true),
        ("snapshots/portage-latest.tar.xz", true), ("distfiles/layout.conf", true),
        ("distfiles/timestamp.dev-local", true), ("releases/timestamp.x", true),
        ("distfiles/0a/foo-latest.tar.gz", false), ("distfiles/0a/foo-1.0.tar.gz", false),
        ("snapshots/portage-20260821.tar.xz", false),
        ("releases/amd64/autobuilds/20260821T170000Z/stage3.tar.xz", false),
    ])
    func theStandardClassesFitGentoo(_ row: (path: String, isMutable: Bool)) {
        #expect(FileClasses.standard.isMutable(Array(row.path.utf8)[...]) == row.isMutable)
    }

    @Test func survivesJSON() throws {
        #expect(try FileClasses(json: FileClasses.standard.json) == .standard)
        #expect(FileClasses.standard.mutable.count == 5)
        #expect(try FileClasses(json: ["version": 1]) == .standard)
        #expect(try FileClasses(json: ["version": 1, "mutable": []]).mutable.isEmpty)
        #expect(throws: JSONError.self) {
            try FileClasses(json: ["version": 1, "mutable": ["a//b"]])
        }
        #expect(throws: JSONError.self) { try FileClasses(json: ["version": 2]) }
        for profile in FileProfile.allCases {
            #expect(try FileClasses(json: profile.classes.json) == profile.classes)
            let json: JSONValue = ["version": 1, "profile": .string(profile.rawValue)]
            #expect(try FileClasses(json: json) == profile.classes)
        }
    }

    @Test func namesIndexFiles() throws {
        #expect(FileClasses.standard.indexNames == ["index.html", "index.htm"])
        let own = try FileClasses(json: ["version": 1, "indexes": ["default.asp"]])
        #expect(own.indexNames == ["default.asp"])
        #expect(own.mutable == FileClasses.standard.mutable)
        #expect(try FileClasses(json: own.json) == own)
        #expect(try FileClasses(json: ["version": 1, "indexes": []]).indexNames.isEmpty)
        for name in ["", "a/b"] {
            #expect(throws: JSONError.self) {
                try FileClasses(json: ["version": 1, "indexes": [.string(name)]])
            }
        }
    }

    static let mistakes: [(text: String, error: String)] = [
        (
            "{\n \"version\": 1,\n \"mutabel\": []}",
            "line 3: \"mutabel\" is not a known key; known here: version, profile, mutable, sets, "
                + "exclude, rails, indexes"
        ),
        (
            "{\"version\": 1,\n\"mutable\": [\"a\",\n  \"dists/**\"]}",
            "line 3: \"mutable\": expected \(PathPattern.grammar), found \"dists/**\""
        ),
        ("{\"version\": 1,\n\"exclude\": [\"a//b\"]}", "line 2: \"exclude\": expected"),
        (
            "{\"version\": 1,\n\n\"profile\": \"ubuntu\"}",
            "line 3: \"profile\": expected one of gentoo, debian, fedora, arch, pypi, ctan, cran, "
                + "cpan, flat, found \"ubuntu\""
        ),
        (
            "{\"version\": 1,\n\"sets\": [{}]}",
            "line 2: sets[0].folder is missing: expected the pattern"
        ),
        (
            "{\"version\": 1, \"sets\": [{\"folder\": \"a\",\n\"name\": []}]}",
            "line 1: sets[0].name"
        ),
        (
            "{\"version\": 1, \"sets\": [{\"folder\": \"a\\tb\"}]}",
            "line 1: sets[0].folder: expected"
        ),
        (
            "{\"version\": 1, \"sets\": [\n{\"folder\": \"a\", \"names\": [\"/b\"]}]}",
            "line 2: sets[0].names: expected patterns from the set's folder on"
        ),
        (
            "{\"version\": 1, \"sets\": [\n{\"folder\": \"a\", \"packages\": [\"../\"]}]}",
            "line 2: sets[0].packages: expected a pattern from the set's folder on"
        ),
        (
            "{\"version\": 1,\n\"rails\": {\"treePercent\": 0}}",
            "line 2: rails.treePercent: expected"
        ),
        ("{\"version\": 1,\n\"rails\": {\"tree\": 1}}", "line 2: rails.tree is not a known key"),
        ("{\"version\": 1,\n\"mutable\": [}", "line 2: malformed JSON"),
        (
            "{\"version\": 1,\n\n\"indexes\": [],\n\"indexes\": []}",
            "line 3: indexes is given twice"
        ),
    ]

    @Test(arguments: mistakes)
    func mistakesAreRefusedWithTheirLine(_ row: (text: String, error: String)) {
        #expect {
            try FileClasses(parsing: Array(row.text.utf8))
        } throws: { error in
            "\(error)".hasPrefix(row.error)
        }
    }

    @Test func whatIsGivenReplacesWhatTheProfileSays() throws {
        let classes = try FileClasses(
            json: [
                "version": 1, "profile": "debian", "mutable": ["a"],
                "sets": [
                    ["folder": "b/*", "names": ["c*"], "packages": ["../d", "*.e"]],
                    ["folder": "/", "names": ["c"]],
                ],
                "rails": ["folderFiles": 7],
            ]
        )
        #expect(classes.mutable.map(\.description) == ["a"])
        #expect(classes.excluded == FileProfile.debian.classes.excluded)
        #expect(classes.sets.map(\.folder.description) == ["b/*", "/"])
        #expect(
            classes.rails
                == FileClasses.ShrinkLimits(treePercent: 10, folderPercent: 60, folderFileCount: 7)
        )
        #expect(try FileClasses(json: classes.json) == classes)
    }
}
