package import Catalogs
package import Mirrors

/// Explains how a path is classified.
package struct Classification: Sendable, CustomStringConvertible {
    /// One line for each aspect: a keyword and its text.
    private var lines: [(word: String, text: String)] = []

    /// `catalog` may be empty; it need not contain the path.
    package init(of path: TreePath, by classes: FileClasses, in catalog: Catalog) {
        let bytes = path.bytes[...]
        let id = CatalogIndex(catalog).id(of: bytes, in: catalog)
        add("path", "\(path)")
        add("profile", classes.profile.rawValue)
        if let pattern = classes.excluded.first(where: { $0.matches(bytes) }) {
            add("published", "no: the pattern \"\(pattern)\" excludes it")
        } else if TreeFilter().reasonToLeaveOut(bytes) != nil {
            add("published", "no: the name is that of a temporary file")
        } else if let id {
            let state = catalog.removed(of: id).map { "removed \($0)" } ?? "yes"
            add("published", "\(state), as it is since generation \(catalog.changedIn(id))")
        } else {
            add("published", "not yet: no generation holds it")
        }
        describeClass(of: bytes, id, by: classes, in: catalog)
        describeSet(of: bytes, by: classes, in: catalog)
        let name = path.name
        if classes.indexNames.contains(where: { name.elementsEqual($0.utf8) }) {
            add("index", "yes: servers answer with it when they are asked for its folder")
        }
    }

    private mutating func add(_ word: String, _ text: String) {
        lines.append((word, text))
    }

    private mutating func describeClass(
        of path: ArraySlice<UInt8>,
        _ id: FileID?,
        by classes: FileClasses,
        in catalog: Catalog
    ) {
        let previous = id.flatMap(catalog.previousVersion)
        if let pattern = classes.mutable.first(where: { $0.matches(path) }) {
            add("class", "mutable: the pattern \"\(pattern)\" matches")
        } else if previous != nil {
            add("class", "mutable: no pattern matches, but it has changed under its name")
        } else {
            add("class", "immutable: no pattern matches, and it never changed under its name")
        }
        guard let id, let previous else { return }
        add(
            "before",
            "\(previous.byteCount) bytes until generation \(catalog.changedIn(id))"
        )
    }

    private mutating func describeSet(
        of path: ArraySlice<UInt8>,
        by classes: FileClasses,
        in catalog: Catalog
    ) {
        guard let (set, folder) = classes.set(of: path) else {
            return add("set", "none: it is held, and redirected, by itself")
        }
        let count = catalog.ids.count { id in
            guard catalog.isLive(id), let other = classes.set(of: catalog.pathBytes(of: id))
            else { return false }
            return other.folder.elementsEqual(folder)
        }
        let place = folder.isEmpty ? "/" : "\(TreePath(bytes: Array(folder)))"
        add(
            "set",
            "\(place): by the folder \"\(set.folder)\", with \(count) members that a mirror holds "
                + "together or not at all"
        )
        guard !set.packages.isEmpty else { return }
        let scopes = set.packages.map(\.description).joined(separator: ", ")
        add("packages", "a mirror must have new packages of \(scopes) first")
    }

    package var description: String {
        lines.map { line in
            line.word + String(repeating: " ", count: max(1, 10 - line.word.utf8.count)) + line.text
        }.joined(separator: "\n")
    }
}
