package import FunctionRuntime
import Glibc
import Linux
import Mirrors
package import Redirection
import Synchronization
import Time

/// The redirector as an HTTP server: sockets and loops around `Responder`.
///
/// A map on local disk is loaded before the first connection is accepted. After that, a thread
/// looks at storage while clients send requests, and hands finished snapshots to the loops. A
/// request takes no lock, and only the first one after a pause waits briefly for that thread.
package final class RedirectionServer: Sendable {
    package let metrics = Metrics(
        of: (Function.version, Timestamp.now.secondsSinceEpoch)
    )
    /// The port that it listens on, also if 0 was requested.
    package let port: Int

    private let mailboxes: [LoopMailbox]
    private let threads: [Thread]
    private let pages: PageQueue
    private let supply: BlobSupply
    private let logOutput: LogOutput?
    /// Copies of the listening sockets, for a process that takes over.
    private let sockets: [Int32]
    private let isShutDown = Atomic<Bool>(false)

    /// Starts to serve; returns when connections are accepted.
    package init(_ settings: RedirectorSettings) throws(FunctionError) {
        let metrics = metrics
        let maps = try ServedMaps(settings, metrics: metrics)
        let renderer = settings.pages(
            metrics: metrics,
            regions: maps.regions,
            blobs: maps.blobs,
            fetches: BlobFetches(maps.blobs)
        )
        // Check the copies before the look begins: the look requests only what is newer than they
        // are, so for a copy that is discarded afterwards it would get nothing.
        let start = try maps.start()
        // Only for copies of a bucket's blobs; a folder has just been read.
        let age = start.isUseless ? nil : maps.age()
        let isLooking = age.map { $0 >= Int64(settings.refreshSeconds) * 1000 } ?? true
        let loopCount = max(settings.threads, settings.passedSockets.count)
        do throws(SystemError) {
            mailboxes = try (0..<loopCount).map { _ throws(SystemError) in
                try LoopMailbox()
            }
            // Start the slowest part before the sockets are opened.
            supply = try BlobSupply(maps, pages: renderer, for: mailboxes, isLooking: isLooking)
        } catch {
            throw Self.failure(error)
        }
        let listeners = try Self.listen(settings)
        port = listeners[0].port
        sockets = listeners.map { fcntl($0.descriptor, F_DUPFD_CLOEXEC, 0) }.filter { $0 >= 0 }
        do throws(SystemError) {
            pages = try PageQueue(renderer, trusting: settings.answers.trustedProxies)
            logOutput = settings.logInterval > 0 ? try LogOutput() : nil
            let parts = LoopParts(
                settings,
                metrics: metrics,
                renderer: renderer,
                pages: pages,
                supply: supply,
                logOutput: logOutput,
                port: port
            )
            let looks = LookSchedule(settings, age: age, isLooking: isLooking)
            var threads: [Thread] = []
            for (listener, mailbox) in zip(listeners, mailboxes) {
                var responder = parts.responder()
                responder.begin(with: start, settings, isLooking: isLooking)
                let loop = try parts.loop(listener, mailbox, looks, responder)
                threads.append(try Thread { loop.run() })
            }
            self.threads = threads
        } catch {
            throw Self.failure(error)
        }
        Self.log(settings, port: port)
    }

    /// Logs where it listens, and what its settings lack.
    private static func log(_ settings: RedirectorSettings, port: Int) {
        let isPassed = !settings.passedSockets.isEmpty
        Log.info("listening", ["address": isPassed ? nil : settings.listen, "port": port])
        let answers = settings.answers
        if answers.countryHeaders.isEmpty, !answers.trustedProxies.isEmpty {
            Log.warning(
                "no country header",
                ["hint": "set COUNTRY_HEADER, which REDIRECT_MAX_AGE requires"]
            )
        }
    }

    private static func failure(_ error: SystemError) -> FunctionError {
        .failed("the server does not start: \(error)")
    }

    /// One socket for each loop, all on the same port.
    private static func listen(
        _ settings: RedirectorSettings
    ) throws(FunctionError) -> [ListeningSocket] {
        do throws(SystemError) {
            let passed = settings.passedSockets
            guard passed.isEmpty else {
                var listeners: [ListeningSocket] = []
                for index in 0..<max(settings.threads, passed.count) {
                    var socket = passed[index % passed.count]
                    // If there are more threads than sockets, the rest share one.
                    if index >= passed.count { socket = fcntl(socket, F_DUPFD_CLOEXEC, 0) }
                    guard socket >= 0 else { throw .last("duplicate a socket") }
                    listeners.append(try ListeningSocket(passed: socket))
                }
                return listeners
            }
            guard let address = IPAddress(settings.listen) else {
                throw SystemError("listen", reason: "it is not an IP address")
            }
            let isShared = settings.threads > 1
            let first = try ListeningSocket(address, port: settings.port, isShared: isShared)
            var listeners = [first]
            for _ in 1..<max(settings.threads, 1) {
                let more = try ListeningSocket(address, port: first.port, isShared: isShared)
                listeners.append(more)
            }
            return listeners
        } catch {
            throw .failed("cannot listen on \(settings.listen) port \(settings.port): \(error)")
        }
    }

    /// Makes `/_/ready` answer 503 while continuing to serve.
    package func beginDraining() {
        for mailbox in mailboxes { mailbox.post(.drain) }
    }

    /// Starts a new process of this program on the same sockets; returns its process id.
    ///
    /// After that, this process accepts no connections, leaving waiting ones to the new process,
    /// and ends each connection with its next answer. If the new process does not serve, it throws
    /// and continues as before.
    package func handOver() throws(FunctionError) -> Int32 {
        let successor: Int32
        do throws(SystemError) {
            successor = try Successor.start(with: sockets)
        } catch {
            throw .failed("no new process took over: \(error)")
        }
        for mailbox in mailboxes { mailbox.post(.handOver) }
        return successor
    }

    /// A value that changes with each request; nil while a client is connected.
    package var activity: UInt64? {
        metrics.openConnections > 0 ? nil : metrics.acceptedConnections
    }

    /// Stops accepting, answers requests that have begun to arrive, and ends all connections and
    /// loops.
    ///
    /// A second call does nothing.
    package func shutDown() {
        guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
        for mailbox in mailboxes { mailbox.post(.close) }
        for thread in threads { thread.join() }
        supply.stop()
        pages.stop()
        logOutput?.stop()
        for socket in sockets { close(socket) }
    }
}

extension Responder {
    /// Takes what a server begins with: the maps that it found, and its settings.
    ///
    /// `isLooking` means that storage is being looked at.
    fileprivate mutating func begin(
        with start: ServedMaps.Start,
        _ settings: RedirectorSettings,
        isLooking: Bool
    ) {
        snapshot = start.snapshot
        regions = start.regions
        awaitsLook = isLooking
        // With nothing but a bucket that was not read yet, other instances answer better.
        isReady = !isLooking || start.snapshot != nil
        guard settings.logInterval > 0 else { return }
        log = RequestLog(interval: settings.logInterval, clients: settings.logClients)
    }
}

extension LookSchedule {
    /// The schedule of a server that starts now, and that is looking at storage already if
    /// `isLooking`.
    fileprivate init(_ settings: RedirectorSettings, age: Int64?, isLooking: Bool) {
        self.init(
            interval: Int64(settings.refreshSeconds) * 1000,
            patience: Int64(settings.storagePatienceMilliseconds),
            age: age,
            now: Clock.milliseconds()
        )
        if isLooking { began(at: Clock.milliseconds()) }
    }
}
