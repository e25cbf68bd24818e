/// A listing whose links a ``LinkFollower`` follows.
package protocol LinkedListing {
    /// A directory that can be entered, or the root.
    associatedtype Folder: Sendable
    /// An entry that can only be the end of a path.
    associatedtype Leaf: Sendable
    /// Why a path leads nowhere.
    associatedtype Loss: Sendable

    /// Where the link with this number starts, and its target text.
    func start(ofLink link: Int) -> LinkStart<Folder, Loss>
    /// The parent directory of `folder`.
    func above(_ folder: Folder) -> PathEnd<Folder, Leaf, Loss>
    /// The entry `name` in `folder`.
    func entry(_ name: ArraySlice<UInt8>, in folder: Folder) -> ListedEntry<Folder, Leaf, Loss>
    /// The result for a path through a loop, or through too many links.
    var lossOfEndlessPath: Loss { get }
}

/// Where following a link starts.
package enum LinkStart<Folder: Sendable, Loss: Sendable>: Sendable {
    case text(LinkText, from: Folder)
    case nowhere(Loss)
}

/// The end of a path after following all links on it.
package enum PathEnd<Folder: Sendable, Leaf: Sendable, Loss: Sendable>: Sendable {
    case folder(Folder)
    /// `beyond` is the result for paths that continue from here.
    case leaf(Leaf, beyond: Loss)
    case nowhere(Loss)
}

/// An entry as listed.
package enum ListedEntry<Folder: Sendable, Leaf: Sendable, Loss: Sendable>: Sendable {
    case end(PathEnd<Folder, Leaf, Loss>)
    /// A symlink, by its number.
    case link(Int)
}

/// Follows the links of a listing as a file system would, but within the listing, so that no link
/// leaves it unnoticed.
///
/// Links are numbered from 0. The end of each is stored, so each component of each target is looked
/// up once, or twice if it is itself a link: following all links takes time proportional to their
/// targets' lengths, however they refer to each other. At most ``TreePath/linkLimit`` links are
/// followed on one path.
package struct LinkFollower<Listing: LinkedListing>: Sendable {
    package typealias End = PathEnd<Listing.Folder, Listing.Leaf, Listing.Loss>

    private enum State: Sendable {
        case unknown
        case isOnTrail
        case followed(End, linkCount: UInt8)
    }

    /// A path that is being followed, with the progress.
    private struct Walk: Sendable {
        var rest: LinkText
        var folder: Listing.Folder
        var linkCount: Int
    }

    private enum Step {
        case onward
        case ended(End)
        /// A link that must be followed first.
        case link(Int)
    }

    private var states: [State]
    /// The links being followed, outermost first.
    private var trail: [(link: Int, walk: Walk)] = []

    package init(linkCount: Int = 0) {
        states = Array(repeating: .unknown, count: linkCount)
    }

    package mutating func addLink() { states.append(.unknown) }

    /// Whether there is a link for ``step(in:)`` to continue with.
    package var isFollowing: Bool { !trail.isEmpty }

    /// Follows a link to its end.
    package mutating func follow(_ link: Int, in listing: Listing) -> End {
        begin(link, in: listing)
        while isFollowing { step(in: listing) }
        return end(ofLink: link) ?? .nowhere(listing.lossOfEndlessPath)
    }

    /// Starts to follow a link, unless its end is known or it is already being followed.
    package mutating func begin(_ link: Int, in listing: Listing) {
        guard case .unknown = states[link] else { return }
        switch listing.start(ofLink: link) {
        case .nowhere(let loss): states[link] = .followed(.nowhere(loss), linkCount: 1)
        case .text(let text, from: let folder):
            states[link] = .isOnTrail
            trail.append((link, Walk(rest: text, folder: folder, linkCount: 1)))
        }
    }

    /// Looks up the next component of the innermost link; takes one look-up.
    package mutating func step(in listing: Listing) {
        guard let (link, walk) = trail.popLast() else { return }
        var next = walk
        switch advance(&next, in: listing) {
        case .onward: trail.append((link, next))
        case .ended(let end):
            states[link] = .followed(end, linkCount: UInt8(clamping: next.linkCount))
        case .link(let inner):
            // The component is looked up again once the inner link's end is known.
            trail.append((link, walk))
            begin(inner, in: listing)
        }
    }

    /// Where a link leads; nil if it was not followed.
    package func end(ofLink link: Int) -> End? {
        guard case .followed(let end, _) = states[link] else { return nil }
        return end
    }

    /// The end of a path from `folder`, once all links are followed.
    package func end(of path: LinkText, from folder: Listing.Folder, in listing: Listing) -> End {
        var walk = Walk(rest: path, folder: folder, linkCount: 0)
        while true {
            switch advance(&walk, in: listing) {
            case .onward: continue
            case .ended(let end): return end
            case .link: return .nowhere(listing.lossOfEndlessPath)
            }
        }
    }

    private func advance(_ walk: inout Walk, in listing: Listing) -> Step {
        let end: End
        switch walk.rest.next() {
        case nil: return .ended(.folder(walk.folder))
        case .up: end = listing.above(walk.folder)
        case .down(let name):
            switch listing.entry(name, in: walk.folder) {
            case .end(let known): end = known
            case .link(let link):
                guard case .followed(let known, let linkCount) = states[link] else {
                    guard case .unknown = states[link] else {
                        return .ended(.nowhere(listing.lossOfEndlessPath))
                    }
                    return .link(link)
                }
                walk.linkCount += Int(linkCount)
                guard walk.linkCount <= TreePath.linkLimit else {
                    return .ended(.nowhere(listing.lossOfEndlessPath))
                }
                end = known
            }
        }
        switch end {
        case .folder(let folder):
            walk.folder = folder
            return .onward
        case .leaf(_, beyond: let loss):
            return .ended(walk.rest.isAtEnd ? end : .nowhere(loss))
        case .nowhere: return .ended(end)
        }
    }
}
