import Mirrors

extension ListedTree {
    /// Follows links until all were followed or the slice is over; returns whether all were.
    ///
    /// Each component of each text is looked at once, so that all of it takes time in proportion to
    /// the listing.
    mutating func followLinks(_ slice: inout WorkSlice) -> Bool {
        while true {
            if slice.isOver() { return false }
            guard !trail.isEmpty else {
                guard nextLink < links.count else { return true }
                if links[nextLink].end == .unknown { begin(nextLink) }
                nextLink += 1
                continue
            }
            step()
        }
    }

    private mutating func begin(_ link: Int) {
        guard let text = LinkText(targets[links[link].target]) else {
            links[link].end = .elsewhere
            return
        }
        guard let place = parent(of: links[link].node) else {
            links[link].end = lost
            return
        }
        links[link].end = .beingFollowed
        trail.append(Step(link: link, rest: text, place: place))
    }

    /// Looks at the next component of the innermost link.
    private mutating func step() {
        guard var step = trail.popLast() else { return }
        let before = step
        guard let next = step.rest.next() else {
            return finish(step, step.place.map { .node($0) } ?? .root)
        }
        guard case .down(let name) = next else {
            guard let place = step.place else { return finish(step, .elsewhere) }
            guard let parent = parent(of: place) else { return finish(step, lost) }
            step.place = parent
            trail.append(step)
            return
        }
        guard let node = child(name, of: step.place) else {
            return finish(step, lost)
        }
        guard kind(of: node) == Columns.symlink else {
            guard isPassable(node) || step.rest.isAtEnd else {
                let isClosed = kind(of: node) == Columns.directory
                return finish(step, isClosed ? .closed : .missing)
            }
            step.place = node
            trail.append(step)
            return
        }
        let link = Int(columns.byteCounts[node])
        switch links[link].end {
        case .unknown:
            // The component is looked at again when the link's end is known.
            trail.append(before)
            begin(link)
        case .beingFollowed: finish(step, .missing)
        case .node, .root:
            step.linkCount += links[link].linkCount
            guard step.linkCount <= TreePath.linkLimit else { return finish(step, .missing) }
            guard case .node(let end) = links[link].end else {
                step.place = nil
                trail.append(step)
                return
            }
            guard step.rest.isAtEnd || isPassable(end) else {
                let isClosed = kind(of: end) == Columns.directory
                return finish(step, isClosed ? .closed : .missing)
            }
            step.place = end
            trail.append(step)
        case .missing, .closed, .elsewhere: finish(step, links[link].end)
        }
    }

    private mutating func finish(_ step: Step, _ end: End) {
        links[step.link].end = end
        links[step.link].linkCount = step.linkCount
    }
}
