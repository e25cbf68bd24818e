import Foundation
import Glibc
import Synchronization
import TestSupport

/// A deployment that goes through everything that may happen to it.
final class Soak: Sendable {
    /// The interval at which each function is started, in seconds: those of template.yaml, with a
    /// minute in two seconds.
    private static let schedule: [(name: String, environment: [String: String], every: Double)] = [
        ("leader", [:], 10), ("checker", ["CHECK_MODE": "probe"], 3), ("checker", [:], 5),
        ("builder", [:], 3),
    ]

    private let stages: StagedStorage
    private let mirrors: HostileMirrors
    private let folder: TemporaryFolder
    private let proxy: FaultProxy
    private let environment: [String: String]
    /// It runs all the time, and its memory is watched.
    private let steady: Redirector
    private let state: Mutex<State>

    private struct State {
        var random: SeededGenerator
        var finding = SoakFinding()
        var isOver = false
        /// The files that clients may request: those that every mirror without a fault has.
        var paths = ["distfiles/layout.conf"]
        var fileCount = 0
    }

    init(random: SeededGenerator) throws {
        stages = try StagedStorage(on: .bucket)
        folder = try TemporaryFolder("soak")
        guard let server = stages.server else { throw EndToEndError.notInstalled("SeaweedFS") }
        proxy = try FaultProxy(to: server.port)
        mirrors = try HostileMirrors(beside: stages.network)
        try folder.write(mirrors.list.xml, to: "distfiles.xml")
        environment = stages.environment(
            of: StagedStorage.Stage.built.rawValue,
            port: proxy.port
        ).merging([
            "MIRRORS": "file://" + folder.appending("distfiles.xml"),
            "CHECK_BUDGET_SECONDS": "8", "CHECK_LEASE_SECONDS": "10",
            "STORAGE_TIMEOUT_SECONDS": "5",
        ]) { $1 }
        steady = try Redirector(environment, cache: folder.makeFolder("steady"), logLevel: "error")
        state = Mutex(State(random: random))
    }

    func stop() {
        state.withLock { $0.isOver = true }
        _ = steady.child.stop()
        proxy.stop()
        mirrors.stop()
        stages.stop()
    }

    /// Runs for this many seconds, and returns when everything that was started has ended.
    func run(seconds: Double) throws {
        let began = Date()
        var threads = Self.schedule.map { entry in
            SoakThread { [self] in
                repeatedly(every: entry.every) { try call(entry.name, entry.environment) }
            }
        }
        threads.append(SoakThread { [self] in repeatedly(every: 2) { try publish() } })
        threads.append(SoakThread { [self] in repeatedly(every: 8) { try disturbStorage() } })
        threads.append(SoakThread { [self] in repeatedly(every: 0.05) { try ask(steady) } })
        for _ in 0..<4 {
            threads.append(SoakThread { [self] in repeatedly(every: 0.1) { mob(steady.port) } })
        }
        threads.append(SoakThread { [self] in repeatedly(every: 0) { try liveShortly() } })
        while Date().timeIntervalSince(began) < seconds {
            Thread.sleep(forTimeInterval: 1)
            let bytes = Self.residentMemory(of: steady.child.processID)
            state.withLock {
                $0.finding.memory.add(bytes, at: Date().timeIntervalSince(began))
            }
            guard steady.child.isRunning else { break }
        }
        state.withLock { $0.isOver = true }
        for thread in threads { thread.join() }
    }

    /// Lets the deployment come to rest, and examines the result.
    func finish() throws -> SoakFinding {
        try proxy.inject(nil)
        try stages.endLeases(environment)
        var finding = state.withLock { $0.finding }
        guard steady.child.isRunning else {
            finding.serverErrors.append("the redirector ended: \(try steady.log)")
            return finding
        }
        for name in ["leader", "checker", "checker", "builder"] {
            let result = try Product.function(name, environment: environment)
                .run(environment: ["CHECK_BUDGET_SECONDS": "60"], seconds: 120)
            if !result.isSuccess { finding.serverErrors.append("\(name): \(result)") }
        }
        finding.verification = try stages.verify(environment)
        let paths = state.withLock { $0.paths }
        _ = try eventually(within: 60) {
            finding.unknownPaths = try paths.filter { path in
                try steady.location(of: "/\(path)")?.hasPrefix(Redirector.fallback) != false
            }
            return finding.unknownPaths.isEmpty
        }
        return finding
    }

    // MARK: Ongoing activity

