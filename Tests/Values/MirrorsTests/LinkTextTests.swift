import Mirrors
import Testing

@Suite struct LinkTextTests {
    /// The steps of a text, with `^` for up; nil if a listing cannot contain the text.
    private static func steps(_ text: String) -> [String]? {
        guard var link = LinkText(Array(text.utf8)[...]) else { return nil }
        var steps: [String] = []
        while let step = link.next() {
            switch step {
            case .up: steps.append("^")
            case .down(let name): steps.append(String(decoding: name, as: UTF8.self))
            }
        }
        return steps
    }

    @Test(arguments: [
        ("a", ["a"]), ("a/b", ["a", "b"]), ("../a", ["^", "a"]), ("./a/./b/.", ["a", "b"]),
        ("a//b///", ["a", "b"]), (".../..a", ["...", "..a"]), ("..", ["^"]), (".", []),
    ]) func readsComponentsAsAFileSystemDoes(text: String, expected: [String]) {
        #expect(Self.steps(text) == expected)
    }

    @Test(arguments: ["", "/", "/a"]) func emptyAndAbsoluteTextsLeadToNoPlace(text: String) {
        #expect(Self.steps(text) == nil)
    }

    @Test func isAtItsEndBeforeTrailingSlashesButNotBeforeADot() {
        for (text, expected) in [("a", true), ("a//", true), ("a/.", false), ("a/b", false)] {
            var link = LinkText(Array(text.utf8)[...])
            #expect(link?.next() == .down(ArraySlice("a".utf8)))
            #expect(link?.isAtEnd == expected, "\(text)")
        }
    }

    @Test(arguments: [
        ("", "a", "a"), ("x/y", "a", "x/y/a"), ("x/y", "../a", "x/a"), ("x/y", "../..", ""),
        ("x/y", "../../..", nil), ("x", "/a", nil), ("x", "", nil), ("x", "a/../../b", "b"),
    ]) func textsAreResolvedFromTheirFolder(folder: String, text: String, expected: String?) {
        let place = TreePath(folder).following(Array(text.utf8)[...])
        #expect(place == expected.map { TreePath($0) })
    }
}
