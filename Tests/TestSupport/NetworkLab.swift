import Foundation
import Glibc
import Synchronization

/// A separate network in which public addresses are available: those reserved for documentation
/// (RFC 5737), with the names and accounts that a test needs.
///
/// The code that runs in it, and the threads and programs that it starts, see no other network, and
/// have their own files in /etc. Only root can create one.
package enum NetworkLab {
    package struct Failure: Error {
        package let operation: String
        package let code: Int32
    }

    /// Whether this process may create one.
    package static var isPossible: Bool { getuid() == 0 }

    /// Runs `body` in a new network with `addresses` on its loopback interface, IPv4 or IPv6, with
    /// the lines of `hosts` as names, and with those of `accounts` after the system's.
    package static func run<Value: Sendable>(
        addresses: [String] = [],
        hosts: [String] = [],
        accounts: [String] = [],
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let folder = try TemporaryFolder("lab")
        let names = try folder.write(
            (["127.0.0.1 localhost"] + hosts).joined(separator: "\n") + "\n",
            to: "hosts"
        )
        let system = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        let passwd = try folder.write(
            system + accounts.map { $0 + "\n" }.joined(),
            to: "passwd"
        )
        let result = Mutex<Result<Value, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        // Namespaces belong to threads: only this thread's is changed, and it ends with the work.
        let thread = Thread {
            let outcome = Result { () throws -> Value in
                try enter(files: ["/etc/hosts": names, "/etc/passwd": passwd])
                for address in addresses { try add(address) }
                return try body()
            }
            result.withLock { $0 = outcome }
            isDone.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        isDone.wait()
        guard let outcome = result.withLock({ $0 }) else {
            throw Failure(operation: "run a thread", code: 0)
        }
        return try outcome.get()
    }

    private static func enter(files: [String: String]) throws {
        // CLONE_NEWNET | CLONE_NEWNS, which Glibc's module lacks, as it lacks the function.
        typealias Unshare = @convention(c) (CInt) -> CInt
        guard let symbol = unsafe dlsym(nil, "unshare") else {
            throw Failure(operation: "find unshare", code: ENOSYS)
        }
        let unshare = unsafe unsafeBitCast(symbol, to: Unshare.self)
        try check(unshare(0x4000_0000 | 0x0002_0000), "unshare")
        // MS_REC | MS_PRIVATE: mounts made here are visible nowhere else.
        try check(unsafe mount("none", "/", nil, 0x4000 | 0x40000, nil), "make mounts private")
        for (path, own) in files {
            // MS_BIND
            try check(unsafe mount(own, path, nil, 0x1000, nil), "mount \(path)")
        }
        try command(["link", "set", "lo", "up"])
    }

    private static func add(_ address: String) throws {
        let length = address.contains(":") ? 128 : 32
        try command(["address", "add", "\(address)/\(length)", "dev", "lo", "nodad"])
    }

    private static func command(_ arguments: [String]) throws {
        let null = unsafe open("/dev/null", O_RDWR)
        defer { close(null) }
        let child = try ChildProcess(
            "/sbin/ip",
            arguments,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
            input: null,
            output: null,
            errors: null
        )
        guard child.wait() == .exited(0) else {
            throw Failure(operation: "ip \(arguments.joined(separator: " "))", code: 0)
        }
    }

    private static func check(_ code: Int32, _ operation: String) throws {
        guard code == 0 else { throw Failure(operation: operation, code: errno) }
    }
}
