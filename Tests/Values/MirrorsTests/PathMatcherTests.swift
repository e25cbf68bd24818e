import Mirrors
import TestSupport
import Testing

@Suite struct PathMatcherTests {
    @Test func matchesWhatOneOfItsPatternsMatches() throws {
        var random = SeededGenerator.forTest()
        let patterns = try FileClassesTests.matches.map { try #require(PathPattern($0.pattern)) }
        let matcher = PathMatcher(patterns)
        for row in FileClassesTests.matches {
            let path = Array(row.path.utf8)[...]
            #expect(matcher.matches(path) == patterns.contains { $0.matches(path) }, "\(row.path)")
        }
        for _ in 0..<2_000 {
            let some = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                PathPattern(Self.text(of: "ab*/", using: &random))
            }
            let path = Array(Self.text(of: "ab/", using: &random).utf8)[...]
            #expect(
                PathMatcher(some).matches(path) == some.contains { $0.matches(path) },
                "\(some) \(String(decoding: path, as: UTF8.self))"
            )
        }
    }

    private static func text(
        of letters: String,
        using random: inout SeededGenerator
    ) -> String {
        let letters = Array(letters)
        return String(
            (0..<Int.random(in: 0...9, using: &random)).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &random)]
            }
        )
    }

    @Test(arguments: FileProfile.allCases)
    func agreesWithTheClassesOfEachProfile(profile: FileProfile) {
        let classes = profile.classes
        let paths = [
            "distfiles/layout.conf", "distfiles/0a/layout.conf", "snapshots/portage-latest.tar.xz",
            "dists/sid/InRelease", "dists/sid/main/binary-amd64/Packages.xz", "pool/a/a_1.deb",
            "x/repodata/repomd.xml", "core/os/x86_64/core.db", "core/os/x86_64/core.db.tar.gz",
            "web/index.html", "index.html", "src/contrib/PACKAGES.gz", "authors/01mailrc.txt.gz",
            "modules/by-module/0", "releases/amd64/autobuilds/current-stage3/stage3.tar.xz", "",
        ]
        for path in paths.map({ Array($0.utf8)[...] }) {
            #expect(classes.mutableFiles.matches(path) == classes.isMutable(path))
        }
    }

    @Test func anyNumberOfPatternsIsTried() throws {
        let patterns = try (0..<200).map { try #require(PathPattern("file-\($0)")) }
        let matcher = PathMatcher(patterns)
        for number in 0..<200 {
            #expect(matcher.matches(Array("x/file-\(number)".utf8)[...]))
        }
        #expect(!matcher.matches(Array("x/file-200".utf8)[...]))
        #expect(PathMatcher([.root]).matches(Array("anything".utf8)[...]))
        #expect(!PathMatcher([]).matches(Array("anything".utf8)[...]))
    }
}
