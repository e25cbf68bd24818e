import Catalogs
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

/// A tree in memory that random steps change, and what a catalog must know about it.
private struct ModelTree {
    private enum Node: Equatable {
        case file(byteCount: UInt64, modified: Int64)
        case link(String)
    }

    /// Nodes by path; folders exist only as parts of paths.
    private var nodes: [String: Node] = [:]
    private var random: SeededGenerator
    private static let names = ["a", "b", "c", "d"]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Does one of these: adds or replaces a file, removes, revives, renames a folder, resets a
    /// link.
    mutating func step() {
        let paths = nodes.keys.sorted()
        switch random.below(10) {
        case 0..<4: put(file: newPath())
        case 4:
            if let path = random.one(of: paths) { nodes[path] = nil }
        case 5:
            if let path = random.one(of: paths.filter { $0.contains("/") }) {
                renameFolder(of: path)
            }
        case 6, 7: put(link: newPath())
        default:
            if let path = random.one(of: paths) { put(file: path) }
        }
    }

    private mutating func newPath() -> String {
        (0...random.below(3)).map { _ in random.one(of: Self.names) ?? "a" }.joined(separator: "/")
    }

    private mutating func put(file path: String) {
        clear(path)
        nodes[path] = .file(
            byteCount: UInt64(random.below(5)),
            modified: Int64(1 + random.below(3))
        )
    }

    private mutating func put(link path: String) {
        clear(path)
        let ups = (0..<random.below(3)).map { _ in ".." }
        nodes[path] = .link((ups + [newPath()]).joined(separator: "/"))
    }

    /// Makes room for an entry: nothing is below it, and its folders are folders.
    private mutating func clear(_ path: String) {
        for other in nodes.keys where other.hasPrefix("\(path)/") || path.hasPrefix("\(other)/") {
            nodes[other] = nil
        }
    }

    private mutating func renameFolder(of path: String) {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let target = newPath()
        guard target != folder, !target.hasPrefix("\(folder)/"), !folder.hasPrefix("\(target)/")
        else { return }
        let moved = nodes.filter { $0.key.hasPrefix("\(folder)/") }
        for old in moved.keys { nodes[old] = nil }
        clear(target)
        nodes[target] = nil
        for (old, node) in moved { nodes[target + old.dropFirst(folder.count)] = node }
    }

    var listing: TreeListing {
        var listing = TreeListing()
        for (path, node) in nodes {
            switch node {
            case .file(let byteCount, let modified):
                listing.appendFile(
                    path.utf8,
                    byteCount: byteCount,
                    modified: Timestamp(secondsSinceEpoch: modified)
                )
            case .link(let target):
                listing.appendLink(path.utf8, target: Array(target.utf8)[...])
            }
        }
        var ordered = listing.ordered()
        ordered.resolveLinks()
        return ordered
    }

    /// Follows `path` component by component, as a file system does; the length of the file, nil
    /// for a folder, or no value if it leads nowhere or in circles.
    func answer(to path: String) -> UInt64?? {
        var place: [String] = []
        var rest = path.split(separator: "/").map(String.init)
        var linkCount = 0
        while !rest.isEmpty {
            let name = rest.removeFirst()
            if name == ".." {
                guard !place.isEmpty else { return .none }
                place.removeLast()
                continue
            }
            place.append(name)
            let current = place.joined(separator: "/")
            switch nodes[current] {
            case .link(let target)?:
                linkCount += 1
                guard linkCount <= 40 else { return .none }
                place.removeLast()
                rest = target.split(separator: "/").map(String.init) + rest
            case .file(let byteCount, _)?:
                return rest.isEmpty ? .some(byteCount) : .none
            case nil:
                guard nodes.keys.contains(where: { $0.hasPrefix("\(current)/") }) else {
                    return .none
                }
            }
        }
        return .some(nil)
    }

    /// Every path of the tree itself.
    var paths: [String] { Array(nodes.keys) }
}

extension SeededGenerator {
    fileprivate mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }

    fileprivate mutating func one(of values: [String]) -> String? {
        values.isEmpty ? nil : values[below(values.count)]
    }
}

@Suite struct RandomHistoryTests {
    @Test(arguments: 0..<10)
    func keepsItsPromisesOverRandomHistories(block: Int) throws {
        for seed in 0..<120 { try follow(seed: UInt64(block * 1000 + seed)) }
    }

    /// One history: after each generation the catalog is compared with the model.
    private func follow(seed: UInt64) throws {
        var tree = ModelTree(seed: seed)
        var catalog = Catalog()
        var everSeen: [TreePath: (id: FileID, firstSeen: Timestamp)] = [:]
        for generation in 1...8 {
            for _ in 0..<4 { tree.step() }
            let listing = tree.listing
            let before = catalog
            let now = Timestamp(secondsSinceEpoch: Int64(generation))
            if let change = try catalog.updated(
                with: listing,
                generation: UInt32(generation),
                at: now,
                allowingShrink: true
            ) {
                catalog = change.catalog
            }
            // No path is forgotten, and no number is given twice.
            var paths: Set<TreePath> = []
            for id in catalog.ids {
                let file = catalog[id]
                #expect(paths.insert(file.path).inserted, "seed \(seed): \(file.path) twice")
                let known = everSeen[file.path] ?? (id, now)
                #expect(known == (id, file.firstSeen), "seed \(seed): \(file.path)")
                everSeen[file.path] = known
                #expect(
                    file.removed == nil || file.changedIn < UInt32(generation) || before.isLive(id)
                )
            }
            #expect(paths.count == everSeen.count, "seed \(seed)")
            // Every live path gets the answer of a file system, and every path of the tree is live.
            let index = CatalogIndex(catalog)
            for id in catalog.ids where catalog.isLive(id) {
                let answer = tree.answer(to: "\(catalog.path(of: id))")
                #expect(answer == .some(catalog.byteCount(of: id)), "seed \(seed): \(catalog[id])")
            }
            let loops = Set(listing.leftOut.map(\.path))
            for path in tree.paths where tree.answer(to: path) != .none {
                let id = index.id(of: TreePath(path).bytes[...], in: catalog)
                #expect(
                    id.map(catalog.isLive) == true || loops.contains(TreePath(path)),
                    "seed \(seed): \(path) is not live"
                )
            }
            // Replaced versions are remembered.
            for id in before.ids where before.isLive(id) && catalog.isLive(id) {
                guard let old = before.byteCount(of: id), catalog.byteCount(of: id) != old else {
                    continue
                }
                #expect(catalog.previousVersion(of: id)?.byteCount == old, "seed \(seed)")
            }
        }
        #expect(try Catalog(decoding: catalog.encoded()) == catalog, "seed \(seed)")
    }
}
