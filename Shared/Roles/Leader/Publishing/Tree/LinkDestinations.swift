import Catalogs
import Mirrors

/// The destinations of a listing's links.
struct LinkDestinations {
    enum Destination {
        case file(Int)
        case folder(Int)
        case root
        case nowhere(TreeListing.LeftOut.Reason)
    }

    private let table: LinkTable
    private var follower: LinkFollower<LinkTable>

    init(of listing: TreeListing) {
        table = LinkTable(listing)
        follower = LinkFollower(linkCount: table.links.count)
    }

    /// All links of a listing in ascending order of their entries.
    static func all(in listing: TreeListing) -> [(link: Int, destination: Destination)] {
        var destinations = LinkDestinations(of: listing)
        return destinations.table.links.map { ($0, destinations.destination(of: $0)) }
    }

    /// The destination of the link at `entry`; any other entry is its own destination.
    mutating func destination(of entry: Int) -> Destination {
        guard let link = table.numbers[entry] else { return .file(entry) }
        switch follower.follow(link, in: table) {
        case .leaf(let file, beyond: _): return .file(file)
        case .folder(let path) where path.isEmpty: return .root
        case .folder(let path):
            return table.position(of: path).map { .folder($0) } ?? .nowhere(.dangling)
        case .nowhere(let reason): return .nowhere(reason)
        }
    }
}

/// A listing's entries in the form that ``LinkFollower`` needs: places are paths, files are entry
/// numbers.
private struct LinkTable: LinkedListing {
    typealias Reason = TreeListing.LeftOut.Reason

    private let entries: EntryColumns
    private let index: PathIndex
    private let unknownPaths: Set<ArraySlice<UInt8>>
    /// The entry numbers of the links, ascending.
    let links: [Int]
    /// The number of the link for each of these entries.
    let numbers: [Int: Int]

    init(_ listing: TreeListing) {
        entries = listing.entries
        index = PathIndex(listing.entries.paths)
        unknownPaths = Set(listing.unknownPaths.map { $0.bytes[...] })
        links = (0..<entries.count).filter { [entries] in entries.kind(at: $0) == .symlink }
        numbers = Dictionary(uniqueKeysWithValues: links.enumerated().map { ($1, $0) })
    }

    func position(of path: [UInt8]) -> Int? { index.position(of: path[...], in: entries.paths) }

    func start(ofLink link: Int) -> LinkStart<[UInt8], Reason> {
        guard let target = entries.target(at: links[link]), !target.isEmpty else {
            return .nowhere(.dangling)
        }
        guard let text = LinkText(target) else { return .nowhere(.escaping) }
        return .text(text, from: Array(entries.paths[links[link]].parent))
    }

    func above(_ folder: [UInt8]) -> PathEnd<[UInt8], Int, Reason> {
        folder.isEmpty ? .nowhere(.escaping) : .folder(Array(folder[...].parent))
    }

    func entry(
        _ name: ArraySlice<UInt8>,
        in folder: [UInt8]
    ) -> ListedEntry<[UInt8], Int, Reason> {
        var path = folder
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        path.append(contentsOf: name)
        guard let entry = position(of: path) else {
            let isUnknown = path[...].isSameOrBelow(anyOf: unknownPaths)
            return .end(.nowhere(isUnknown ? .leadsToUnknown : .dangling))
        }
        if let link = numbers[entry] { return .link(link) }
        return entries.kind(at: entry) == .directory
            ? .end(.folder(path)) : .end(.leaf(entry, beyond: .dangling))
    }

    var lossOfEndlessPath: Reason { .dangling }
}
