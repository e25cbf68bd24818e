import Catalogs
import FTPListing
import Mirrors
import Time

/// What an FTP server's listing of one directory said of the files that are expected there.
struct FTPDirectory {
    /// What is looked for: a file, after this many links.
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

    /// Where a link leads.
    enum Target: Hashable {
        case file(FileID)
        /// To something that is not expected, or too long to be followed.
        case elsewhere
    }

    /// What the permissions in the listing are worth.
    enum Modes {
        /// Some file is open to others, so that a closed one is closed.
        case meant
        /// No file is open to others: they may be the owner's view, or made up.
        case doubtful
        /// A file was tried, and the answer is waited for.
        case beingTried
        /// A file that should be closed could be read.
        case madeUp
    }

    private(set) var entries: [FileID: Entry] = [:]
    /// The files with lesser numbers were looked for.
    let soughtCount: Int
    var hasLinkTexts: Bool
    /// A listing is under way from which nothing but the texts of known links is taken.
    var lacksOnlyLinkTexts = false
    let takenAt: Double
    var modes: Modes
    /// The questions that were answered from here: no listing answers the same question twice.
    var answered: Set<Key> = []

    /// The longest text of a link that is followed.
    private static let longestTarget = 1024

    /// A directory that was listed, without further details.
    init(soughtCount: Int, takenAt: Double, hasLinkTexts: Bool) {
        self.soughtCount = soughtCount
        self.takenAt = takenAt
        self.hasLinkTexts = hasLinkTexts
        modes = .doubtful
    }

    /// Takes an entry of `folder`, the directory's path; with `onlyLinkTexts`, no more than the
    /// texts of links that are known.
    ///
    /// Returns how many entries there are more.
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
                let place = folder.following(text.bytes[...]),
                let id = expected.id(of: place.bytes[...])
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
