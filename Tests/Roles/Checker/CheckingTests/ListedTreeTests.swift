import Mirrors
import RsyncListing
import Testing

@testable import Checking

@Suite struct ListedTreeTests {
    private func tree(closed: [String] = []) -> ListedTree {
        var tree = ListedTree()
        func insert(_ path: String, _ kind: RsyncEntry.Kind, to target: String? = nil) {
            tree.insert(
                RsyncEntry(
                    path: TreePath(path),
                    kind: kind,
                    byteCount: 5,
                    modified: Timestamp(secondsSinceEpoch: 7),
                    target: target.map { TreePath($0) },
                    isOpenToOthers: !closed.contains(path)
                )
            )
        }
        for folder in ["", "d", "d/00", "r", "r/1"] { insert(folder, .directory) }
        insert("d/00/a", .file)
        insert("d/pipe", .other)
        insert("r/1/b", .file)
        for (path, target) in [
            ("d/a", "00/a"), ("r/current", "1"), ("r/up", "../d/a"), ("d/dangling", "00/none"),
            ("d/absolute", "/etc/passwd"), ("d/out", "../../x"), ("d/loop", "loop"),
            ("d/dot", "./00/./a"), ("r/around", "current/../../d"),
        ] {
            insert(path, .symlink, to: target)
        }
        return tree
    }

    private static let file = ListedTree.Finding.file(
        byteCount: 5,
        modified: Timestamp(secondsSinceEpoch: 7)
    )

    static let findings: [(path: String, finding: ListedTree.Finding)] = [
        ("", .directory), ("d", .directory), ("d/00/a", file),
        ("d/a", file), ("r/current", .directory),
        ("r/current/b", file), ("r/up", file),
        ("d/dot", file), ("r/around/a", file),
        ("d/none", .missing), ("d/dangling", .missing), ("d/loop", .missing),
        ("d/00/a/b", .missing), ("d/a/b", .missing), ("d/pipe", .missing),
        ("d/absolute", .elsewhere), ("d/out", .elsewhere),
    ]

    @Test(arguments: findings) func followsLinks(path: String, finding: ListedTree.Finding) {
        #expect(tree().finding(at: TreePath(path)) == finding)
        // The same by the slow way.
        #expect(tree(closed: ["r/1"]).finding(at: TreePath(path)) == closedInstead(path, finding))
    }

    private func closedInstead(
        _ path: String,
        _ finding: ListedTree.Finding
    ) -> ListedTree.Finding {
        ["r/current", "r/current/b", "r/around/a"].contains(path) ? .closed : finding
    }

    @Test func whatIsClosedIsNotThereForEverybody() {
        #expect(tree(closed: ["d/00/a"]).finding(at: TreePath("d/a")) == .closed)
        #expect(tree(closed: ["d"]).finding(at: TreePath("d/00/a")) == .closed)
        #expect(tree(closed: [""]).finding(at: TreePath("d/00/a")) == .closed)
        #expect(tree(closed: ["d"]).finding(at: TreePath("r/1/b")) == Self.file)
    }

    @Test func anEmptyListingHasNothing() {
        #expect(ListedTree().finding(at: TreePath("")) == .missing)
        #expect(ListedTree().finding(at: TreePath("a")) == .missing)
    }
}
