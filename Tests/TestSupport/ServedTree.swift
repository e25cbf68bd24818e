import Glibc

/// What a path of a tree leads to, following links, as the worker of a web server would see it.
package struct ServedEntry: Hashable, Sendable {
    /// Relative to the root, without a slash at either end.
    package let path: [UInt8]
    package let isDirectory: Bool
    /// The length of a file; 0 for a directory.
    package let byteCount: Int
}

/// A tree on disk, read with plain system calls.
package struct ServedTree: Sendable {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    /// Every path under the root that leads to a file or a directory, including those through links
    /// to directories, as listed by `find -L`.
    ///
    /// A directory that occurs again below itself is not entered again.
    package func everyPath() throws -> [ServedEntry] {
        var entries: [ServedEntry] = []
        try list([], ancestors: [], into: &entries)
        return entries
    }

    /// What `path` leads to, or nil if there is nothing that others may read.
    package func entry(at path: [UInt8]) -> ServedEntry? {
        guard let status = status(of: path) else { return nil }
        let others = status.st_mode & 0o007
        switch status.st_mode & S_IFMT {
        case S_IFREG where others & 0o4 != 0:
            return ServedEntry(path: path, isDirectory: false, byteCount: Int(status.st_size))
        case S_IFDIR where others & 0o5 == 0o5:
            return ServedEntry(path: path, isDirectory: true, byteCount: 0)
        default:
            return nil
        }
    }

    private struct Identity: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    private func list(
        _ folder: [UInt8],
        ancestors: Set<Identity>,
        into entries: inout [ServedEntry]
    ) throws {
        guard let status = status(of: folder) else { throw SystemError("look at \(text(folder))") }
        let identity = Identity(device: status.st_dev, inode: status.st_ino)
        guard !ancestors.contains(identity) else { return }
        for name in try names(in: folder) {
            let path = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
            guard let entry = entry(at: path) else { continue }
            entries.append(entry)
            if entry.isDirectory {
                try list(path, ancestors: ancestors.union([identity]), into: &entries)
            }
        }
    }

    private func names(in folder: [UInt8]) throws -> [[UInt8]] {
        guard let stream = unsafe opendir(absolute(folder)) else {
            throw SystemError("list \(text(folder))")
        }
        defer { unsafe _ = closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let bytes = unsafe UnsafeRawPointer(entry) + offset
            let length = unsafe strlen(bytes.assumingMemoryBound(to: CChar.self))
            let name = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: length))
            if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    private func status(of path: [UInt8]) -> stat? {
        var status = stat()
        return unsafe stat(absolute(path), &status) == 0 ? status : nil
    }

    /// The path from the root of the system, terminated by NUL.
    private func absolute(_ path: [UInt8]) -> [CChar] {
        (Array(root.utf8) + [UInt8(ascii: "/")] + path + [0]).map { CChar(bitPattern: $0) }
    }

    private func text(_ path: [UInt8]) -> String {
        root + "/" + String(decoding: path, as: UTF8.self)
    }
}
