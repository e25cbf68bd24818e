package import Catalogs
package import Mirrors
package import Time

/// The entries of a source, and what it could not read.
///
/// The entries come parents first, each folder followed by everything below it: the order of a
/// walk. The source only reports links; ``resolveLinks(aliasLimit:)`` says where they lead, the
/// same for every source.
package struct TreeListing: Sendable {
    package private(set) var entries = EntryColumns()
    /// The paths that lead through links to folders, once the links are resolved.
    package internal(set) var aliases = EntryColumns()
    /// Paths of which the source could not tell what is there.
    ///
    /// What an older catalog says about them and everything below still stands.
    package private(set) var unknownPaths: [TreePath] = []
    /// What is in the tree but is not published as it is, and why.
    package private(set) var leftOut: [LeftOut] = []
    /// The numbers of the links that lead to nothing that is published; not published either.
    package private(set) var deadLinks: Set<Int> = []

    package init() {}

    /// One thing in the tree that is not published.
    package struct LeftOut: Equatable, Sendable, CustomStringConvertible {
        package enum Reason: Hashable, Sendable {
            /// The system call failed for another reason than that the entry is gone.
            case unreadable(String)
            /// It was there when the folder was listed, and gone a moment later.
            case vanished
            /// A socket, a pipe or a device.
            case specialFile
            /// A tool has not finished it yet, by its name.
            case temporary
            /// The operator excludes it.
            case excluded
            /// A folder nested deeper than any tree that is published.
            case tooDeep
            /// A link to something that is not there.
            case dangling
            /// A link to something outside of the tree, or with an absolute target.
            case escaping
            /// A link into a path of which the source could not tell what is there.
            case leadsToUnknown
            /// A link to a folder above itself: the paths through it never end.
            ///
            /// The link itself is published.
            case loop
            /// A link to a folder through which there are more paths than are published.
            ///
            /// The link itself is published.
            case tooManyAliases
            /// A source named something that cannot be a path of a tree.
            case badPath
            /// A source named something below what another line says is a file or a link.
            case belowFile
            /// Another source says something else; the weightier one counts, and is published.
            case disagreement(String)
            /// Only a source names it that knows less of its folder than another.
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

    /// Adds a link by the bytes of its target; it leads to nothing until the links are resolved.
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

    /// Adds the entry at `index` of other columns as it is.
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

    /// Says more of the file with the number `file`.
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

    /// Adds what `other` left out and could not tell.
    mutating func takeReports(of other: TreeListing) {
        unknownPaths += other.unknownPaths
        leftOut += other.leftOut
    }

    /// The modification time of whatever leads to a directory.
    ///
    /// The real one changes with each temporary file, and says nothing about what is published.
    static let directoryTime = EntryColumns.unknownTime

    /// Makes the link with the number `link` lead to the file with the number `file`.
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
    /// The reason in one word for counts.
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
