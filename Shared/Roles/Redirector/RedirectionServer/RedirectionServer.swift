package import FunctionRuntime
package import Redirection
import Synchronization

/// The Redirector as an HTTP server: sockets and loops around ``Responder``.
///
/// A map on local disk is there before the first connection is accepted. After that one thread looks
/// for newer ones and hands finished snapshots to the loops; a request never waits for it, and there
/// is no lock on its way.
package final class RedirectionServer: Sendable {
    package let metrics = Metrics()
    /// The port that is listened on; tells which one it is when 0 was asked for.
    package let port: Int

    private let mailboxes: [LoopMailbox]
    private let threads: [Thread]
    private let deferredAnswers: DeferredAnswers
    private let refresh: MapRefresh
    private let logOutput: LogOutput?
    private let isShutDown = Atomic<Bool>(false)

    /// Starts to serve; returns when connections are accepted.
    package init(_ settings: RedirectorSettings) throws(FunctionError) {
        let metrics = metrics
        let maps = try ServedMaps(settings, metrics: metrics)
        let pages: any PageRenderer
        do {
            pages = try settings.pages(metrics: metrics, regions: maps.regions?.regionIDs)
        } catch {
            throw .badRequest("\(error)")
        }
        let snapshot = maps.first()
        let listeners = try Self.listen(settings)
        port = listeners[0].port
        do throws(SystemError) {
            let deferredAnswers = try DeferredAnswers()
            let logOutput = settings.logInterval > 0 ? try LogOutput() : nil
            let mailboxes = try listeners.map { _ throws(SystemError) in try LoopMailbox() }
            refresh = try MapRefresh(
                everySeconds: settings.refreshSeconds,
                // Copies of a bucket's blobs may be old, or missing, when the process starts.
                startingAtOnce: maps.isRemote
            ) {
                guard let news = maps.news() else { return }
                for mailbox in mailboxes { mailbox.post(news) }
            } afterFirstLook: {
                for mailbox in mailboxes { mailbox.post(.looked) }
            }
            let retries =
                settings.retrySeconds > 0
                ? RetryTable(seconds: Int64(settings.retrySeconds)) : nil
            var threads: [Thread] = []
            for (listener, mailbox) in zip(listeners, mailboxes) {
                var responder = Responder(
                    settings: settings.answers,
                    metrics: metrics,
                    pages: pages,
                    defersPages: true,
                    regions: maps.regions,
                    retries: retries
                )
                responder.snapshot = snapshot
                // With nothing but a bucket that was not looked at yet, others answer better.
                responder.isReady = snapshot != nil || !maps.isRemote
                if logOutput != nil {
                    responder.log = RequestLog(
                        interval: settings.logInterval,
                        clients: settings.logClients
                    )
                }
                let loop = try ServingLoop(
                    listener: listener,
                    mailbox: mailbox,
                    deferredAnswers: deferredAnswers,
                    logOutput: logOutput,
                    responder: responder,
                    limits: ConnectionLimits(settings)
                )
                threads.append(try Thread { loop.run() })
            }
            self.mailboxes = mailboxes
            self.threads = threads
            self.deferredAnswers = deferredAnswers
            self.logOutput = logOutput
        } catch {
            throw .failed("the server does not start: \(error)")
        }
        Log.info("listening", ["address": settings.listen, "port": port])
        let answers = settings.answers
        if answers.countryHeaders.isEmpty, !answers.trustedProxies.isEmpty {
            Log.warning("no header tells the country: REDIRECT_MAX_AGE needs COUNTRY_HEADER")
        }
    }

    /// One socket for each loop, all on one port.
    private static func listen(
        _ settings: RedirectorSettings
    ) throws(FunctionError) -> [ListeningSocket] {
        do throws(SystemError) {
            guard let address = IPAddress(settings.listen) else {
                throw SystemError(description: "it is no IP address")
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

    /// Makes `/_/ready` say no, and goes on serving.
    package func beginDraining() {
        for mailbox in mailboxes { mailbox.post(.drain) }
    }

    /// Stops accepting, answers what has begun to arrive, and ends every connection and every loop.
    ///
    /// A second call does nothing.
    package func shutDown() {
        guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
        for mailbox in mailboxes { mailbox.post(.close) }
        for thread in threads { thread.join() }
        refresh.stop()
        deferredAnswers.stop()
        logOutput?.stop()
    }
}
