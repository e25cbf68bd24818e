/// Which files need special treatment.
///
/// Nearly all files of a distribution are immutable: a release never changes, so its length decides
/// whether a copy is right, and a proof from days ago still counts. A few are mutable: pointers to
/// the newest build, and time stamps. A copy of one of those can have the right length and be old,
/// so its modification time counts if the mirror preserves times, and its proof must be newer than
/// its last change.
///
/// Some only make sense together with others of the same state: they are in a ``PathSet``. An index
/// file is what a web server sends for its folder, so a folder is only as right on a mirror as its
/// index is.
///
/// As JSON, in `classes.json`: `{"version": 1, "profile": "debian"}`, or the single keys of
/// `FileClasses.json`.
package struct FileClasses: Hashable, Sendable {
    /// The profile that supplies classes that are not set explicitly.
    package var profile: FileProfile
    /// Patterns of mutable files; all others are immutable until they change.
    package var mutable: [PathPattern]
    /// Files that belong together.
    package var sets: [PathSet]
    /// Files that are not published.
    package var excluded: [PathPattern]
    /// The limits on what may vanish from a tree at once.
    package var rails: ShrinkLimits
    /// The names of index files; empty if no server sends them.
    package var indexNames: [String]

    package init(
        profile: FileProfile = .gentoo,
        mutable: [PathPattern],
        sets: [PathSet] = [],
        excluded: [PathPattern] = [],
        rails: ShrinkLimits = .standard,
        indexNames: [String] = standardIndexNames
    ) {
        self.profile = profile
        self.mutable = mutable
        self.sets = sets
        self.excluded = excluded
        self.rails = rails
        self.indexNames = indexNames
    }

    /// How much of a tree may vanish in one publication before it counts as an accident.
    package struct ShrinkLimits: Hashable, Sendable {
        /// The maximum share of all files.
        package var treePercent: Int
        /// The maximum share of a folder in the two outermost levels, if it had enough files.
        package var folderPercent: Int
        /// How many files are enough.
        package var folderFileCount: Int

        package init(treePercent: Int, folderPercent: Int, folderFileCount: Int) {
            self.treePercent = treePercent
            self.folderPercent = folderPercent
            self.folderFileCount = folderFileCount
        }

        package static let standard = ShrinkLimits(
            treePercent: 10,
            folderPercent: 50,
            folderFileCount: 10
        )
    }

    /// Mutable files up to this length are identified by digests, if there is a tree to read them
    /// from.
    package static let smallByteCount: UInt64 = 65_536

    /// The default index names of web servers.
    package static let standardIndexNames = ["index.html", "index.htm"]

    /// The defaults without settings of the operator, which fit Gentoo's tree.
    ///
    /// They cover pointers to the newest build (`latest-*.txt`) and what is reached through them
    /// (`current-*` folders), the newest snapshots, `distfiles/layout.conf`, and the time stamps by
    /// which mirrors are monitored.
    package static let standard = FileProfile.gentoo.classes

    /// Whether the file at `path` may change in place; for many files use ``mutableFiles``.
    package func isMutable(_ path: ArraySlice<UInt8>) -> Bool {
        mutable.contains { $0.matches(path) }
    }

    /// Tells which files may change in place, in a pass over all of them.
    package var mutableFiles: PathMatcher { PathMatcher(mutable) }

    /// The set that contains the file at `path`, with the path of the set's folder; nil for most
    /// files.
    package func set(of path: ArraySlice<UInt8>) -> (set: PathSet, folder: ArraySlice<UInt8>)? {
        sets.set(of: path)
    }
}
