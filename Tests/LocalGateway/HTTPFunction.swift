import Foundation
import NIOHTTP1
import TestSupport

/// A function that is itself an HTTP server: started by the first request or kept running, and
/// stopped after a time without requests.
///
/// If it is stopped, a request is held until the function reports that it is ready, as in OpenFaaS
/// (`scale_from_zero`). Its port is a new one each time, so nothing waits for an old process to
/// end.
final class HTTPFunction: @unchecked Sendable {
    /// A running server.
    private struct Server {
        let child: ChildProcess
        let port: Int
    }

    private let function: StackFile.Function
    private let environment: [String: String]
    private let launcher: Launcher
    /// After how many seconds without requests it is stopped; nil keeps one running.
    private let idleLimit: Double?

    private let condition = NSCondition()
    private var server: Server?
    private var isStarting = false
    private var requestCount = 0
    private var idleSince = Date()

    /// How often the liveness probe asks, and how often it may fail: the defaults of Kubernetes.
    private static let probeInterval = 10.0
    private static let failureThreshold = 3
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
    ]

    init(
        _ function: StackFile.Function,
        environment: [String: String],
        launcher: Launcher,
        idleLimit: Double?
    ) {
        self.function = function
        self.environment = environment
        self.launcher = launcher
        self.idleLimit = idleLimit
    }

    /// Whether a process is running.
    var isRunning: Bool { condition.withLock { server?.child.isRunning == true } }

    /// Passes a call on, after starting the server if necessary.
    func outcome(of invocation: Invocation) -> Outcome {
        guard Self.methods.contains(invocation.method) else { return .answer(Answer(405)) }
        guard let port = admit() else {
            return .answer(Answer(500, text: "\(function.name) does not start\n"))
        }
        defer { dismiss() }
        do {
            return .answer(try forward(invocation, to: port))
        } catch {
            return .answer(Answer(500, text: "Can't reach service for: \(function.name).\n"))
        }
    }

    private func forward(_ invocation: Invocation, to port: Int) throws -> Answer {
        var target = percentEncoded(invocation.path)
        if !invocation.query.isEmpty { target += "?" + invocation.query }
        var headers: [String: String] = [:]
        for (name, value) in invocation.headers where !Self.isOfConnection(name) {
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
        let response = try HTTPConnection(port: port).response(
            to: HTTPRequest(
                invocation.method,
                target,
                headers: headers,
                body: invocation.body
            )
        )
        var answer = Answer(response.status, body: response.body)
        for (name, value) in response.headers where !Self.isOfConnection(name) {
            answer.headers.add(name: Invocation.goName(name), value: value)
        }
        return answer
    }

    /// Headers about one connection or one body, which are not passed on.
    private static func isOfConnection(_ name: String) -> Bool {
        ["host", "connection", "keep-alive", "transfer-encoding", "content-length"]
            .contains(name.lowercased())
    }
}

// MARK: - Starting

extension HTTPFunction {
    /// The port of a ready server, to which one request is added; nil if none starts.
    private func admit() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let server, server.child.isRunning {
                requestCount += 1
                return server.port
            }
            guard !isStarting else {
                condition.wait()
                continue
            }
            isStarting = true
            condition.unlock()
            let started = start()
            condition.lock()
            isStarting = false
            server = started
            idleSince = Date()
            condition.broadcast()
            guard started != nil else { return nil }
        }
    }

    private func dismiss() {
        condition.withLock {
            requestCount -= 1
            idleSince = Date()
        }
    }

    /// Starts a server and waits until it is ready; nil if this fails.
    private func start() -> Server? {
        let startedAt = ContinuousClock.now
        // The port was found free but is not reserved, so another process may take it first.
        for _ in 0..<5 {
            do {
                let log = try Console.prefixed(function.name)
                let null = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/null"))
                defer { try? log.close() }
                let port = try freePort()
                let address = ["PORT": "\(port)", "LISTEN": "127.0.0.1"]
                guard
                    let child = try launcher.start(
                        function.command,
                        environment: environment.merging(address) { $1 },
                        input: null.fileDescriptor,
                        output: log.fileDescriptor,
                        errors: log.fileDescriptor
                    )
                else { return nil }
                let isReady = eventually(within: 100, every: 0.001) {
                    !child.isRunning || answers(function.readinessPath, at: port)
                }
                if isReady, child.isRunning {
                    let milliseconds = (ContinuousClock.now - startedAt) / .milliseconds(1)
                    Console.print(
                        "local-gateway: \(function.name) is ready after "
                            + String(format: "%.1f ms", milliseconds)
                    )
                    return Server(child: child, port: port)
                }
                child.stop()
                launcher.ended(child)
            } catch {
                Console.print("local-gateway: \(function.name): \(error)")
            }
        }
        return nil
    }

    private func answers(_ path: String, at port: Int) -> Bool {
        let connection = HTTPConnection(port: port)
        return (try? connection.response(to: HTTPRequest("GET", path)).status) == 200
    }
}

// MARK: - Running and stopping

extension HTTPFunction {
    /// Supervises the server from now on: probes it, restarts it if one must be kept running, and
    /// stops it when it has been idle for long enough.
    func supervise() {
        Thread.detachNewThread { [self] in
            var probedAt = Date()
            var failureCount = 0
            while !launcher.isStopping {
                Thread.sleep(forTimeInterval: 0.05)
                stopIfIdle()
                if idleLimit == nil, !isRunning, admit() != nil { dismiss() }
                guard Date().timeIntervalSince(probedAt) > Self.probeInterval else { continue }
                probedAt = Date()
                guard let server = condition.withLock({ server }), server.child.isRunning else {
                    continue
                }
                failureCount = answers(function.healthPath, at: server.port) ? 0 : failureCount + 1
                guard failureCount >= Self.failureThreshold else { continue }
                Console.print("local-gateway: \(function.name) is not healthy: stopping it")
                failureCount = 0
                retire(server)
            }
        }
    }

    private func stopIfIdle() {
        let idle = condition.withLock { () -> Server? in
            guard let idleLimit, let server, requestCount == 0,
                Date().timeIntervalSince(idleSince) >= idleLimit
            else { return nil }
            self.server = nil
            return server
        }
        guard let idle else { return }
        Console.print("local-gateway: \(function.name) is idle: stopping it")
        retire(idle)
    }

    /// Stops a server that gets no more requests, without making any caller wait.
    private func retire(_ retired: Server) {
        condition.withLock {
            if server?.child === retired.child { server = nil }
        }
        Thread.detachNewThread { [launcher] in
            retired.child.stop(patience: 30)
            launcher.ended(retired.child)
        }
    }
}
