import Catalogs
import Mirrors
import RsyncListing
import Testing
import Time

@testable import Checking

@Suite struct ListedTreeTests {
    /// A tree whose links were followed.
    private func tree(
        closed: [String] = [],
        expected: [String] = [],
        _ limits: ListedTree.Limits = ListedTree.Limits()
    ) -> ListedTree {
        var tree = ListedTree(Self.expecting(expected), limits: limits)
        func insert(_ path: String, _ kind: EntryKind, to target: String? = nil) {
            tree.insert(path, kind, to: target, isOpenToOthers: !closed.contains(path))
        }
        for folder in ["", "d", "d/00", "r", "r/1"] { insert(folder, .directory) }
        insert("d/00/a", .file)
        insert("d/pipe", .other)
        insert("r/1/b", .file)
        for (path, target) in Self.links { insert(path, .symlink, to: target) }
        Self.follow(&tree)
        return tree
    }

    private static let links = [
        ("d/a", "00/a"), ("r/current", "1"), ("r/up", "../d/a"), ("d/dangling", "00/none"),
        ("d/absolute", "/etc/passwd"), ("d/out", "../../x"), ("d/loop", "loop"),
        ("d/dot", "./00//./a"), ("r/around", "current/../../d"), ("d/ping", "pong"),
        ("d/pong", "ping"), ("r/root", ".."), ("d/through", "../r/around/00/a/x"),
    ]

    static func expecting(_ paths: [String]) -> ExpectedFiles {
        var catalog = Catalog(generation: 1)
        for path in paths { catalog.append(.make(path)) }
        let expected = ExpectedFiles(catalog)
        var slice = WorkSlice(clock: { 0 })
        #expect(expected.prepare(&slice))
        return expected
    }

    @discardableResult
    static func follow(_ tree: inout ListedTree) -> Bool {
        var slice = WorkSlice(clock: { 0 })
        return tree.followLinks(&slice)
    }

    private static let file = ListedTree.Finding.file(
        byteCount: 5,
        modified: Timestamp(secondsSinceEpoch: 7)
    )

    static let findings: [(path: String, finding: ListedTree.Finding)] = [
        ("", .directory), ("d", .directory), ("d/00/a", file),
        ("d/a", file), ("r/current", .directory),
        ("r/current/b", file), ("r/up", file),
        ("d/dot", file), ("r/around/a", file), ("r/root", .directory), ("r/root/d/a", file),
        ("d/none", .missing), ("d/dangling", .missing), ("d/loop", .missing),
        ("d/ping", .missing), ("d/pong/x", .missing), ("d/through", .missing),
        ("d/00/a/b", .missing), ("d/a/b", .missing), ("d/pipe", .missing),
        ("d/absolute", .elsewhere), ("d/out", .elsewhere),
    ]

