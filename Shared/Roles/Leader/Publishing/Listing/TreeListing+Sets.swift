import Catalogs
import Glibc
import Hashing
import Linux
import Mirrors

extension TreeListing {
    /// Compares the sets of the tree `root` with their heads.
    ///
    /// If a head names a file with a different length, the tree is being changed right now: the
    /// whole set stays as in `newest` until a later publication finds it consistent. The same if a
    /// file was replaced by another of the same length and the head was not; such files are read.
    /// Otherwise the files get the digests from the head. Heads get digests of their own, whatever
    /// their length.
    mutating func settleSets(in root: String, after newest: Catalog, by classes: FileClasses) {
        guard !classes.sets.isEmpty else { return }
        let index = PathIndex(entries.paths)
        let earlier = CatalogIndex(newest)
        var unsettled: [TreePath: (set: PathSet, reason: String)] = [:]
        var digests: [(path: TreePath, digests: Digests)] = []
        for entry in 0..<entries.count where entries.kind(at: entry) == .file {
            guard SetHead.isNamed(by: Self.name(of: entries.paths[entry])) else { continue }
            let path = TreePath(bytes: Array(entries.paths[entry]))
            guard let (set, folder) = classes.set(of: path.bytes[...]),
                let bytes = read(entry, in: root), let head = SetHead(at: path, bytes)
            else { continue }
            var hash = Digests.Algorithm.sha256.hash
            unsafe hash.update(bytes.span.bytes)
            digests.append((path, Digests([.sha256: hash.finalize()])))
            let isNew = hasChanged(entry, since: newest, earlier)
            for file in head.files {
                // Files may exist only in compressed form, although the head names them.
                guard let member = index.position(of: file.path[...], in: entries.paths),
                    entries.kind(at: member) == .file
                else { continue }
                let name = TreePath(bytes: file.path)
                var isAsNamed = entries.byteCount(at: member) == file.byteCount
                if isAsNamed, !isNew, hasChanged(member, since: newest, earlier) {
                    isAsNamed = DigestRun.sha256(of: entries, at: member, in: root) == file.sha256
                }
                guard isAsNamed else {
                    let reason =
                        "\(TreePath(bytes: Array(path.name))) names \(name) with \(file.byteCount) "
                        + "bytes: it is being changed, and the set stays as it was"
                    unsettled[TreePath(bytes: Array(folder))] = (set, reason)
                    continue
                }
                digests.append((name, Digests([.sha256: file.sha256])))
            }
        }
        setDigests(digests) { _, _, _ in true }
        for (folder, found) in unsettled.sorted(by: { $0.key < $1.key }) {
            if keep(folder, of: found.set, in: newest, by: classes) {
                leaveOut(folder, .disagreement(found.reason))
            }
        }
    }

    /// Whether the file at `entry` is not as `newest` has it.
    private func hasChanged(_ entry: Int, since newest: Catalog, _ index: CatalogIndex) -> Bool {
        guard let id = index.id(of: entries.paths[entry], in: newest), newest.isLive(id) else {
            return true
        }
        return newest.byteCount(of: id) != entries.byteCount(at: entry)
            || newest.modified(of: id) != entries.modified(at: entry)
    }

    private static func name(of path: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        path[((path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex - 1) + 1)...]
    }

    /// Restores the members of `set` in `folder` from the newest catalog; false if it has none.
    private mutating func keep(
        _ folder: TreePath,
        of set: PathSet,
        in newest: Catalog,
        by classes: FileClasses
    ) -> Bool {
        let prefix = folder.bytes.isEmpty ? [] : folder.bytes + [UInt8(ascii: "/")]
        func isMember(_ path: ArraySlice<UInt8>) -> Bool {
            path.starts(with: prefix)
                && (set.names.isEmpty || classes.set(of: path)?.folder == folder.bytes[...])
        }
        var part = TreeListing()
        for id in newest.ids where newest.isLive(id) {
            guard isMember(newest.pathBytes(of: id)), newest.kind(of: id) != .alias else {
                continue
            }
            part.append(newest.entries, at: Int(id.rawValue))
        }
        guard part.entries.count > 0 else { return false }
        var replaced = [folder]
        if set.names.isEmpty {
            if !folder.bytes.isEmpty { part.appendDirectory(folder.bytes) }
        } else {
            replaced = (0..<entries.count).filter { isMember(entries.paths[$0]) }
                .map { TreePath(bytes: Array(entries.paths[$0])) }
        }
        self = replacing(replaced, with: part)
        return true
    }

    /// The content of the file at `entry`; nil if it is unreadable, differs from its listing, or is
    /// too long for a head.
    private func read(_ entry: Int, in root: String) -> [UInt8]? {
        guard let byteCount = entries.byteCount(at: entry), byteCount <= SetHead.byteCountLimit
        else {
            return nil
        }
        let name = Array(root.utf8) + [UInt8(ascii: "/")] + Array(entries.paths[entry]) + [0]
        let descriptor = unsafe name[...].withCharacters { name in
            unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let modified = entries.modified(at: entry)
        guard descriptor.isUnchanged(byteCount, modified) else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(Int(byteCount) + 1, 1 << 20))
        while bytes.count <= byteCount {
            guard let count = try? readSome(from: descriptor, into: &buffer) else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard descriptor.isUnchanged(byteCount, modified) else { return nil }
        return bytes.count == Int(byteCount) ? bytes : nil
    }
}
