import Glibc
import Linux

/// Object storage in a folder of the local file system: the embedded default.
///
/// A blob is a file named by its key. A write goes to a temporary file beside it, which is synced
/// and renamed over it, and then the folder is synced: `fsync(2)` twice, about a millisecond on an
/// SSD. Readers need no lock. Writers take turns with `flock(2)` between comparing versions and
/// renaming, so that conditional writes work between processes on one machine.
package struct FileStore: BlobStore {
    /// The folder with the blobs, as an absolute path without a trailing slash.
    package let folder: String
    /// The owners whose files count as blobs; others cannot be read.
    package let ownership: FileOwnership
    /// Whether a write is on disk when it returns.
    private let isDurable: Bool

    /// Temporary files begin with a dot, as no component of a key does.
    private static let lockName = ".lock"

    /// Copies of remote blobs need not be durable, because they can be fetched again.
    package init(folder: String, ownership: FileOwnership = .anybody, isDurable: Bool = true) {
        var folder = folder
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        self.folder = folder
        self.ownership = ownership
        self.isDurable = isDurable
    }

    /// The path of the blob `key`, for readers that map it.
    package func path(of key: BlobKey) -> String {
        "\(folder)/\(key.text)"
    }

    /// The open file of the blob `key`; nil if there is none.
    package func file(of key: BlobKey) throws(StorageError) -> File? {
        try File.reading(path(of: key), ownership)
    }

    package func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        guard let file = try file(of: key) else { return nil }
        let tag = try file.entityTag()
        return Blob(bytes: try file.readAll(), tag: tag)
    }

    package func get(
        _ key: BlobKey,
        ifChangedFrom tag: EntityTag
    ) throws(StorageError) -> ChangedBlob {
        guard let file = try file(of: key) else { return .absent }
        let current = try file.entityTag()
        if current == tag { return .unchanged }
        return .changed(Blob(bytes: try file.readAll(), tag: current))
    }

    package func get(
        _ key: BlobKey,
        bytes range: Range<Int>,
        of tag: EntityTag
    ) throws(StorageError) -> [UInt8] {
        guard let file = try file(of: key), try file.entityTag() == tag else {
            throw .conditionFailed(key: key.text)
        }
        return try file.read(range)
    }

    @discardableResult
    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        let target = path(of: key)
        let parent = String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
        try makeFolders(to: parent)
        let temporary = "\(parent)/.\(key.text.split(separator: "/").last ?? "").\(uniqueSuffix())"
        let tag: EntityTag
        do throws(StorageError) {
            let file = try File.creating(temporary)
            try file.write(bytes)
            if isDurable { try file.sync() }
            tag = try file.entityTag()
            try withLock { () throws(StorageError) in
                try check(condition, for: key)
                guard unsafe rename(temporary, target) == 0 else {
                    throw .lastError("rename to", target)
                }
            }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        try syncFolder(parent)
        return tag
    }

    package func delete(_ key: BlobKey) throws(StorageError) {
        let target = path(of: key)
        guard unsafe unlink(target) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw .lastError("remove", target)
        }
        try syncFolder(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]))
    }

    private func syncFolder(_ path: String) throws(StorageError) {
        if isDurable { try File.syncFolder(path) }
    }

    package func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        var entries: [BlobEntry] = []
        let start = prefix.lastIndex(of: "/").map { String(prefix[..<$0]) } ?? ""
        try forEachFile(below: start) { relative, name in
            // Names of locks and temporary files begin with a dot.
            guard name.first != ".", relative.hasPrefix(prefix), let key = try? BlobKey(relative),
                let status = File.status(of: path(of: key))
            else { return }
            entries.append(
                BlobEntry(
                    key: key,
                    byteCount: Int(status.st_size),
                    modifiedAt: Int64(status.st_mtim.tv_sec),
                    tag: File.entityTag(of: status)
                )
            )
        }
        return entries.sorted { $0.key < $1.key }
    }

    /// Removes temporary files that were not written to for `seconds`, and returns their paths.
    ///
    /// A writer that is killed leaves one. A live writer needs only seconds, so an hour is safe.
    package func removeTemporaryFiles(
        olderThan seconds: Int64,
        now: Int64
    ) throws(StorageError) -> [String] {
        var removed: [String] = []
        try forEachFile(below: "") { relative, name in
            guard name.first == ".", !name.hasSuffix(Self.lockName),
                let status = File.status(of: "\(folder)/\(relative)"),
                Int64(status.st_mtim.tv_sec) < now - seconds,
                unsafe unlink("\(folder)/\(relative)") == 0
            else { return }
            removed.append("\(folder)/\(relative)")
        }
        return removed.sorted()
    }

    /// Calls `body` with the path in the store and the name of every file in `relative` and below,
    /// in no order.
    private func forEachFile(
        below relative: String,
        _ body: (_ relative: String, _ name: String) -> Void
    ) throws(StorageError) {
        let path = relative.isEmpty ? folder : "\(folder)/\(relative)"
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw .lastError("list", path)
        }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name == "." || name == ".." { continue }
            let below = relative.isEmpty ? name : "\(relative)/\(name)"
            let type = unsafe entry.pointee.d_type
            // Some file systems don't give the type in listings.
            if type == UInt8(DT_DIR) || type == UInt8(DT_UNKNOWN) && isFolder("\(path)/\(name)") {
                try forEachFile(below: below, body)
            } else {
                body(below, name)
            }
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func check(_ condition: WriteCondition, for key: BlobKey) throws(StorageError) {
        guard condition != .always else { return }
        let current = try file(of: key)?.entityTag()
        switch condition {
        case .always: return
        case .absent where current == nil: return
        case .unchanged(let tag) where current == tag: return
        case .absent, .unchanged: throw .conditionFailed(key: key.text)
        }
    }

    private func withLock(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        let lock = try File.locking("\(folder)/\(Self.lockName)")
        defer { _ = lock }
        try body()
    }

    /// Creates `path` and missing parents, and syncs the parent of each new folder.
    func makeFolders(to path: String) throws(StorageError) {
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        var isMade = unsafe mkdir(path, 0o755) == 0
        if !isMade, errno == ENOENT, !parent.isEmpty, parent != path {
            try makeFolders(to: parent)
            isMade = unsafe mkdir(path, 0o755) == 0
        }
        guard isMade || errno == EEXIST else { throw .lastError("create the folder", path) }
        if isMade { try syncFolder(parent.isEmpty ? "/" : parent) }
    }

    /// Distinguishes the temporary files of threads, processes and hosts that share a folder.
    private func uniqueSuffix() -> String {
        String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
