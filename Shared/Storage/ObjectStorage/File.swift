import Glibc

/// An open file descriptor that closes itself.
package struct File: ~Copyable {
    private let descriptor: CInt
    private let path: String

    private init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// Opens a file to read it; nil when there is none.
    package static func reading(_ path: String) throws(StorageError) -> File? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .lastError("open", path)
        }
        return File(descriptor: descriptor, path: path)
    }

    /// Creates a file that must not exist.
    package static func creating(_ path: String) throws(StorageError) -> File {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .lastError("create", path) }
        return File(descriptor: descriptor, path: path)
    }

    /// Opens a file and waits until nobody else holds its lock; closing it releases the lock.
    static func locking(_ path: String) throws(StorageError) -> File {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .lastError("open", path) }
        let file = File(descriptor: descriptor, path: path)
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .lastError("lock", path) }
        }
        return file
    }

    /// Makes renames and removals in a folder durable.
    static func syncFolder(_ path: String) throws(StorageError) {
        guard let folder = try reading(path.isEmpty ? "/" : path) else { return }
        try folder.sync()
    }

    /// The version of the file: no two of its versions share inode, size and time of change, because
    /// every version is a new file.
    func entityTag() throws(StorageError) -> EntityTag {
        let status = try status()
        let time = status.st_mtim
        return EntityTag(
            "\(String(status.st_ino, radix: 36))-\(String(status.st_size, radix: 36))"
                + "-\(String(time.tv_sec, radix: 36)).\(String(time.tv_nsec, radix: 36))"
        )
    }

    private func status() throws(StorageError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .lastError("look at", path) }
        return status
    }

    /// What is at `path`; nil when there is nothing.
    static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    package func readAll() throws(StorageError) -> [UInt8] {
        try readNext(Int(try status().st_size))
    }

    /// The bytes `range`, or those of them that there are.
    func read(_ range: Range<Int>) throws(StorageError) -> [UInt8] {
        let present = range.clamped(to: 0..<Int(try status().st_size))
        guard lseek(descriptor, present.lowerBound, SEEK_SET) >= 0 else {
            throw .lastError("read", path)
        }
        return try readNext(present.count)
    }

    private func readNext(_ size: Int) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[count..<size])
                let got = unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
                if got > 0 {
                    count += got
                } else if got == 0 {
                    failure = .system(operation: "read", path: path, reason: "it became shorter")
                    return
                } else if errno != EINTR {
                    failure = .lastError("read", path)
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    package func write(_ bytes: [UInt8]) throws(StorageError) {
        var failure: StorageError?
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    written += count
                } else if errno != EINTR {
                    failure = .lastError("write", path)
                    return
                }
            }
        }
        if let failure { throw failure }
    }

    func sync() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .lastError("sync", path) }
    }
}

extension StorageError {
    /// The error that `errno` names.
    static func lastError(_ operation: String, _ path: String) -> StorageError {
        let reason = unsafe String(cString: strerror(errno))
        return .system(operation: operation, path: path, reason: reason)
    }
}
