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

    /// Carries out `orders` in one run; see ``CachedBlobs/Fetch``.
    ///
    /// The program has this process's environment, and writes its log lines where this one does.
    package func fetch(
        _ orders: [FetchOrder],
        _ fetched: (BlobKey, Result<FetchOutcome, StorageError>) -> Void
    ) throws(StorageError) {
        var arguments = [path, "fetch"]
        for order in orders {
            arguments += [order.key.text, "--to", order.file]
            if let tag = order.tag { arguments += ["--if-changed-from", tag.text] }
        }
        var unheard = Set(orders.map(\.key))
        try run(arguments) { line in
            guard let value = try? JSONValue(parsing: line), var fields = try? JSONFields(value),
                let text = try? fields.string("key"), let key = try? BlobKey(text),
                unheard.remove(key) != nil
            else { return }
            fetched(key, result(&fields))
        }
        guard unheard.isEmpty else { throw failure("it printed no result") }
    }

    private func result(_ fields: inout JSONFields) -> Result<FetchOutcome, StorageError> {
        if let error = try? fields.string("error") { return .failure(failure(error)) }
        switch (try? fields.string("outcome"), try? fields.string("tag")) {
        case ("changed", let tag?): return .success(.changed(EntityTag(tag)))
        case ("unchanged", _): return .success(.unchanged)
        case ("absent", _): return .success(.absent)
        default: return .failure(failure("its result is not understood"))
        }
    }

    private func failure(_ reason: String) -> StorageError {
        .unavailable(operation: "fetch with \(path)", reason: reason, attempts: 1)
    }

    /// Gives `take` each line that the program prints to its standard output.
    private func run(_ arguments: [String], take: ([UInt8]) -> Void) throws(StorageError) {
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
        let isWhole = readLines(ends[0], take)
        if !isWhole { kill(processID, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(processID, &status, 0) == -1, errno == EINTR {}
        guard isWhole else { throw failure("it did not end within \(seconds) seconds") }
    }

    private func spawn(_ arguments: [String], output: Int32) throws(StorageError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        // The signals that this process keeps back or ignores end the program as they do elsewhere.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let strings = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe strings.forEach { unsafe free($0) } }
        var processID = pid_t()
        let code = unsafe posix_spawn(
            &processID,
            path,
            &actions,
            &attributes,
            strings,
            environ
        )
        guard code == 0 else {
            throw .system(
                operation: "start",
                path: path,
                reason: unsafe String(cString: strerror(code))
            )
        }
        return processID
    }

    /// Gives `take` each line until the end; false when it takes too long or says too much.
    private func readLines(_ descriptor: Int32, _ take: ([UInt8]) -> Void) -> Bool {
        var line: [UInt8] = []
        var byteCount = 0
        let deadline = ContinuousClock.now + .seconds(seconds)
        var chunk = [UInt8](repeating: 0, count: 4096)
        while byteCount < 65_536 {
            let left = (deadline - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { return false }
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&event, 1, Int32(clamping: milliseconds)) > 0 else { continue }
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return true }
            if count < 0 {
                guard errno == EINTR else { return false }
                continue
            }
            byteCount += count
            for byte in chunk[..<count] {
                if byte == UInt8(ascii: "\n") {
                    take(line)
                    line = []
                } else {
                    line.append(byte)
                }
            }
        }
        return false
    }
}
