import Foundation
import NIOHTTP1
import Synchronization

/// The functions of a stack behind one gateway: calls, queued calls, and calls by cron.
final class Gateway: Sendable {
    /// How a function is run.
    private enum Backend: Sendable {
        case watchdog(Watchdog)
        case http(HTTPFunction)
    }

    /// Functions and their backends.
    private let backends: Mutex<[String: Backend]> = Mutex([:])
    /// The function for paths outside of the gateway's own, as with an ingress.
    private let ingressFunction: String?
    private let launcher: Launcher
    private let queue: Mutex<AsyncQueue?> = Mutex(nil)

    /// Deviations from the gateway's defaults.
    struct Settings {
        /// After how many seconds without requests an HTTP function is stopped, if its label allows
        /// this without stating a time.
        var idleSeconds = 15 * 60.0
        /// The number of queued calls that run at the same time; the queue worker of the community
        /// edition runs one.
        var queueConcurrency = 1
        /// Overrides the environment of HTTP functions.
        var serverEnvironment: [String: String] = [:]
    }

    init(_ stack: StackFile, launcher: Launcher, settings: Settings) {
        self.launcher = launcher
        ingressFunction = stack.functions.first { $0.process == nil }?.name
        for function in stack.functions {
            let backend: Backend
            if let process = function.process {
                backend = .watchdog(Watchdog(function, process: process, launcher: launcher))
            } else {
                let served = HTTPFunction(
                    function,
                    environment: function.environment.merging(settings.serverEnvironment) { $1 },
                    launcher: launcher,
                    idleLimit: function.scalesToZero
                        ? function.idleSeconds.map(Double.init) ?? settings.idleSeconds : nil
                )
                served.supervise()
                backend = .http(served)
            }
            backends.withLock { $0[function.name] = backend }
        }
        let queue = AsyncQueue(concurrency: settings.queueConcurrency) { [weak self] name, call in
            self?.outcome(of: call, function: name) ?? .cut
        }
        self.queue.withLock { $0 = queue }
    }

    /// Answers a request that arrived at the gateway.
    ///
    /// `peer` is the client's address and port.
    func outcome(of request: Invocation, target: String, peer: String) -> Outcome {
        var call = request
        var route = GatewayRoute(target)
        if route == .none, let ingressFunction {
            call.headers.replaceOrAdd(name: "X-Original-URI", value: target)
            call.headers.replaceOrAdd(name: "X-Forwarded-For", value: Self.address(of: peer))
            call.headers.replaceOrAdd(name: "X-Forwarded-Proto", value: "http")
            route = GatewayRoute("/function/\(ingressFunction)/")
        }
        addHeaders(to: &call, peer: peer)
        switch route {
        case .function(let name, let path, let query):
            call.path = path
            call.query = query
            return marked(outcome(of: call, function: name), by: call)
        case .asynchronous(let name, let path, let query):
            call.path = path
            call.query = query
            guard backends.withLock({ $0[name] }) != nil else { return Self.unknown(name) }
            guard let queue = queue.withLock({ $0 }) else { return .cut }
            return .answer(queue.accept(call, of: name))
        case .moved(let target):
            return .answer(Answer(301, headers: ["Location": target]))
        case .broken:
            return .cut
        case .health:
            return .answer(Answer(200, text: "OK"))
        case .none:
            return .answer(Answer(404, text: "404 page not found\n"))
        }
    }

    /// Calls `function` and waits for the outcome.
    func outcome(of call: Invocation, function name: String) -> Outcome {
        switch backends.withLock({ $0[name] }) {
        case nil: Self.unknown(name)
        case .watchdog(let watchdog): watchdog.outcome(of: call)
        case .http(let function): function.outcome(of: call)
        }
    }

    /// Calls a function as cron-connector does: an empty POST to its root.
    func callByCron(_ name: String) -> Outcome {
        var call = Invocation()
        call.headers = ["X-Topic": "cron-function", "X-Connector": "cron-connector"]
        addHeaders(to: &call, peer: "127.0.0.1:0")
        return outcome(of: call, function: name)
    }

    /// Waits until every queued call is done, or until `deadline`; returns whether they are.
    @discardableResult
    func drainQueue(until deadline: Date) -> Bool {
        queue.withLock { $0 }?.drain(until: deadline) ?? true
    }

    /// Drops queued calls, and stops every function.
    func stop() {
        queue.withLock { $0 }?.close()
        launcher.stop()
    }

    /// The maximum number of queued calls that ran at the same time.
    var peakQueueConcurrency: Int { queue.withLock { $0 }?.peakConcurrency ?? 0 }

    /// The headers that gateway and provider add to a request: where it came from, unless already
    /// set.
    private func addHeaders(to call: inout Invocation, peer: String) {
        if !call.headers.contains(name: "X-Forwarded-For") {
            call.headers.add(name: "X-Forwarded-For", value: peer)
        }
        if !call.headers.contains(name: "X-Forwarded-Host"), let host = call.headers["Host"].first {
            call.headers.add(name: "X-Forwarded-Host", value: host)
        }
        call.headers.remove(name: "Host")
        call.headers.replaceOrAdd(name: "X-Call-Id", value: UUID().uuidString.lowercased())
        let nanoseconds = Int64(Date().timeIntervalSince1970 * 1e9)
        call.headers.replaceOrAdd(name: "X-Start-Time", value: "\(nanoseconds)")
    }

    private func marked(_ outcome: Outcome, by call: Invocation) -> Outcome {
        guard case .answer(var answer) = outcome else { return outcome }
        for name in ["X-Call-Id", "X-Start-Time"] {
            guard let value = call.headers[name].first else { continue }
            answer.headers.replaceOrAdd(name: name, value: value)
        }
        return .answer(answer)
    }

    private static func unknown(_ name: String) -> Outcome {
        .answer(Answer(404, text: "no function is called \(name)\n"))
    }

    /// `192.0.2.1:4711` without the port.
    private static func address(of peer: String) -> String {
        peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
    }
}
