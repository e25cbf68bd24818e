package import JSON

/// Which files may get other bytes under the name that they have.
///
/// Nearly all files of a distribution are immutable: a release never changes, so its length decides
/// whether a copy is right, and a proof of days ago still holds. A few are mutable: pointers to the
/// newest build and stamps of the time. A copy of one of those can have the right length and be old,
/// so their modification time counts where a mirror keeps times, and their proofs must be newer than
/// their last change.
///
/// As JSON, in `classes.json`: `{"version": 1, "mutable": ["latest-*.txt", "*/current-*"]}`.
package struct FileClasses: Hashable, Sendable {
    /// Files that match one of these are mutable, all others are immutable.
    package var mutable: [PathPattern]

    package init(mutable: [PathPattern]) {
        self.mutable = mutable
    }

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
        ]
    }

    /// Reads `classes.json`; without `mutable` the classes are the standard ones.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        guard let texts = try fields.strings("mutable") else {
            self = .standard
            return
        }
        var patterns: [PathPattern] = []
        for text in texts {
            guard let pattern = PathPattern(text) else {
                throw fields.unexpected(
                    "mutable",
                    "patterns such as \"*/current-*\", without empty components",
                    .string(text)
                )
            }
            patterns.append(pattern)
        }
        mutable = patterns
    }
}
