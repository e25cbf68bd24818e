package import JSON

/// Which files may get other bytes under the name that they have.
///
/// Nearly all files of a distribution are immutable: a release never changes, so its length decides
/// whether a copy is right, and a proof of days ago still holds. A few are mutable: pointers to the
/// newest build and stamps of the time. A copy of one of those can have the right length and be old,
/// so their modification time counts where a mirror keeps times, and their proofs must be newer than
/// their last change.
///
/// An index file is what a web server answers a request for its folder with, so that the folder is as
/// right there as the index is.
///
/// As JSON, in `classes.json`:
/// `{"version": 1, "mutable": ["latest-*.txt", "*/current-*"], "indexes": ["index.html"]}`.
package struct FileClasses: Hashable, Sendable {
    /// Files that match one of these are mutable, all others are immutable.
    package var mutable: [PathPattern]
    /// The names of index files; none where no server shows one.
    package var indexNames: [String]

    package init(mutable: [PathPattern], indexNames: [String] = standardIndexNames) {
        self.mutable = mutable
        self.indexNames = indexNames
    }

    /// What web servers take for an index as they come.
    package static let standardIndexNames = ["index.html", "index.htm"]

    /// What holds where the operator says nothing; it fits Gentoo's tree.
    ///
    /// Pointers to the newest build (`latest-*.txt`) and what is reached through them (`current-*`
    /// folders), the newest snapshots, `distfiles/layout.conf`, and the time stamps that mirrors are
    /// watched by.
    package static let standard = FileClasses(
        mutable: [
            "latest-*.txt", "*/current-*", "/snapshots/*-latest.*", "/distfiles/layout.conf",
            "timestamp.*",
        ].compactMap { PathPattern($0) }
    )

    /// Whether the file at `path` may change under its name.
    package func isMutable(_ path: ArraySlice<UInt8>) -> Bool {
        mutable.contains { $0.matches(path) }
    }
}

extension FileClasses {
    private static let formatVersion: Int64 = 1

    package var json: JSONValue {
        [
            "version": .integer(Self.formatVersion),
            "mutable": .array(mutable.map { .string($0.description) }),
            "indexes": .array(indexNames.map { .string($0) }),
        ]
    }

    /// Reads `classes.json`; what it leaves out is as in the standard classes.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        self = .standard
        if let texts = try fields.strings("mutable") {
            mutable = []
            for text in texts {
                guard let pattern = PathPattern(text) else {
                    throw fields.unexpected(
                        "mutable",
                        "patterns such as \"*/current-*\", without empty components",
                        .string(text)
                    )
                }
                mutable.append(pattern)
            }
        }
        if let names = try fields.strings("indexes") {
            for name in names where name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) {
                throw fields.unexpected(
                    "indexes",
                    "names of files such as \"index.html\", without slashes",
                    .string(name)
                )
            }
            indexNames = names
        }
    }
}
