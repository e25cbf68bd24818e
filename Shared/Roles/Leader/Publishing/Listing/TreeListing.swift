package import Catalogs
package import Mirrors
package import Time

/// The entries of a source, and the paths that it could not read.
///
/// The entries are in the order of a walk: each folder is followed by everything below it. The
/// source only reports links; ``resolveLinks(aliasLimit:)`` finds their destinations, in the same
/// way for every source.
package struct TreeListing: Sendable {
    package private(set) var entries = EntryColumns()
    /// The paths that lead through links to folders, once the links are resolved.
    package internal(set) var aliases = EntryColumns()
    /// Paths whose content the source could not determine.
    ///
    /// What an older catalog says about them, and everything below, remains valid.
    package private(set) var unknownPaths: [TreePath] = []
    /// Paths of the tree that are not published as they are, with the reason.
    package private(set) var leftOut: [LeftOut] = []
    /// The numbers of dangling links, which are not published.
    package private(set) var deadLinks: Set<Int> = []

    package init() {}

    /// A path of the tree that is not published.
    package struct LeftOut: Equatable, Sendable, CustomStringConvertible {
        package enum Reason: Hashable, Sendable {
            /// The system call failed for another reason than a vanished entry.
            case unreadable(String)
            /// It vanished after its folder was listed.
            case vanished
            /// A socket, a pipe or a device.
            case specialFile
            /// By its name, a tool has not finished it yet.
            case temporary
            /// The operator excludes it.
            case excluded
            /// A folder nested too deeply.
            case tooDeep
            /// A link whose target does not exist.
            case dangling
            /// A link out of the tree, or with an absolute target.
            case escaping
            /// A link into a path whose content the source could not determine.
            case leadsToUnknown
            /// A link to a folder above itself: the paths through it never end.
            ///
            /// The link itself is published.
            case loop
            /// A link to a folder through which there are too many paths.
            ///
            /// The link itself is published.
            case tooManyAliases
            /// A source named an invalid path.
            case badPath
            /// A source named a path below something that another line says is a file or a link.
            case belowFile
            /// Another source disagrees. The one with higher precedence is published.
            case disagreement(String)
            /// Only a source that knows less of the folder than another names it.
            case onlyIn(String)
        }

        package let path: TreePath
        package let reason: Reason

        package var description: String {
            switch reason {
            case .unreadable(let text), .disagreement(let text): "\(path): \(text)"
            case .onlyIn(let source): "\(path): only in \(source)"
            default: "\(path): \(reason.name)"
            }
        }
    }

    package mutating func appendFile(
        _ path: some Collection<UInt8>,
        byteCount: UInt64,
        modified: Timestamp,
        digests: Digests = Digests()
    ) {
        entries.append(
            path: path,
            kind: .file,
            byteCount: byteCount,
            modified: modified,
            target: nil
        )
        if !digests.isEmpty { entries.setDigests(digests, at: entries.count - 1) }
    }

    package mutating func appendDirectory(_ path: some Collection<UInt8>) {
        entries.append(
            path: path,
            kind: .directory,
            byteCount: nil,
            modified: Self.directoryTime,
            target: nil
        )
    }

    /// Adds a link with the bytes of its target; it has no destination until the links are
    /// resolved.
    package mutating func appendLink(_ path: some Collection<UInt8>, target: ArraySlice<UInt8>) {
        entries.append(
            path: path,
            kind: .symlink,
            byteCount: nil,
            modified: Self.directoryTime,
            target: target
        )
    }

    package mutating func leaveOut(_ path: TreePath, _ reason: LeftOut.Reason) {
        leftOut.append(LeftOut(path: path, reason: reason))
        switch reason {
        case .unreadable, .tooDeep, .leadsToUnknown: unknownPaths.append(path)
        default: break
        }
    }

    /// Adds the entry at `index` of other columns unchanged.
    mutating func append(_ others: EntryColumns, at index: Int) {
        entries.append(
            path: others.paths[index],
            kind: others.kind(at: index),
            byteCount: others.byteCount(at: index),
            modified: others.modified(at: index),
            target: others.target(at: index)
        )
        entries.setDigests(others.digests(at: index), at: entries.count - 1)
    }

    /// Adds details to the file with the number `file`.
    mutating func setDetails(ofFile file: Int, modified: Timestamp, digests: Digests) {
        entries.update(
            at: file,
            kind: .file,
            byteCount: entries.byteCount(at: file),
            modified: modified
        )
        entries.setDigests(digests, at: file)
    }

    mutating func reserveCapacity(_ count: Int, pathByteCount: Int) {
        entries.reserveCapacity(count, pathByteCount: pathByteCount)
    }

    /// Takes over what `other` left out and could not determine.
    mutating func takeReports(of other: TreeListing) {
        unknownPaths += other.unknownPaths
        leftOut += other.leftOut
    }

    /// The modification time of every entry that leads to a directory.
    ///
    /// The real one changes with each temporary file, and says nothing about the published content.
    static let directoryTime = EntryColumns.unknownTime

    /// Sets the destination of the link with the number `link` to the file with the number `file`.
    mutating func setDestination(ofLink link: Int, toFile file: Int) {
        entries.update(
            at: link,
            kind: .symlink,
            byteCount: entries.byteCount(at: file),
            modified: entries.modified(at: file)
        )
        entries.setDigests(entries.digests(at: file), at: link)
    }

    mutating func leaveOutLink(_ link: Int, _ reason: LeftOut.Reason) {
        deadLinks.insert(link)
        leaveOut(TreePath(bytes: Array(entries.paths[link])), reason)
    }
}

extension TreeListing.LeftOut.Reason {
    /// The reason as one word, for counts.
    package var name: String {
        switch self {
        case .unreadable: "unreadable"
        case .vanished: "vanished"
        case .specialFile: "specialFile"
        case .temporary: "temporary"
        case .excluded: "excluded"
        case .tooDeep: "tooDeep"
        case .dangling: "dangling"
        case .escaping: "escaping"
        case .leadsToUnknown: "leadsToUnknown"
        case .loop: "loop"
        case .tooManyAliases: "tooManyAliases"
        case .badPath: "badPath"
        case .belowFile: "belowFile"
        case .disagreement: "disagreement"
        case .onlyIn: "onlyInOneSource"
        }
    }
}
