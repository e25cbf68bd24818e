import Catalogs

/// Files in the order of asking, with removal in constant time.
struct FileQueue: Sendable {
    private var files: [FileID] = []
    private var position = 0

    var isEmpty: Bool { position == files.count }
    var count: Int { files.count - position }

    mutating func append(_ file: FileID) { files.append(file) }

    mutating func append(contentsOf more: some Sequence<FileID>) { files.append(contentsOf: more) }

    /// Puts a file in front of all others.
    mutating func prepend(_ file: FileID) {
        if position > 0 {
            position -= 1
            files[position] = file
        } else {
            files.insert(file, at: 0)
        }
    }

    mutating func popFirst() -> FileID? {
        guard position < files.count else { return nil }
        defer {
            position += 1
            if position == files.count { removeAll() }
        }
        return files[position]
    }

    mutating func removeAll() {
        files.removeAll(keepingCapacity: true)
        position = 0
    }
}
