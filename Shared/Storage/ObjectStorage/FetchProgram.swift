import Glibc
import JSON

/// The program `storage`, asked to fetch blobs.
///
/// It links libcurl, which would cost a program that starts for one request 5 ms; this way it is paid
/// by a copy that is out of date, and in the background.
package struct FetchProgram: Sendable {
    private let path: String
    private let seconds: Int

    /// `path` is that of the executable.
    ///
    /// After `seconds` it is killed: longer than it allows itself.
    package init(path: String, seconds: Int = 90) {
        self.path = path
        self.seconds = seconds
    }

    /// The program `storage` in the folder of the running one.
    package static var besideThisProgram: String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        let path = String(
            decoding: bytes.prefix(max(count, 0)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return "\(folder)storage"
    }

    /// Fetches `key` into `file`; see ``CachedBlobs/Fetch``.
    ///
    /// The program has this process's environment, and writes its log lines where this one does.
    package func fetch(
        _ key: BlobKey,
        to file: String,
        ifChangedFrom tag: EntityTag?
    ) throws(StorageError) -> FetchOutcome {
        var arguments = [path, "fetch", key.text, "--to", file]
        if let tag { arguments += ["--if-changed-from", tag.text] }
        let answer = try run(arguments)
        guard let value = try? JSONValue(parsing: answer), var fields = try? JSONFields(value)
        else {
            throw failure("it printed no result")
        }
        if let error = try? fields.string("error") { throw failure(error) }
        switch (try? fields.string("outcome"), try? fields.string("tag")) {
        case ("changed", let tag?): return .changed(EntityTag(tag))
        case ("unchanged", _): return .unchanged
        case ("absent", _): return .absent
        default: throw failure("its result is not understood")
        }
    }

    private func failure(_ reason: String) -> StorageError {
        .unavailable(operation: "fetch with \(path)", reason: reason, attempts: 1)
    }

    /// What the program prints to its standard output.
    private func run(_ arguments: [String]) throws(StorageError) -> [UInt8] {
        // Not a pipe: only this closes itself in programs that other threads start meanwhile.
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .lastError("open a channel to", path)
        }
        defer { close(ends[0]) }
        let processID: pid_t
        do throws(StorageError) {
            processID = try spawn(arguments, output: ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        close(ends[1])
        let (bytes, isWhole) = read(ends[0])
        if !isWhole { kill(processID, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(processID, &status, 0) == -1, errno == EINTR {}
        guard isWhole else { throw failure("it did not end within \(seconds) seconds") }
        return bytes
    }

    private func spawn(_ arguments: [String], output: Int32) throws(StorageError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        let strings = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe strings.forEach { unsafe free($0) } }
        var processID = pid_t()
        let code = unsafe posix_spawn(&processID, path, &actions, nil, strings, environ)
        guard code == 0 else {
            throw .system(
                operation: "start",
                path: path,
                reason: unsafe String(cString: strerror(code))
            )
        }
        return processID
    }

    /// All that comes until the end, or until the time is over; at most 64 KiB.
    private func read(_ descriptor: Int32) -> (bytes: [UInt8], isWhole: Bool) {
        var bytes: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(seconds)
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 65_536 {
            let left = (deadline - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { return (bytes, false) }
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&event, 1, Int32(clamping: milliseconds)) > 0 else { continue }
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return (bytes, true) }
            if count < 0 {
                guard errno == EINTR else { return (bytes, false) }
                continue
            }
            bytes.append(contentsOf: chunk[..<count])
        }
        return (bytes, false)
    }
}
