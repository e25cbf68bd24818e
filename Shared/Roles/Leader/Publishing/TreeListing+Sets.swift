import Catalogs
import Glibc
import Linux
import Mirrors

extension TreeListing {
    /// Holds the sets of the tree `root` against what their heads say of them.
    ///
    /// Where a head names a member with another length than it has, the tree is being changed right
    /// now: all of the set stays as `newest` has it, until a later publication finds it whole. Else
    /// its members get the digests that the head tells.
    mutating func settleSets(in root: String, after newest: Catalog, by classes: FileClasses) {
        guard !classes.sets.isEmpty else { return }
        let index = PathIndex(entries.paths)
        var unsettled: [TreePath: String] = [:]
        var digests: [(path: TreePath, digests: Digests)] = []
        for entry in 0..<entries.count where entries.kind(at: entry) == .file {
            let path = TreePath(bytes: Array(entries.paths[entry]))
            guard SetHead.isNamed(by: path.name), let byteCount = entries.byteCount(at: entry),
                byteCount <= SetHead.byteCountLimit,
                let (set, folder) = classes.set(of: path.bytes[...]), set.names.isEmpty,
                let head = Self.read(path, Int(byteCount), in: root).flatMap({
                    SetHead(at: path, $0)
                })
            else { continue }
            for file in head.files {
                // What compression saves is named and not there.
                guard let member = index.position(of: file.path[...], in: entries.paths),
                    entries.kind(at: member) == .file
                else { continue }
                let name = TreePath(bytes: file.path)
                guard entries.byteCount(at: member) == file.byteCount else {
                    unsettled[TreePath(bytes: Array(folder))] =
                        "\(TreePath(bytes: Array(path.name))) names \(name) with \(file.byteCount) bytes: it is being "
                        + "changed, and the set stays as it was"
                    continue
                }
                digests.append((name, Digests([.sha256: file.sha256])))
            }
        }
        setDigests(digests) { _, _, _ in true }
        for (folder, reason) in unsettled.sorted(by: { $0.key < $1.key }) {
            keep(folder, of: newest, reason)
        }
    }

    /// Restores the entries of `folder` from the newest catalog, if it has any.
    private mutating func keep(_ folder: TreePath, of newest: Catalog, _ reason: String) {
        var part = TreeListing()
        let prefix = folder.bytes + [UInt8(ascii: "/")]
        for id in newest.ids where newest.isLive(id) {
            let number = Int(id.rawValue)
            guard newest.pathBytes(of: id).starts(with: prefix), newest.kind(of: id) != .alias
            else { continue }
            part.append(newest.entries, at: number)
        }
        guard part.entries.count > 0 else { return }
        part.appendDirectory(folder.bytes)
        self = replacing([folder], with: part)
        leaveOut(folder, .disagreement(reason))
    }

    /// The file at `path`; nil where it cannot be read, or has another length.
    private static func read(_ path: TreePath, _ byteCount: Int, in root: String) -> [UInt8]? {
        let name = Array(root.utf8) + [UInt8(ascii: "/")] + path.bytes + [0]
        let descriptor = unsafe name[...].withCharacters { name in
            unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(byteCount + 1, 1 << 20))
        while bytes.count <= byteCount {
            guard let count = try? readSome(from: descriptor, into: &buffer) else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes.count == byteCount ? bytes : nil
    }
}
