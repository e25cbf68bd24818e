import Foundation
import Glibc
import NIOHTTP1
import TestSupport

/// Runs the functions of a stack file on this machine, for development and tests.
@main
struct LocalGateway {
    private let options: Options
    private let scheduled: [(name: String, schedule: CronSchedule)]
    private let demonstration: Demonstration?
    private let launcher: Launcher
    private let gateway: Gateway
    private let server: GatewayServer

    static func main() {
        // Closed output is no reason to leave functions running.
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count == 2, arguments[0] == DeathWatch.argument {
            DeathWatch.watch(for: arguments[1])
            return
        }
        let signals = blockedSignals()
        do {
            let options = try Options(arguments)
            guard !options.showsHelp else {
                print(Options.help)
                return
            }
            let watch = try DeathWatch()
            let gateway = try LocalGateway(
                options,
                environment: ProcessInfo.processInfo.environment,
                mark: watch.mark
            )
            Thread.detachNewThread { gateway.run(watch) }
            waitForSignal(signals)
            Console.print("local-gateway: stopping")
            gateway.stop(watch)
        } catch {
            FileHandle.standardError.write(Data("local-gateway: \(error)\n".utf8))
            exit(2)
        }
    }

    private init(_ options: Options, environment: [String: String], mark: String) throws {
        self.options = options
        server = try GatewayServer(
            host: environment["LISTEN"].flatMap { $0.isEmpty ? nil : $0 } ?? "127.0.0.1",
            port: try Self.port(environment)
        )
        let state = URL(fileURLWithPath: options.state).path
        var variables = environment.filter { !$0.value.isEmpty }
        if variables["TREE"] == nil, variables["MIRRORS"] == nil {
            let demonstration = try Demonstration(folder: "\(state)/demonstration")
            variables.merge(demonstration.variables) { $1 }
            self.demonstration = demonstration
        } else {
            demonstration = nil
        }
        // The settings of functions that depend on this gateway; the environment overrides them.
        variables.merge(
            [
                "STORAGE_URL": "file://\(state)/storage", "SCALE_TO_ZERO": "true",
                "TRUSTED_PROXIES": "127.0.0.1", "ORIGINAL_URI_HEADER": "X-Original-URI",
                "GATEWAY_URL": "http://127.0.0.1:\(server.port)",
            ]
        ) { given, _ in given }
        if let tree = variables["TREE"] { variables["TREE"] = URL(fileURLWithPath: tree).path }
        if let url = variables["STORAGE_URL"], url.hasPrefix("file://") {
            try FileManager.default.createDirectory(
                atPath: String(url.dropFirst("file://".count)),
                withIntermediateDirectories: true
            )
        }
        let text = try String(contentsOfFile: options.template, encoding: .utf8)
        let stack = try StackFile(text, variables: variables)
        scheduled = try stack.functions.compactMap { function in
            try function.schedule.map { (function.name, try CronSchedule($0)) }
        }
        // Secrets are where faas-cli local-run looks for them.
        let secrets = URL(fileURLWithPath: ".secrets").path
        launcher = Launcher(
            binaries: options.binaries,
            environment: variables.filter { $0.key == "PATH" || Self.folders.contains($0.key) }
                .merging(["SECRETS_DIR": secrets]) { $1 },
            mark: mark
        )
        gateway = Gateway(
            stack,
            launcher: launcher,
            settings: Gateway.Settings(
                idleSeconds: options.idleSeconds,
                queueConcurrency: options.queueWidth,
                // There is no load balancer here, and trials should be fast.
                serverEnvironment: ["MAP_REFRESH_SECONDS": "1", "DRAIN_SECONDS": "0"]
            )
        )
        server.serve { [gateway] invocation, target, peer in
            gateway.outcome(of: invocation, target: target, peer: peer)
        }
    }

    /// Sources that only a leader on this machine can read; the stack file has no place for them.
    private static let folders: Set<String> = [
        "TREE", "LISTING", "MANIFESTS", "LAYOUT", "DISTFILES",
    ]

    private static func port(_ environment: [String: String]) throws(Options.Failure) -> Int {
        let text = environment["PORT"].flatMap { $0.isEmpty ? nil : $0 } ?? "8080"
        guard let port = Int(text), (0...65_535).contains(port) else { throw .invalidPort(text) }
        return port
    }

    /// Calls each scheduled function once in the order of the file, so that users need not wait for
    /// the next minute of cron, and then leaves them to their schedules.
    private func run(_ watch: DeathWatch) {
        let base = "http://127.0.0.1:\(server.port)"
        var isSuccess = true
        if !options.waitsForCron {
            for (name, _) in scheduled {
                let outcome = gateway.callByCron(name)
                isSuccess = outcome.status == 200 && isSuccess
                if outcome.status != 200, !launcher.isStopping {
                    let status = outcome.status.map { "status \($0)" } ?? "no answer"
                    Console.print("local-gateway: the first call of \(name): \(status)")
                }
                gateway.drainQueue(until: Date(timeIntervalSinceNow: 3_600))
            }
            let hasMap = eventually(within: 30) { redirectorHasMap }
            if let demonstration { Console.print(demonstration.guide(base: base)) }
            Console.print("local-gateway: \(hasMap ? "ready at" : "no map yet at") \(base)/")
            if options.endsWhenReady {
                stop(watch)
                exit(isSuccess && hasMap ? 0 : 1)
            }
        } else {
            Console.print("local-gateway: listening at \(base)/")
        }
        let connector = CronConnector(
            gateway,
            launcher: launcher,
            minuteSeconds: options.minuteSeconds
        )
        for (name, schedule) in scheduled { connector.start(name, schedule) }
    }

    private func stop(_ watch: DeathWatch) {
        server.stop()
        gateway.stop()
        watch.end()
    }

    /// Whether Redirector has loaded a map, which its metrics show.
    private var redirectorHasMap: Bool {
        guard
            case .answer(let answer) = gateway.outcome(
                of: Invocation(method: "GET"),
                target: "/function/redirector/metrics",
                peer: "127.0.0.1:0"
            )
        else { return false }
        return String(decoding: answer.body, as: UTF8.self).contains("redirector_map_generation")
    }

    /// Blocks the signals that end the program, in this thread and those that it starts.
    private static func blockedSignals() -> sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        return signals
    }

    private static func waitForSignal(_ signals: sigset_t) {
        var signals = signals
        var number: Int32 = 0
        while unsafe sigwait(&signals, &number) != 0 {}
    }
}
