package import Time

/// One line that explains many absent files.
package struct AbsenceCause: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// It has none of the files.
        case everything
        /// Nothing below a top-level folder.
        case topFolder(String)
        /// None of the symlinks.
        case links
        /// Nothing newer than a time, which is that of the newest file that is there.
        case newer(than: Timestamp)
        /// Nothing in a folder.
        case folder(String)
        /// Single files in various places.
        case files
    }

    package var kind: Kind
    package var count: Int
    /// The number of one of the files.
    package var example: Int
    /// The path of that file, for display; empty until it is set.
    package var path: String
    /// When the oldest of these absences was found; nil if unknown.
    package var since: Timestamp?

    package init(_ kind: Kind, count: Int, example: Int, path: String = "", since: Timestamp? = nil)
    {
        self.kind = kind
        self.count = count
        self.example = example
        self.path = path
        self.since = since
    }

    /// What is absent, in a few words.
    package var sentence: String {
        switch kind {
        case .everything: "everything"
        case .topFolder(let path), .folder(let path): "everything below \(path)"
        case .links: "all symlinks"
        case .newer(let time): "everything newer than \(time.dateText)"
        case .files: count == 1 ? "a single file" : "single files"
        }
    }

    /// One word, for programs.
    package var name: String {
        switch kind {
        case .everything: "everything"
        case .topFolder, .folder: "folder"
        case .links: "symlinks"
        case .newer: "newer"
        case .files: "files"
        }
    }
}
