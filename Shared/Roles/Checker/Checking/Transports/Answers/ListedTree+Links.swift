import Mirrors

extension ListedTree: LinkedListing {
    /// Follows links until all are followed or the slice is over; returns whether all are.
    mutating func followLinks(_ slice: inout WorkSlice) -> Bool {
        // Take the follower out of the tree, which it reads.
        var follower = LinkFollower<ListedTree>()
        swap(&follower, &self.follower)
        defer { swap(&follower, &self.follower) }
        while true {
            if slice.isOver() { return false }
            if follower.isFollowing {
                follower.step(in: self)
            } else if nextLink < links.count {
                follower.begin(nextLink, in: self)
                nextLink += 1
            } else {
                return true
            }
        }
    }

    func start(ofLink link: Int) -> LinkStart<Folder, Loss> {
        guard let text = LinkText(targets[links[link].target]) else { return .nowhere(.elsewhere) }
        guard let folder = parent(of: links[link].node) else { return .nowhere(lossOfUnlisted) }
        return .text(text, from: folder)
    }

    func above(_ folder: Folder) -> PathEnd<Folder, Node, Loss> {
        guard let node = folder else { return .nowhere(.elsewhere) }
        return parent(of: node).map { .folder($0) } ?? .nowhere(lossOfUnlisted)
    }

    func entry(_ name: ArraySlice<UInt8>, in folder: Folder) -> ListedEntry<Folder, Node, Loss> {
        let node: Node
        switch child(name, of: folder) {
        case .listed(let listed): node = listed
        case .expected: return .end(.nowhere(.missing))
        case .unexpected: return .end(.nowhere(lossOfUnlisted))
        }
        switch kind(of: node) {
        case Columns.symlink: return .link(Int(columns.byteCounts[node]))
        case Columns.directory where isOpen(node): return .end(.folder(node))
        case Columns.directory: return .end(.leaf(node, beyond: .closed))
        default: return .end(.leaf(node, beyond: .missing))
        }
    }

    var lossOfEndlessPath: Loss { .missing }
}
