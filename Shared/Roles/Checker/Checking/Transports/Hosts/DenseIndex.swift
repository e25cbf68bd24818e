/// A number of one kind of thing, counted from 0, that cannot be confused with another kind's.
package protocol DenseIndex: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    /// Its index in a ``DenseTable``.
    var index: Int { get }
    init(index: Int)
}

extension DenseIndex {
    package init(integerLiteral index: Int) {
        self.init(index: index)
    }

    package var description: String { "\(index)" }

    package static func < (left: Self, right: Self) -> Bool { left.index < right.index }
}
