import Catalogs
import Mirrors
import Time

/// Files ordered by the time at which they are due: a binary heap.
///
/// Time and number are packed into one integer, because comparing them is all it does. Times range
/// to 2106.
struct DueTimes: Sendable {
    private var heap: [UInt64] = []

    init() {}

    /// Takes linear time.
    init(_ entries: some Sequence<(file: FileID, dueAt: Timestamp)>) {
        heap = entries.map { Self.key($0.file, $0.dueAt) }
        for position in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(position) }
    }

    var count: Int { heap.count }

    /// The time of the first file; nil if the heap is empty.
    var firstDueAt: Timestamp? {
        heap.first.map { Timestamp(secondsSinceEpoch: Int64($0 >> 32)) }
    }

    mutating func insert(_ file: FileID, dueAt: Timestamp) {
        heap.append(Self.key(file, dueAt))
        var position = heap.count - 1
        while position > 0, heap[position] < heap[(position - 1) / 2] {
            heap.swapAt(position, (position - 1) / 2)
            position = (position - 1) / 2
        }
    }

    /// The first file, if it is due by `time`.
    mutating func popFirst(by time: Timestamp) -> (file: FileID, dueAt: Timestamp)? {
        guard let first = heap.first, let dueAt = firstDueAt, dueAt <= time else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        return (FileID(UInt32(truncatingIfNeeded: first)), dueAt)
    }

    private static func key(_ file: FileID, _ dueAt: Timestamp) -> UInt64 {
        UInt64(UInt32(clamping: dueAt.secondsSinceEpoch)) << 32 | UInt64(file.rawValue)
    }

    private mutating func sink(_ start: Int) {
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < heap[position] else { return }
            heap.swapAt(child, position)
            position = child
        }
    }
}
