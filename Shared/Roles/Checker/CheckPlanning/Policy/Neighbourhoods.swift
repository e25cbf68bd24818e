import Bytes
package import Catalogs

/// The live files of a catalog in groups that tend to be lost together: the files of a folder, and
/// its links.
///
/// A folder with more than 512 of them is split by the hash of the names into as many pieces as
/// needed; so all neighbourhoods are small and of similar size, and each can be asked for
/// completely. Computing them takes about 20 ms for 150,000 files and 8 bytes a file.
package struct Neighbourhoods: Sendable {
    /// For each file, the number of its neighbourhood; ``none`` for removed files.
    package private(set) var numbers: [UInt32]
    /// The files of all neighbourhoods, one after the other.
    private var members: [UInt32] = []
    /// Where each neighbourhood begins, and the end of the last one.
    private var starts: [Int] = [0]
    /// For each neighbourhood, a hash that is stable over generations.
    package private(set) var keys: [UInt64] = []
    /// For each neighbourhood, the number of its folder.
    package private(set) var folders: [Int] = []
    /// For each folder, a hash that is stable over generations.
    package private(set) var folderKeys: [UInt64] = []

    /// For each neighbourhood, the number of its group: the pieces of one folder's files, or of its
    /// links.
    private(set) var groups: [Int] = []
    private(set) var groupCount = 0

    /// For each neighbourhood, whether it has files, not only folders.
    private(set) var haveFiles: [Bool] = []

    /// The number of small neighbourhoods.
    private(set) var smallCount = 0

    package static let none = UInt32.max
    /// Neighbourhoods with fewer files skip every other sampling: little is lost with them.
    static let smallSize = 8

    /// A folder's links are kept apart only if there are at least this many.
    private static let leastLinkCount = 8
    private static let sizeLimit = 512

    package var count: Int { keys.count }

    /// The files of a neighbourhood, by number.
    package subscript(number: Int) -> Files {
        Files(numbers: members[starts[number]..<starts[number + 1]])
    }

    /// Files by position, counted from 0.
    package struct Files: RandomAccessCollection, Sendable {
        fileprivate let numbers: ArraySlice<UInt32>

        package var startIndex: Int { 0 }
        package var endIndex: Int { numbers.count }

        package subscript(position: Int) -> FileID {
            FileID(numbers[numbers.startIndex + position])
        }
    }

    package func size(of number: Int) -> Int { starts[number + 1] - starts[number] }

    /// The neighbourhoods of a folder, which have consecutive numbers.
    package func pieces(of folder: Int) -> Range<Int> {
        let first = folders.partitioningIndex { $0 >= folder }
        let end = folders.partitioningIndex { $0 > folder }
        return first..<end
    }

    /// The neighbourhood of a file; nil for a removed file, or one that is not in the catalog.
    package func number(of id: FileID) -> Int? {
        let index = Int(id.rawValue)
        guard index < numbers.count, numbers[index] != Self.none else { return nil }
        return Int(numbers[index])
    }

    package init(_ catalog: Catalog) {
        numbers = Array(repeating: Self.none, count: catalog.count)
        // First by folder and kind, two numbers a folder; then pieces of these.
        let groups = makeGroups(numberFolders(of: catalog))
        var sizes = [Int](repeating: 0, count: keys.count)
        for index in numbers.indices where numbers[index] != Self.none {
            let group = groups[Int(numbers[index])]
            let number = group.first + Self.piece(of: index, in: catalog, among: group.pieceCount)
            numbers[index] = UInt32(number)
            sizes[number] += 1
        }
        for size in sizes { starts.append(starts[starts.count - 1] + size) }
        smallCount = sizes.count { $0 < Self.smallSize }
        listMembers(catalog)
    }

    /// Sets the number of each live file to twice that of its folder, and one more for a link;
    /// returns how many files have each of these numbers.
    private mutating func numberFolders(of catalog: Catalog) -> [Int] {
        var folderNumbers: [UInt64: Int] = [:]
        var counts: [Int] = []
        var last: (path: ArraySlice<UInt8>, number: Int)?
        for id in catalog.ids where catalog.isLive(id) {
            let path = catalog.pathBytes(of: id)
            let number: Int
            if let last, Self.isFolder(last.path, of: path) {
                number = last.number
            } else {
                let folder = Self.split(path).folder
                let hash = StableHash.hash(folder)
                number = folderNumbers[hash] ?? folderKeys.count
                if number == folderKeys.count {
                    folderNumbers[hash] = number
                    folderKeys.append(hash)
                    counts += [0, 0]
                }
                last = (folder, number)
            }
            let isLink = catalog.kind(of: id) == .symlink && !catalog.leadsToDirectory(id)
            let group = 2 * number + (isLink ? 1 : 0)
            counts[group] += 1
            numbers[Int(id.rawValue)] = UInt32(group)
        }
        return counts
    }

    /// Which of so many pieces a file belongs to, by the hash of its name.
    private static func piece(of index: Int, in catalog: Catalog, among pieceCount: Int) -> Int {
        guard pieceCount > 1 else { return 0 }
        let name = split(catalog.pathBytes(of: FileID(UInt32(index)))).name
        return Int(StableHash.hash(name).multipliedFullWidth(by: UInt64(pieceCount)).high)
    }

    /// Lists the files of each neighbourhood.
    private mutating func listMembers(_ catalog: Catalog) {
        members = Array(repeating: 0, count: starts[starts.count - 1])
        var ends = starts
        haveFiles = Array(repeating: false, count: keys.count)
        for index in numbers.indices where numbers[index] != Self.none {
            let number = Int(numbers[index])
            members[ends[number]] = UInt32(index)
            ends[number] += 1
            if !haveFiles[number], !catalog.leadsToDirectory(FileID(UInt32(index))) {
                haveFiles[number] = true
            }
        }
    }

    /// Numbers the pieces of each group, and returns where each group begins.
    private mutating func makeGroups(_ counts: [Int]) -> [(first: Int, pieceCount: Int)] {
        var groups: [(first: Int, pieceCount: Int)] = []
        for folder in folderKeys.indices {
            let (fileCount, linkCount) = (counts[2 * folder], counts[2 * folder + 1])
            let isApart = linkCount >= Self.leastLinkCount && fileCount > 0
            groups.append(addPieces(isApart ? fileCount : fileCount + linkCount, folder, seed: 0))
            groups.append(
                isApart ? addPieces(linkCount, folder, seed: 1) : groups[groups.count - 1]
            )
        }
        return groups
    }

    private mutating func addPieces(
        _ fileCount: Int,
        _ folder: Int,
        seed: UInt64
    ) -> (first: Int, pieceCount: Int) {
        // A power of two, so that a growing folder is rarely split again; three quarters of the
        // limit, so that chance rarely makes a piece exceed it.
        var pieceCount = 1
        while fileCount > pieceCount * Self.sizeLimit * 3 / 4, pieceCount < 1 << 16 {
            pieceCount *= 2
        }
        let first = keys.count
        for piece in 0..<pieceCount {
            let number = UInt64(2 * (pieceCount + piece)) + seed
            keys.append(StableHash.mix(folderKeys[folder] ^ StableHash.mix(number)))
            folders.append(folder)
            groups.append(groupCount)
        }
        groupCount += 1
        return (first, pieceCount)
    }

    /// Splits a path into the path of its folder, without a trailing slash, and the name.
    package static func split(
        _ path: ArraySlice<UInt8>
    ) -> (folder: ArraySlice<UInt8>, name: ArraySlice<UInt8>) {
        let name = path.startIndex + path.span.startOfName()
        return (path[..<max(path.startIndex, name - 1)], path[name...])
    }

    /// Whether the file at `path` is directly in `folder`.
    private static func isFolder(_ folder: ArraySlice<UInt8>, of path: ArraySlice<UInt8>) -> Bool {
        let (folder, path) = (folder.span, path.span)
        let start = path.startOfName()
        return folder.count == max(0, start - 1)
            && path.extracting(first: folder.count).equals(folder)
    }
}

extension Array {
    /// The first index whose element fulfils `isPast`; the array must be partitioned by it.
    fileprivate func partitioningIndex(where isPast: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
