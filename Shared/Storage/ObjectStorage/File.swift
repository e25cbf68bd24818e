package import Glibc
import Linux

/// An open file descriptor, closed on deinitialisation.
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

    /// Opens a regular file for reading; nil if there is none.
    ///
    /// Never blocks: FIFOs and other special files are refused, and so are files that `ownership`
    /// does not admit.
    package static func reading(
        _ path: String,
        _ ownership: FileOwnership = .anybody
    ) throws(StorageError) -> File? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | ownership.flags)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            if errno == ELOOP, ownership == .thisUser {
                throw .system(operation: "open", path: path, reason: "it is a symbolic link")
            }
            throw .lastError("open", path)
        }
        let file = File(descriptor: descriptor, path: path)
        if let reason = ownership.objection(to: try file.status()) {
            throw .system(operation: "read", path: path, reason: reason)
        }
        return file
    }

    /// Creates a file that must not exist yet.
    package static func creating(_ path: String) throws(StorageError) -> File {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .lastError("create", path) }
        return File(descriptor: descriptor, path: path)
    }

    /// Opens a file and waits for its lock; closing it releases the lock.
    static func locking(_ path: String) throws(StorageError) -> File {
        if let file = try locking(path, within: lockPatience) { return file }
        throw .system(
            operation: "lock",
            path: path,
            reason:
                "another process has held the lock for \(lockPatience.components.seconds) "
                + "seconds, where a write takes milliseconds; fuser \(path) names it"
        )
    }

    /// Opens and locks a file; nil if somebody else has the lock for longer than `patience`.
    static func locking(
        _ path: String,
        within patience: Duration
    ) throws(StorageError) -> File? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .lastError("open", path) }
        let file = File(descriptor: descriptor, path: path)
        // `flock` needs only a descriptor, so anybody who can read the file can take the lock.
        let status = try file.status()
        if status.st_uid == geteuid(), status.st_mode & 0o077 != 0 { fchmod(descriptor, 0o600) }
        let deadline = Deadline(after: patience)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR || errno == EWOULDBLOCK else { throw .lastError("lock", path) }
            guard !deadline.isOver else { return nil }
            usleep(2000)
        }
        return file
    }

    /// How long to wait for the lock of a store.
    private static let lockPatience = Duration.seconds(10)

    /// Makes renames and removals in a folder durable.
    static func syncFolder(_ path: String) throws(StorageError) {
        let path = path.isEmpty ? "/" : path
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw .lastError("open", path)
        }
        try File(descriptor: descriptor, path: path).sync()
    }

    /// The version of the file: no two versions share inode, size and time of change, because every
    /// version is a new file.
    func entityTag() throws(StorageError) -> EntityTag {
        Self.entityTag(of: try status())
    }

    /// The version of a file, from its status.
    static func entityTag(of status: stat) -> EntityTag {
        let time = status.st_mtim
        return EntityTag(
            "\(String(status.st_ino, radix: 36))-\(String(status.st_size, radix: 36))"
                + "-\(String(time.tv_sec, radix: 36)).\(String(time.tv_nsec, radix: 36))"
        )
    }

    package func status() throws(StorageError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .lastError("look at", path) }
        return status
    }

    /// The status of `path`; nil if it does not exist.
    static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// Calls `body` with the descriptor, which it must not close.
    package func withDescriptor<Result>(_ body: (CInt) -> Result) -> Result {
        body(descriptor)
    }

    package func readAll() throws(StorageError) -> [UInt8] {
        try readNext(Int(try status().st_size))
    }

    /// The bytes in `range`, as far as the file has them.
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
            do throws(StorageError) {
                let room = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]
                )
                try unsafe read(into: room)
                count = size
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills `buffer` with the next bytes of the file; throws if it ends too early.
    @unsafe package func read(into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
        let count: Int
        do throws(SystemError) {
            count = try unsafe readFully(from: descriptor, into: buffer)
        } catch {
            throw .system(operation: error.operation, path: path, reason: error.reason)
        }
        guard count == buffer.count else {
            throw .system(operation: "read", path: path, reason: "it became shorter")
        }
    }

    package func write(_ bytes: [UInt8]) throws(StorageError) {
        do throws(SystemError) {
            try writeAll(bytes, to: descriptor)
        } catch {
            throw .system(operation: error.operation, path: path, reason: error.reason)
        }
    }

    func sync() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .lastError("sync", path) }
    }
}

extension StorageError {
    /// The error for `errno`.
    package static func lastError(_ operation: String, _ path: String) -> StorageError {
        .system(operation: operation, path: path, reason: systemText())
    }
}
