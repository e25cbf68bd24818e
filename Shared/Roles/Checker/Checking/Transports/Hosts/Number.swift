/// A number of one kind of thing, counted from 0, that cannot be confused with another kind's.
package protocol Number: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    /// Its index in a ``Table``.
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
