import Glibc

/// Times the start of programs.
///
/// `start-bench exit COUNT COMMAND…` runs a command to its end; `start-bench serve COUNT PORT
/// COMMAND…` starts a server, requests `/distfiles/` on loopback until it answers, and kills it.
/// Both print the minimum and the median number of milliseconds from the start of the process; this
/// is its own time except for the vfork(2) and execve(2) of every program.
@main
enum StartBench {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 3, let count = Int(arguments[1]), count > 0 else { usage() }
        var times: [Double] = []
        for _ in 0..<count {
            let start = milliseconds()
            switch arguments[0] {
            case "exit":
                let process = spawn(Array(arguments[2...]))
                var status: Int32 = 0
                unsafe waitpid(process, &status, 0)
                times.append(milliseconds() - start)
                guard status == 0 else { fail("\(arguments[2]) ended with status \(status)") }
            case "serve":
                guard arguments.count >= 4, let port = UInt16(arguments[2]) else { usage() }
                let process = spawn(Array(arguments[3...]))
                while !isListening(port) || !isAnswering(port) {
                    if milliseconds() - start > 5_000 { fail("no answer on port \(port)") }
                    usleep(50)
                }
                times.append(milliseconds() - start)
                kill(process, SIGKILL)
                var status: Int32 = 0
                unsafe waitpid(process, &status, 0)
            default: usage()
            }
        }
        times.sort()
        print("min \(rounded(times[0])) ms, median \(rounded(times[times.count / 2])) ms")
    }

    private static func usage() -> Never {
        fail("usage: start-bench exit COUNT COMMAND… | start-bench serve COUNT PORT COMMAND…")
    }

    private static func fail(_ text: String) -> Never {
        print(text)
        exit(2)
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func milliseconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
    }

    /// Starts a program with this environment, and discards its output.
    private static func spawn(_ command: [String]) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let result = unsafe posix_spawnp(&process, command[0], &actions, nil, &arguments, environ)
        guard result == 0 else { fail("\(command[0]) does not start: error \(result)") }
        return process
    }

    /// Whether a process listens on `port`.
    ///
    /// This is read from the kernel's table (proc(5)): a connection that is attempted while the
    /// program is starting on the same processor may wait 10 ms for its turn there.
    private static func isListening(_ port: UInt16) -> Bool {
        let table = unsafe open("/proc/net/tcp", O_RDONLY)
        defer { close(table) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        // Listening sockets come first.
        let count = unsafe read(table, &bytes, bytes.count)
        let digits = String(port, radix: 16, uppercase: true)
        let place = String(repeating: "0", count: 4 - digits.count) + digits
        return count > 0
            && bytes[..<count].firstRange(of: Array(":\(place) 00000000:0000 0A".utf8)) != nil
    }

    /// Whether a request to `port` is answered with a redirect.
    private static func isAnswering(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return false }
        let request = Array(
            "GET /distfiles/4c/package-name-76-1.2.3.tar.xz HTTP/1.1\r\nHost: h\r\n\r\n".utf8
        )
        _ = unsafe request.withUnsafeBytes { buffer in
            unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = unsafe answer.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        return count > 12 && answer.starts(with: "HTTP/1.1 302".utf8)
    }
}
