/// Things that wait for a slice of work, taken from the front at a cost that does not depend on how
/// many wait behind.
struct WorkQueue<Element> {
    private var elements: [Element] = []
    private var start = 0

    /// How many taken ones may stand in front before the others move up.
    private static var slack: Int { 1024 }

    var count: Int { elements.count - start }
    var isEmpty: Bool { start == elements.count }
    var first: Element? { isEmpty ? nil : elements[start] }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func append(contentsOf others: some Sequence<Element>) {
        elements.append(contentsOf: others)
    }

    /// Puts an element in front of all others.
    mutating func putBack(_ element: Element) {
        if start > 0 {
            start -= 1
            elements[start] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    mutating func popFirst() -> Element? {
        guard start < elements.count else { return nil }
        let element = elements[start]
        start += 1
        if start == elements.count || start >= Self.slack {
            elements.removeFirst(start)
            start = 0
        }
        return element
    }

    mutating func takeAll() -> [Element] {
        defer {
            elements = []
            start = 0
        }
        return Array(elements[start...])
    }
}
