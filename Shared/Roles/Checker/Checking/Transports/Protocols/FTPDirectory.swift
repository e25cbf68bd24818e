import Catalogs
import FTPListing
import Mirrors
import Time

/// What an FTP server's listing of one directory says about the expected files in it.
struct FTPDirectory {
    /// A file to look for, after this many links.
    struct Key: Hashable {
        var id: FileID
        var linkCount: Int
    }

    struct Entry {
        var kind: EntryKind
        var byteCount: UInt64?
        var modified: Timestamp?
        var target: Target?
        var isOpenToOthers: Bool
    }

    /// The target of a link.
    enum Target: Hashable {
        case file(FileID)
        /// Something unexpected, or too long to follow.
        case elsewhere
    }

    /// How far the permissions in the listing can be trusted.
    enum Modes {
        /// Some file is readable by others, so an unreadable one really is.
        case meant
        /// No file is readable by others: the permissions may be the owner's view, or invented.
        case doubtful
        /// A file was requested, and the answer is pending.
        case beingTried
        /// An apparently unreadable file could be read.
        case madeUp
    }

    private(set) var entries: [FileID: Entry] = [:]
    /// Files with smaller numbers were looked for.
    let soughtCount: Int
    var hasLinkTexts: Bool
    /// A listing is in progress that only supplies the targets of known links.
    var lacksOnlyLinkTexts = false
    let takenAt: Double
    var modes: Modes
    /// The questions answered from here: no listing answers the same question twice.
    var answered: Set<Key> = []

    /// The longest link target that is followed.
    private static let longestTarget = 1024

    /// A directory that was listed, without details.
    init(soughtCount: Int, takenAt: Double, hasLinkTexts: Bool) {
        self.soughtCount = soughtCount
        self.takenAt = takenAt
        self.hasLinkTexts = hasLinkTexts
        modes = .doubtful
    }

    /// Takes an entry of `folder`, the directory's path; with `onlyLinkTexts`, only the targets of
    /// known links.
    ///
    /// Returns the number of added entries.
    mutating func take(
        _ entry: FTPEntry,
        of folder: TreePath,
        in expected: ExpectedFiles,
        onlyLinkTexts: Bool
    ) -> Int {
        if entry.kind == .file, entry.isOpenToOthers, modes == .doubtful { modes = .meant }
        guard let id = expected.id(of: folder.appending(entry.name).bytes[...]) else { return 0 }
        let target = entry.target.map { text -> Target in
            guard text.bytes.count <= Self.longestTarget,
                let path = folder.following(text.bytes[...]),
                let id = expected.id(of: path.bytes[...])
            else { return .elsewhere }
            return .file(id)
        }
        if onlyLinkTexts {
            if entries[id]?.kind == .symlink { entries[id]?.target = target }
            return 0
        }
        let known = entries.updateValue(
            Entry(
                kind: entry.kind,
                byteCount: entry.byteCount,
                modified: entry.modified,
                target: target,
                isOpenToOthers: entry.isOpenToOthers
            ),
            forKey: id
        )
        return known == nil ? 1 : 0
    }
}
