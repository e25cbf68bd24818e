import Catalogs
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

@Suite struct TreeLinksTests {
    let tree = TemporaryTree()

    func resolved(aliasLimit: Int? = nil) throws -> TreeListing {
        var listing = try TreeWalk.listing(of: tree.root)
        listing.resolveLinks(aliasLimit: aliasLimit)
        return listing
    }

    func reasons(_ listing: TreeListing) -> [String: String] {
        Dictionary(uniqueKeysWithValues: listing.leftOut.map { ("\($0.path)", $0.reason.name) })
    }

    @Test func givesALinkTheLengthAndTimeOfItsFile() throws {
        tree.folder("a").file("a/f", byteCount: 9, modified: 5).link("l", to: "a/../a/./f")
        tree.link("a/m", to: "../l")
        let listing = try resolved()
        #expect(listing.entries.pathTexts == ["a", "a/f", "a/m", "l"])
        for link in [2, 3] {
            #expect(listing.entries.byteCount(at: link) == 9)
            #expect(listing.entries.modified(at: link) == Timestamp(secondsSinceEpoch: 5))
        }
        #expect(listing.aliases.count == 0)
        #expect(listing.leftOut.isEmpty)
    }

    @Test func listsThePathsThroughNestedLinks() throws {
        tree.folder("r/2026/deep").file("r/2026/f", byteCount: 4).file("r/2026/deep/g")
        tree.link("r/2026/deep/up", to: "../f")
        tree.link("r/current", to: "2026").link("r/latest", to: "current").folder("s")
        tree.link("s/r", to: "../r/latest/deep")
        let listing = try resolved()
        let aliases = (0..<listing.aliases.count).map { index in
            let target = listing.aliases.target(at: index) ?? []
            return "\(listing.aliases.pathTexts[index]) \(String(decoding: target, as: UTF8.self))"
        }
        #expect(
            aliases == [
                "r/current/deep r/2026/deep", "r/current/deep/g r/2026/deep/g",
                "r/current/deep/up r/2026/deep/up", "r/current/f r/2026/f",
                "r/latest/deep r/2026/deep", "r/latest/deep/g r/2026/deep/g",
                "r/latest/deep/up r/2026/deep/up", "r/latest/f r/2026/f",
                "s/r/g r/2026/deep/g", "s/r/up r/2026/deep/up",
            ]
        )
        #expect(listing.aliases.byteCount(at: 0) == nil)
        #expect(listing.aliases.byteCount(at: 2) == 4)
        #expect(listing.leftOut.isEmpty)
    }

    /// Each link leads through all following ones, and every text is a walk up and down: no path
    /// goes through more links than a system follows.
    @Test func boundsTheLinksOnOnePath() throws {
        tree.folder("a").file("a/f")
        let winding = String(repeating: "a/../", count: 200)
        for link in 0..<50 { tree.link("l\(link)", to: "\(winding)l\(link + 1)") }
        tree.link("l50", to: "a/f").link("short", to: "a/../a/f")
        let listing = try resolved()
        #expect(listing.entries.pathTexts.contains("short"))
        #expect(reasons(listing)["l0"] == "dangling")
        #expect(reasons(listing)["l50"] == nil)
    }

    @Test func followsLinksInsideOfLinkedFolders() throws {
        tree.folder("a").folder("b").file("b/f").link("a/x", to: "../b").link("l", to: "a")
        let listing = try resolved()
        #expect(listing.aliases.pathTexts == ["a/x/f", "l/x", "l/x/f"])
        #expect(listing.aliases.target(at: 1).map(Array.init) == Array("b".utf8))
    }

    @Test func leavesOutLinksThatLeadNowhereOrOut() throws {
        tree.folder("a").file("a/f")
        let links = [
            "dangling": "none", "through": "a/f/g", "up": "../../x", "absolute": "/etc/passwd",
            "chain": "dangling", "self": "self",
        ]
        for (name, target) in links { tree.link(name, to: target) }
        tree.link("a/out", to: "../../etc").link(
            "back",
            to: "../\(tree.root.split(separator: "/")[1])/a"
        )
        let listing = try resolved()
        #expect(
            reasons(listing) == [
                "dangling": "dangling", "through": "dangling", "up": "escaping",
                "absolute": "escaping", "chain": "dangling", "self": "dangling",
                "a/out": "escaping",
                "back": "escaping",
            ]
        )
        #expect(listing.deadLinks.count == 8)
        #expect(listing.aliases.count == 0)
    }

    @Test func cutsLoops() throws {
        tree.folder("a/b").file("a/b/f").link("a/b/up", to: "..").link("root", to: ".")
        tree.folder("m").folder("n").link("m/n", to: "../n").link("n/m", to: "../m")
        let listing = try resolved()
        #expect(
            reasons(listing) == [
                "a/b/up": "loop", "root": "loop", "m/n/m": "loop", "n/m/n": "loop",
            ]
        )
        #expect(listing.deadLinks.isEmpty)
        #expect(listing.aliases.pathTexts == ["m/n/m", "n/m/n"])
    }

    @Test func publishesAsMuchAsFindWouldFollow() throws {
        tree.folder("a").folder("b/c").link("a/x", to: "../b/c").link("b/c/y", to: "..").file("b/f")
        // GNU find -L: a/x a/x/y a/x/y/c a/x/y/f, and a loop at a/x/y/c/y and b/c/y.
        let listing = try resolved()
        #expect(listing.aliases.pathTexts == ["a/x/y", "a/x/y/c", "a/x/y/c/y", "a/x/y/f"])
        #expect(reasons(listing) == ["a/x/y/c/y": "loop", "b/c/y": "loop"])
    }

    /// Eighty links like those of a release tree: nested, relative, upwards, to files and to other
    /// links.
    ///
    /// The kernel decides where they lead.
    @Test func answersEveryPathThroughEightyLinksAsTheKernelDoes() throws {
        tree.folder("current").folder("latest")
        for number in 0..<20 {
            tree.folder("r/\(number)").file("r/\(number)/f", byteCount: 10 + number)
            tree.link("r/\(number)/next", to: "../../r/./\(number + 1)")
            tree.link("current/\(number)", to: "../r/\(number)")
            tree.link("latest/\(number)", to: "../current/\(number)")
            tree.link("r/\(number)/other", to: "../\(19 - number)/../\(19 - number)/f")
        }
        tree.folder("r/20").file("r/20/f", byteCount: 5)
        let listing = try resolved()
        #expect(listing.leftOut.isEmpty)
        var answers: [[UInt8]: UInt64?] = [:]
        for columns in [listing.entries, listing.aliases] {
            for index in 0..<columns.count {
                answers[Array(columns.paths[index])] = columns.byteCount(at: index)
            }
        }
        let kernel = try ServedTree(root: tree.root).everyPath()
        #expect(listing.entries.count + listing.aliases.count == kernel.count)
        #expect(listing.aliases.count > 1500)
        for entry in kernel {
            let expected = entry.isDirectory ? nil : UInt64(entry.byteCount)
            #expect(answers[entry.path] == .some(expected))
        }
    }

    @Test func endsWhereLinksMakePathsThatNoSystemTakes() throws {
        var listing = TreeListing()
        let name = String(repeating: "n", count: 200)
        for number in 0..<60 {
            listing.appendDirectory("\(number)".utf8)
            listing.appendLink(
                "\(number)/\(name)".utf8,
                target: Array("../\(number + 1)".utf8)[...]
            )
        }
        listing.appendFile("60/f".utf8, byteCount: 1, modified: Timestamp(secondsSinceEpoch: 1))
        var ordered = listing.ordered()
        ordered.resolveLinks()
        let longest = (0..<ordered.aliases.count).map { ordered.aliases.paths[$0].count }.max()
        #expect(try #require(longest) < 4096)
        #expect(reasons(ordered)["0/\(name)"] == "tooManyAliases")
        #expect(reasons(ordered)["59/\(name)"] == nil)
    }

    @Test func boundsTheNumberOfAliases() throws {
        // Each level leads to the next one twice: 2^20 paths through 40 links.
        for level in 0..<20 {
            tree.folder("\(level)").link("\(level)/a", to: "../\(level + 1)")
            tree.link("\(level)/b", to: "../\(level + 1)")
        }
        tree.folder("20").file("20/f")
        let listing = try resolved(aliasLimit: 1000)
        let count = listing.aliases.count
        #expect(count > 500 && count <= 1000)
        let reason = reasons(listing)["0/a"]
        #expect(reason == "tooManyAliases")
        #expect(listing.entries.byteCount(at: 1) == nil && listing.deadLinks.isEmpty)
    }

    @Test func cannotTellWhereALinkIntoAnUnreadFolderLeads() {
        var listing = TreeListing()
        listing.appendDirectory("closed".utf8)
        listing.leaveOut(TreePath("closed"), .unreadable("Permission denied"))
        listing.appendLink("l".utf8, target: Array("closed/f".utf8)[...])
        listing.appendLink("m".utf8, target: Array("closed".utf8)[...])
        listing.resolveLinks()
        #expect(reasons(listing) == ["closed": "unreadable", "l": "leadsToUnknown"])
        #expect(listing.unknownPaths == [TreePath("closed"), TreePath("l")])
    }
}
