import Mirrors
import Synchronization
import Testing

@Suite struct LinkFollowerTests {
    private enum Loss: Equatable { case missing, outside, endless }

    /// Links by their paths; every other path below the root is a folder if it has no dot.
    private final class Listing: LinkedListing {
        let links: [(path: String, text: String)]
        /// The number of look-ups of entries.
        let lookUpCount = Atomic(0)

        init(_ links: [(path: String, text: String)]) { self.links = links }

        func start(ofLink link: Int) -> LinkStart<[String], Loss> {
            guard let text = LinkText(Array(links[link].text.utf8)[...]) else {
                return .nowhere(.outside)
            }
            return .text(
                text,
                from: links[link].path.split(separator: "/").dropLast().map { "\($0)" }
            )
        }

        func above(_ folder: [String]) -> PathEnd<[String], String, Loss> {
            folder.isEmpty ? .nowhere(.outside) : .folder(folder.dropLast())
        }

        func entry(
            _ name: ArraySlice<UInt8>,
            in folder: [String]
        ) -> ListedEntry<[String], String, Loss> {
            lookUpCount.add(1, ordering: .relaxed)
            let folder = folder + [String(decoding: name, as: UTF8.self)]
            let path = folder.joined(separator: "/")
            if let link = links.firstIndex(where: { $0.path == path }) { return .link(link) }
            if path.hasSuffix("none") { return .end(.nowhere(.missing)) }
            return .end(path.contains(".") ? .leaf(path, beyond: .missing) : .folder(folder))
        }

        var lossOfEndlessPath: Loss { .endless }

        /// The target of each link, by path.
        func ends() -> [String: String] {
            var follower = LinkFollower<Listing>(linkCount: links.count)
            var ends: [String: String] = [:]
            for (link, (path, _)) in links.enumerated() {
                switch follower.follow(link, in: self) {
                case .folder(let folder): ends[path] = "/" + folder.joined(separator: "/")
                case .leaf(let leaf, beyond: _): ends[path] = leaf
                case .nowhere(let loss): ends[path] = "\(loss)"
                }
            }
            return ends
        }
    }

    @Test func followsLinksThroughLinks() {
        let listing = Listing([
            ("a/x", "../b"), ("l", "a/x/deep"), ("f", "l/../y.txt"), ("r", "."), ("s", "y.txt/"),
        ])
        let expected = [
            "a/x": "/b", "l": "/b/deep", "f": "b/y.txt", "r": "/", "s": "y.txt",
        ]
        #expect(listing.ends() == expected)
    }

    @Test func saysWhyALinkLeadsNowhere() {
        let listing = Listing([
            ("loop", "a/loop2"), ("a/loop2", "../loop/x"), ("up", "a/../.."), ("abs", "/etc"),
            ("through", "y.txt/z"), ("dot", "y.txt/."), ("none1", "none"), ("chain", "none1/x"),
        ])
        let expected = [
            "loop": "endless", "a/loop2": "endless", "up": "outside", "abs": "outside",
            "through": "missing", "dot": "missing", "none1": "missing", "chain": "missing",
        ]
        #expect(listing.ends() == expected)
    }

    /// A system follows 40 links on one path, and gives up at the next.
    @Test func followsAsManyLinksOnOnePathAsASystemDoes() {
        let chain = (0..<50).map { (path: "l\($0)", text: "l\($0 + 1)") }
        let ends = Listing(chain).ends()
        #expect(ends["l10"] == "/l50")
        #expect(ends["l9"] == "endless")
        #expect(ends["l0"] == "endless")
    }

    /// Each link leads through the previous one twice: 2^40 steps if each path is followed from the
    /// start.
    @Test func looksAtEachComponentAtMostTwice() {
        let chain = (0..<40).map { (path: "l\($0)", text: "l\($0 + 1)/../l\($0 + 1)") }
        let listing = Listing(chain)
        _ = listing.ends()
        #expect(listing.lookUpCount.load(ordering: .relaxed) <= 2 * 2 * chain.count)
    }
}
