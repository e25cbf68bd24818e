/// Numbers things of one kind from 0 on, and cannot be taken for the number of another kind.
package protocol Number: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    /// Its place in a ``Table``.
    var place: Int { get }
    init(place: Int)
}

extension Number {
    package init(integerLiteral place: Int) {
        self.init(place: place)
    }

    package var description: String { "\(place)" }

    package static func < (left: Self, right: Self) -> Bool { left.place < right.place }
}