    @Test(arguments: findings) func followsLinks(path: String, finding: ListedTree.Finding) {
        let expected = [[], Self.findings.map(\.path), ["d/a", "r/1/b", "r/current/b"]]
        for names in expected {
            #expect(tree(expected: names).finding(at: bytes(path)) == finding)
            // The slow path gives the same finding.
            #expect(
                tree(closed: ["r/1"], expected: names).finding(at: bytes(path))
                    == closedInstead(path, finding)
            )
        }
    }

    private func bytes(_ path: String) -> ArraySlice<UInt8> { Array(path.utf8)[...] }

    private func closedInstead(
        _ path: String,
        _ finding: ListedTree.Finding
    ) -> ListedTree.Finding {
        ["r/current", "r/current/b", "r/around/a", "d/through"].contains(path) ? .closed : finding
    }

    @Test func whatIsClosedIsNotThereForEverybody() {
        #expect(tree(closed: ["d/00/a"]).finding(at: bytes("d/a")) == .closed)
        #expect(tree(closed: ["d"]).finding(at: bytes("d/00/a")) == .closed)
        #expect(tree(closed: [""]).finding(at: bytes("d/00/a")) == .closed)
        #expect(tree(closed: ["d"]).finding(at: bytes("r/1/b")) == Self.file)
    }

    @Test func anEmptyListingHasNothing() {
        #expect(ListedTree().finding(at: bytes("")) == .missing)
        #expect(ListedTree().finding(at: bytes("a")) == .missing)
    }

    /// If only expected entries are kept, links to them are followed, and nothing else is
    /// condemned.
    @Test func whatWasNotKeptCondemnsNothing() {
        var limits = ListedTree.Limits()
        limits.otherCount = 0
        let expected = ["d", "d/00", "d/00/a", "d/a", "r", "r/current/b", "r/gone", "d/dangling"]
        let tree = tree(expected: expected, limits)
        #expect(tree.otherCount == 0)
        #expect(tree.finding(at: bytes("d/00/a")) == Self.file)
        #expect(tree.finding(at: bytes("d/a")) == Self.file)
        #expect(tree.finding(at: bytes("r/gone")) == .missing)
        // The target of a link may not have been kept.
        #expect(tree.finding(at: bytes("d/dangling")) == .elsewhere)
        #expect(tree.finding(at: bytes("r/current/b")) == .elsewhere)
    }

    @Test func aClosedFolderThatWasNotKeptStillCloses() {
        var limits = ListedTree.Limits()
        limits.otherCount = 0
        let tree = tree(closed: ["d/00"], expected: ["d/00/a", "r", "r/1", "r/1/b"], limits)
        #expect(tree.finding(at: bytes("d/00/a")) == .elsewhere)
        #expect(tree.finding(at: bytes("r/1/b")) == Self.file)
    }

    /// As many links in a row as Linux follows, in any order.
    @Test(arguments: [true, false]) func fortyLinksInARowAreFollowed(isForwards: Bool) {
        var tree = ListedTree()
        tree.insert("", .directory)
        tree.insert("0", .file)
        let numbers = Array(1...50)
        for number in isForwards ? numbers : numbers.reversed() {
            tree.insert("\(number)", .symlink, to: "\(number - 1)")
        }
        Self.follow(&tree)
        #expect(tree.finding(at: bytes("40")) == Self.file)
        #expect(tree.finding(at: bytes("41")) == .missing)
        #expect(tree.finding(at: bytes("50")) == .missing)
    }

    /// Links through links, each with the longest text that is followed: every step looks at the
    /// clock once, and there are no more steps than the texts have components.
    @Test func linksAreFollowedInLinearTime() {
        var tree = ListedTree()
        let count = 400
        func insert(_ path: String, to target: String) {
            tree.insert(
                RsyncEntry(
                    path: TreePath(path),
                    kind: .symlink,
                    byteCount: 5,
                    modified: Timestamp(secondsSinceEpoch: 7),
                    target: TreePath(target)
                )
            )
        }
        tree.insert(
            RsyncEntry(
                path: TreePath(""),
                kind: .directory,
                byteCount: 0,
                modified: Timestamp(secondsSinceEpoch: 7)
            )
        )
        for number in 0..<count {
            let text = Array(repeating: number == 0 ? "." : "\(number - 1)", count: 200)
            insert("\(number)", to: text.joined(separator: "/"))
        }
        var steps = 0
        while true {
            // A slice of 32 steps.
            var looks = 0.0
            var slice = WorkSlice(
                clock: {
                    looks += 1
                    return looks
                },
                seconds: 0.5
            )
            steps += 32
            if tree.followLinks(&slice) { break }
            #expect(steps < 400 * 203 + 64)
            if steps > 1_000_000 { break }
        }
        #expect(tree.finding(at: bytes("0")) == .directory)
        #expect(tree.finding(at: bytes("1")) == .missing)
    }
}

extension ListedTree {
    fileprivate mutating func insert(
        _ path: String,
        _ kind: EntryKind,
        to target: String? = nil,
        isOpenToOthers: Bool = true
    ) {
        insert(
            RsyncEntry(
                path: TreePath(path),
                kind: kind,
                byteCount: 5,
                modified: Timestamp(secondsSinceEpoch: 7),
                target: target.map { TreePath($0) },
                isOpenToOthers: isOpenToOthers
            )
        )
    }
}