    private func repeatedly(every seconds: Double, _ body: () throws -> Void) {
        while !state.withLock({ $0.isOver }) {
            let began = Date()
            do {
                try body()
            } catch {
                state.withLock { $0.finding.serverErrors.append("\(error)") }
            }
            let rest = seconds - Date().timeIntervalSince(began)
            if rest > 0 { Thread.sleep(forTimeInterval: rest) }
        }
    }

    private func chance(_ probability: Double) -> Bool {
        state.withLock { Double.random(in: 0..<1, using: &$0.random) < probability }
    }

    private func draw(_ range: Range<Double>) -> Double {
        state.withLock { .random(in: range, using: &$0.random) }
    }

    /// Runs a function to its end, or kills it on the way.
    ///
    /// A failure is a valid result, too: storage may fail.
    private func call(_ name: String, _ more: [String: String]) throws {
        let streams = try FunctionStreams()
        let child = try Product.function(name, environment: environment)
            .start(environment: more, streams: streams)
        if chance(0.2), child.wait(until: Date(timeIntervalSinceNow: draw(0.01..<1))) == nil {
            child.signal(SIGKILL)
            state.withLock { $0.finding.killCount += 1 }
        }
        let ending = child.wait(until: Date(timeIntervalSinceNow: 60))
        if ending == nil { child.signal(SIGKILL) }
        let isKnown = [.exited(0), .exited(1), .signalled(SIGKILL)].contains(ending)
        let log = isKnown ? "" : try streams.log
        state.withLock {
            $0.finding.runCounts[name, default: 0] += 1
            if !isKnown { $0.finding.serverErrors.append("\(name): \(ending as Any) \(log)") }
        }
    }

    /// Publishes a file, at the master first and then at one mirror after the other.
    private func publish() throws {
        let number = state.withLock { state in
            state.fileCount += 1
            return state.fileCount
        }
        guard number <= 400 else { return }
        let path = "distfiles/soak-\(number).tar.gz"
        for tree in [stages.network.master] + stages.network.copies.map(\.tree) {
            let url = URL(fileURLWithPath: "\(tree.root)/\(path)")
            // Atomically, as rsync does it.
            try Data("number \(number)".utf8).write(to: url, options: .atomic)
            Thread.sleep(forTimeInterval: draw(0..<0.4))
        }
        state.withLock { $0.paths.append(path) }
    }

    private func disturbStorage() throws {
        let faults = FaultProxy.Fault.allCases.filter { $0 != .staleRead }
        let fault = state.withLock { faults.randomElement(using: &$0.random) }
        try proxy.inject(fault)
        state.withLock { $0.finding.faultCount += 1 }
        Thread.sleep(forTimeInterval: draw(0.5..<3))
        try proxy.inject(nil)
    }

    /// Starts a redirector, has it answer, and kills it.
    private func liveShortly() throws {
        let cache = folder.appending("short")
        if !FileManager.default.fileExists(atPath: cache) { _ = try folder.makeFolder("short") }
        let redirector = try Redirector(environment, cache: cache, logLevel: "error")
        defer { _ = redirector.child.stop(patience: 0) }
        for _ in 0..<20 { try ask(redirector) }
        Thread.sleep(forTimeInterval: draw(0..<2))
        redirector.child.signal(SIGKILL)
        state.withLock { $0.finding.killCount += 1 }
    }

    /// Requests some files, and compares every answer with the disks.
    private func ask(_ redirector: Redirector) throws {
        let paths = state.withLock { state in
            (0..<4).compactMap { _ in state.paths.randomElement(using: &state.random) }
        }
        for path in paths {
            let answer = try HTTPConnection(port: redirector.port)
                .response(to: HTTPRequest("HEAD", "/\(path)"))
            let location = answer["location"] ?? ""
            let isFallback = location == Redirector.fallback + path
            let isRight = isFallback || mirrors.holds(path, at: location)
            state.withLock { state in
                state.finding.redirectCount += 1
                if isFallback { state.finding.fallbackCount += 1 }
                if answer.status != 302 {
                    state.finding.serverErrors.append("\(path): status \(answer.status)")
                } else if !isRight {
                    state.finding.wrongRedirects.append("\(path): \(location)")
                }
            }
        }
    }

    /// Runs clients that do what no client should.
    private func mob(_ port: Int) {
        let kind = state.withLock { HostileClient.Kind.allCases.randomElement(using: &$0.random) }
        guard let kind else { return }
        HostileClient.act(kind, port: port)
    }

    private static func residentMemory(of processID: pid_t) -> Int {
        let path = "/proc/\(processID)/statm"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// A thread that can be joined.
final class SoakThread: Sendable {
    private let end = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [end] in
            body()
            end.signal()
        }
    }

    func join() { end.wait() }
}
