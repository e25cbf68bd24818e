/// Every path that the master has, had or will have, by number; the number is the path's `FileID`.
///
/// It is built like Gentoo's tree: 256 hash folders below `distfiles/`, a link at the flat path of
/// each file in them, 360 folders of releases with links to folders, and the paths through these.
struct PathTable: Sendable {
    enum Kind: UInt8, Sendable {
        case file
        /// A link to a file.
        case link
        /// A link to a folder.
        case folderLink
        /// A path through a link to a folder.
        case alias
        case folder
    }

    private(set) var paths: [[UInt8]] = []
    private(set) var kinds: [Kind] = []
    /// The file or folder that a path leads to; the path itself if it is not a link.
    private(set) var targets: [Int] = []
    /// The number of the folder that holds the target of a path.
    private(set) var folders: [Int] = []
    /// Whether the path is below `distfiles/`.
    private(set) var isDistfile: [Bool] = []
    /// Whether the file may change under its name.
    private(set) var isMutable: [Bool] = []
    /// The time from which the master has the path, in seconds of the simulation.
    private(set) var bornAt: [Int] = []
    /// When the master removes it.
    var diedAt: [Int] = []
    /// The times when its content was replaced.
    var replacedAt: [Int: [Int]] = [:]
    /// The paths whose replacements have the same length as before.
    var keepsLength: Set<Int> = []
    /// The paths that lead to the same file, by that file; the file's own path comes first.
    private(set) var namesOfFile: [Int: [Int]] = [:]
    private(set) var folderCount = 0

    var count: Int { paths.count }

    /// Far enough in the future to make no difference.
    static let never = Int.max / 4

    mutating func add(
        _ path: String,
        _ kind: Kind,
        target: Int? = nil,
        folder: Int,
        isDistfile: Bool = false,
        isMutable: Bool = false,
        bornAt: Int
    ) -> Int {
        let number = paths.count
        paths.append(Array(path.utf8))
        kinds.append(kind)
        targets.append(target ?? number)
        folders.append(folder)
        self.isDistfile.append(isDistfile)
        self.isMutable.append(isMutable)
        self.bornAt.append(bornAt)
        diedAt.append(Self.never)
        namesOfFile[target ?? number, default: []].append(number)
        return number
    }

    mutating func addFolder(_ path: String, isDistfile: Bool, bornAt: Int) -> Int {
        let number = folderCount
        folderCount += 1
        _ = add(path, .folder, folder: number, isDistfile: isDistfile, bornAt: bornAt)
        return number
    }

    func leadsToFolder(_ path: Int) -> Bool { kinds[path] == .folder || kinds[path] == .folderLink }

    /// The version of the content at `path` by `time`, counted from 1; 0 while the path is not
    /// there.
    func version(of path: Int, at time: Int) -> UInt8 {
        guard bornAt[path] <= time, time < diedAt[path] else { return 0 }
        guard let times = replacedAt[targets[path]] else { return 1 }
        return UInt8(clamping: 1 + times.count { $0 <= time })
    }

    /// The length of a version in bytes; nil if the path leads to a folder.
    func byteCount(of path: Int, version: UInt8) -> UInt64? {
        guard !leadsToFolder(path) else { return nil }
        let target = targets[path]
        let number = keepsLength.contains(target) ? 1 : Int(version)
        return 1000 + Chance.mixed(UInt64(target), UInt64(number)) % 10_000_000
    }

    /// When a version was made, in seconds of the simulation.
    func modifiedAt(_ path: Int, version: UInt8) -> Int {
        let target = targets[path]
        let times = replacedAt[target] ?? []
        return version >= 2 && Int(version) - 2 < times.count
            ? times[Int(version) - 2] : bornAt[target] - 3600
    }

    /// The position of the target of `path` in a transfer, from 0 to 1: rsync goes by folder, and
    /// within a folder by name.
    func transferPlace(of path: Int) -> Double {
        let place = Double(folders[path]) + Chance.share(0x7061, targets[path])
        return place / Double(max(1, folderCount))
    }
}
