package import Catalogs

/// The live files of a catalog in groups that are lost together: the files of a folder, and its
/// links.
///
/// Where a folder holds more than 512 of them, they are split by the hash of their names into as
/// many pieces as it takes; so all neighbourhoods are of a similar, small size, and each can be
/// asked whole. Making this takes some 20 ms for 150,000 files, and keeps 8 bytes of each.
package struct Neighbourhoods: Sendable {
    /// Of each file the number of its neighbourhood; ``none`` for removed ones.
    package private(set) var numbers: [UInt32]
    /// The files of all neighbourhoods, one after the other.
    private var members: [UInt32] = []
    /// Where each begins, and the end of the last.
    private var starts: [Int] = [0]
    /// Of each a hash that stays the same over generations.
    package private(set) var keys: [UInt64] = []
    /// Of each the number of its folder.
    package private(set) var folders: [Int] = []
    /// Of each folder a hash that stays the same over generations.
    package private(set) var folderKeys: [UInt64] = []

    /// Of each the number of its group: the pieces of one folder's files, or of its links.
    private(set) var groups: [Int] = []
    private(set) var groupCount = 0

    /// Of each whether it holds files, and not folders alone.
    private(set) var holdFiles: [Bool] = []

    /// How many of them are small.
    private(set) var smallCount = 0

    package static let none = UInt32.max
    /// Those of fewer files have every other turn: little is lost with them.
    static let smallSize = 8

    /// A folder's links are apart only where there are so many.
    private static let leastLinkCount = 8
    private static let sizeLimit = 512

    package var count: Int { keys.count }

    /// The files of a neighbourhood, in the order of their numbers.
    package subscript(number: Int) -> Files {
        Files(numbers: members[starts[number]..<starts[number + 1]])
    }

    /// Files by their positions from 0 on.
    package struct Files: RandomAccessCollection, Sendable {
        fileprivate let numbers: ArraySlice<UInt32>

        package var startIndex: Int { 0 }
        package var endIndex: Int { numbers.count }

        package subscript(position: Int) -> FileID {
            FileID(numbers[numbers.startIndex + position])
        }
    }

    package func size(of number: Int) -> Int { starts[number + 1] - starts[number] }

    /// The neighbourhoods of a folder: all are numbered one after the other.
    package func pieces(of folder: Int) -> Range<Int> {
        let first = folders.partitioningIndex { $0 >= folder }
        let end = folders.partitioningIndex { $0 > folder }
        return first..<end
    }

    /// The neighbourhood of a file; nil for a removed one, and one that the catalog does not hold.
    package func number(of id: FileID) -> Int? {
        let index = Int(id.rawValue)
        guard index < numbers.count, numbers[index] != Self.none else { return nil }
        return Int(numbers[index])
    }

    package init(_ catalog: Catalog) {
        numbers = Array(repeating: Self.none, count: catalog.count)
        var nameHashes = [UInt64](repeating: 0, count: catalog.count)
        // First by folder and kind, two numbers a folder; then pieces of these.
        var folderNumbers: [UInt64: Int] = [:]
        var counts: [Int] = []
        var last: (path: ArraySlice<UInt8>, number: Int)?
        for id in catalog.ids where catalog.isLive(id) {
            let path = catalog.pathBytes(of: id)
            let (folder, name) = Self.split(path)
            let number: Int
            if let last, last.path.elementsEqual(folder) {
                number = last.number
            } else {
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
            nameHashes[Int(id.rawValue)] = StableHash.hash(name)
        }
        let groups = makeGroups(counts)
        var sizes = [Int](repeating: 0, count: keys.count)
        for index in numbers.indices where numbers[index] != Self.none {
            let group = groups[Int(numbers[index])]
            let piece = Int(
                nameHashes[index].multipliedFullWidth(by: UInt64(group.pieceCount)).high
            )
            numbers[index] = UInt32(group.first + piece)
            sizes[group.first + piece] += 1
        }
        for size in sizes { starts.append(starts[starts.count - 1] + size) }
        smallCount = sizes.count { $0 < Self.smallSize }
        members = Array(repeating: 0, count: starts[starts.count - 1])
        var ends = starts
        holdFiles = Array(repeating: false, count: keys.count)
        for index in numbers.indices where numbers[index] != Self.none {
            let number = Int(numbers[index])
            members[ends[number]] = UInt32(index)
            ends[number] += 1
            if !catalog.leadsToDirectory(FileID(UInt32(index))) { holdFiles[number] = true }
        }
    }

    /// Numbers the pieces of each group, and returns where those of each begin.
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
        // Powers of two, so that a growing folder is split again rarely; three quarters of the
        // limit, so that hardly a piece is above it by chance.
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

    /// The path of the folder that a path lies in, without a slash at its end, and the name there.
    package static func split(
        _ path: ArraySlice<UInt8>
    ) -> (folder: ArraySlice<UInt8>, name: ArraySlice<UInt8>) {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            return (path[path.startIndex..<path.startIndex], path)
        }
        return (path[..<slash], path[(slash + 1)...])
    }
}

extension Array {
    /// The first index whose element is past the point that `isPast` divides the array at.
    fileprivate func partitioningIndex(where isPast: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
