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

    func start(ofLink link: Int) -> LinkStart<Place, Loss> {
        guard let text = LinkText(targets[links[link].target]) else { return .nowhere(.elsewhere) }
        guard let place = parent(of: links[link].node) else { return .nowhere(lossOfUnlisted) }
        return .text(text, from: place)
    }

    func above(_ place: Place) -> PathEnd<Place, Node, Loss> {
        guard let node = place else { return .nowhere(.elsewhere) }
        return parent(of: node).map { .place($0) } ?? .nowhere(lossOfUnlisted)
    }

    func entry(_ name: ArraySlice<UInt8>, in place: Place) -> ListedEntry<Place, Node, Loss> {
        let node: Node
        switch child(name, of: place) {
        case .listed(let listed): node = listed
        case .expected: return .end(.nowhere(.missing))
        case .unexpected: return .end(.nowhere(lossOfUnlisted))
        }
        switch kind(of: node) {
        case Columns.symlink: return .link(Int(columns.byteCounts[node]))
        case Columns.directory where isOpen(node): return .end(.place(node))
        case Columns.directory: return .end(.leaf(node, beyond: .closed))
        default: return .end(.leaf(node, beyond: .missing))
        }
    }

    var lossOfEndlessPath: Loss { .missing }
}
