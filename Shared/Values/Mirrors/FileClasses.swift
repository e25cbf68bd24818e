/// Which files are not like the others.
///
/// Nearly all files of a distribution are immutable: a release never changes, so its length decides
/// whether a copy is right, and a proof of days ago still holds. A few are mutable: pointers to the
/// newest build and stamps of the time. A copy of one of those can have the right length and be
/// old, so their modification time counts where a mirror keeps times, and their proofs must be
/// newer than their last change.
///
/// Some make sense only with others of the same state: they are in a ``PathSet``. And an index file
/// is what a web server answers a request for its folder with, so that the folder is as right there
/// as the index is.
///
/// As JSON, in `classes.json`: `{"version": 1, "profile": "debian"}`, or each key of
/// `FileClasses.json` by itself.
package struct FileClasses: Hashable, Sendable {
    /// Where the classes come from that were not given one by one.
    package var profile: FileProfile
    /// Files that match one of these are mutable, all others are immutable until they change.
    package var mutable: [PathPattern]
    /// Files that belong together.
    package var sets: [PathSet]
    /// Files that are not published.
    package var excluded: [PathPattern]
    /// What of a tree may vanish at once.
    package var rails: Rails
    /// The names of index files; none where no server shows one.
    package var indexNames: [String]

    package init(
        profile: FileProfile = .gentoo,
        mutable: [PathPattern],
        sets: [PathSet] = [],
        excluded: [PathPattern] = [],
        rails: Rails = .standard,
        indexNames: [String] = standardIndexNames
    ) {
        self.profile = profile
        self.mutable = mutable
        self.sets = sets
        self.excluded = excluded
        self.rails = rails
        self.indexNames = indexNames
    }

    /// How much of a tree may vanish in one publication before that is taken for an accident.
    package struct Rails: Hashable, Sendable {
        /// More than this share of all files.
        package var treePercent: Int
        /// More than this share of a folder of the two outermost levels, if it held enough files.
        package var folderPercent: Int
        /// How many files are enough.
        package var folderFileCount: Int

        package init(treePercent: Int, folderPercent: Int, folderFileCount: Int) {
            self.treePercent = treePercent
            self.folderPercent = folderPercent
            self.folderFileCount = folderFileCount
        }

        package static let standard = Rails(treePercent: 10, folderPercent: 50, folderFileCount: 10)
    }

    /// Mutable files up to this length are known by their digests, where there is a tree to read
    /// them in.
    package static let smallByteCount: UInt64 = 65_536

    /// What web servers take for an index as they come.
    package static let standardIndexNames = ["index.html", "index.htm"]

    /// What holds where the operator says nothing; it fits Gentoo's tree.
    ///
    /// Pointers to the newest build (`latest-*.txt`) and what is reached through them (`current-*`
    /// folders), the newest snapshots, `distfiles/layout.conf`, and the time stamps that mirrors
    /// are watched by.
    package static let standard = FileProfile.gentoo.classes

    /// Whether the file at `path` may change under its name.
    package func isMutable(_ path: ArraySlice<UInt8>) -> Bool {
        mutable.contains { $0.matches(path) }
    }

    /// The set that the file at `path` is in, and the path of that set's folder; nil for most.
    package func set(of path: ArraySlice<UInt8>) -> (set: PathSet, folder: ArraySlice<UInt8>)? {
        sets.set(of: path)
    }
}
