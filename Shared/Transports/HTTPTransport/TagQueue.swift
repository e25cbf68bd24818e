/// Tags in the order in which they wait, taken from the front at a cost that does not depend on how many
/// wait behind.
package struct TagQueue: Sendable {
    /// Those that wait, from `start` on.
    private var tags: [Int] = []
    private var start = 0

    /// How many taken ones may stand in front before the others move up.
    private static let slack = 1024

    package init() {}

    package var count: Int { tags.count - start }
    package var isEmpty: Bool { start == tags.count }
    /// The tag that is taken next.
    package var first: Int? { isEmpty ? nil : tags[start] }

    package mutating func append(_ tag: Int) {
        tags.append(tag)
    }

    package mutating func popFirst() -> Int? {
        guard start < tags.count else { return nil }
        let tag = tags[start]
        start += 1
        if start == tags.count || start >= Self.slack {
            tags.removeFirst(start)
            start = 0
        }
        return tag
    }

    /// Puts tags in front of all others, in their order.
    package mutating func putBack(_ earlier: [Int]) {
        tags.replaceSubrange(..<start, with: earlier)
        start = 0
    }

    package mutating func takeAll() -> [Int] {
        defer { self = TagQueue() }
        return Array(tags[start...])
    }
}
