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
        ("**", "anything", true),
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

    @Test(arguments: ["", "/", "a//b", "a/", "//a"])
    func aPatternHasNoEmptyComponent(text: String) {
        #expect(PathPattern(text) == nil)
    }

    /// A pattern of an operator must not make a name of a mirror cost minutes.
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
}
