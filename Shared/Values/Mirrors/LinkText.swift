/// The text of a symbolic link, read one component at a time as a file system reads it.
///
/// Links are followed in listings: the leader's of its tree, and those of FTP and rsync servers.
/// All of them read the texts by this, and follow ``TreePath/linkLimit`` links on one path. What is
/// at the place that a step leads to, the listing says.
package struct LinkText: Sendable {
    package enum Step: Equatable, Sendable {
        /// `..`: to the folder above.
        case up
        /// To the entry of this name.
        case down(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    private static let slash = UInt8(ascii: "/")

    /// Nil for a text that is empty or begins with a slash: neither leads to a place in a listing.
    package init?(_ text: ArraySlice<UInt8>) {
        guard let first = text.first, first != Self.slash else { return nil }
        rest = text
    }

    /// The next step; nil at the end.
    ///
    /// Empty components and `.` are no steps.
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

    /// Whether nothing but slashes follows, so that the last step may lead to a file.
    package var isAtEnd: Bool { rest.allSatisfy { $0 == Self.slash } }
}

extension TreePath {
    /// Where a link with this text leads that lies in this folder, as far as its text tells; nil
    /// where that is outside of the tree.
    ///
    /// Takes time in proportion to both.
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
