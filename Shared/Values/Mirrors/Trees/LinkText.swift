/// The target of a symlink, read one component at a time as a file system does.
///
/// Links are followed in listings: the leader's of its tree, and those of FTP and rsync servers.
/// All of them use this, and follow at most ``TreePath/linkLimit`` links on one path. The listing
/// determines what a step leads to.
package struct LinkText: Sendable {
    package enum Step: Equatable, Sendable {
        /// `..`: to the parent folder.
        case up
        /// To the entry of this name.
        case down(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    private static let slash = UInt8(ascii: "/")

    /// Nil if the target is empty or begins with a slash: neither leads to a place in a listing.
    package init?(_ text: ArraySlice<UInt8>) {
        guard let first = text.first, first != Self.slash else { return nil }
        rest = text
    }

    /// The next step; nil at the end.
    ///
    /// Empty components and `.` are skipped.
    package mutating func next() -> Step? {
        while let start = rest.firstIndex(where: { $0 != Self.slash }) {
            let end = rest[start...].firstIndex(of: Self.slash) ?? rest.endIndex
            let name = rest[start..<end]
            rest = rest[end...]
            if name.elementsEqual(".".utf8) { continue }
            return name.elementsEqual("..".utf8) ? .up : .down(name)
        }
        return nil
    }

    /// Whether only slashes follow, so that the last step may lead to a file.
    package var isAtEnd: Bool { rest.allSatisfy { $0 == Self.slash } }
}

extension TreePath {
    /// Where a link with this target in this folder leads, according to the target alone; nil if
    /// that is outside the tree.
    ///
    /// Takes time proportional to both lengths.
    package func following(_ text: ArraySlice<UInt8>) -> TreePath? {
        guard var text = LinkText(text) else { return nil }
        let slash = UInt8(ascii: "/")
        var names = bytes.split(separator: slash)
        while let step = text.next() {
            switch step {
            case .down(let name): names.append(name)
            case .up: guard names.popLast() != nil else { return nil }
            }
        }
        return TreePath(bytes: Array(names.joined(separator: CollectionOfOne(slash))))
    }
}
