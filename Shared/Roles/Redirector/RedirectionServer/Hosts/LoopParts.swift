import FunctionRuntime
import Linux
import Mirrors
import Redirection

/// What the loops of one server have in common.
struct LoopParts {
    private let settings: RedirectorSettings
    private let metrics: Metrics
    private let renderer: any PageRenderer
    private let pages: PageQueue
    private let supply: BlobSupply
    private let logOutput: LogOutput?
    private let retries: RetryTable?
    private let fallbackWatch: FallbackWatch
    private let untrusted: UntrustedProxies?

    /// The parts of a server that listens on `port`.
    init(
        _ settings: RedirectorSettings,
        metrics: Metrics,
        renderer: any PageRenderer,
        pages: PageQueue,
        supply: BlobSupply,
        logOutput: LogOutput?,
        port: Int
    ) {
        self.settings = settings
        self.metrics = metrics
        self.renderer = renderer
        self.pages = pages
        self.supply = supply
        self.logOutput = logOutput
        let retrySeconds = Int64(settings.retrySeconds)
        retries = retrySeconds > 0 ? RetryTable(seconds: retrySeconds) : nil
        fallbackWatch = Self.fallbackWatch(settings, port: port)
        untrusted = settings.warnsOfUntrusted ? UntrustedProxies(say: Self.warn) : nil
    }

    /// A responder without a map.
    func responder() -> Responder {
        Responder(
            settings: settings.answers,
            metrics: metrics,
            pages: renderer,
            executor: pages,
            retries: retries,
            fallbackWatch: fallbackWatch
        )
    }

    /// A loop that answers the clients of `listener` with `responder`.
    func loop(
        _ listener: ListeningSocket,
        _ mailbox: LoopMailbox,
        _ looks: LookSchedule,
        _ responder: consuming Responder
    ) throws(SystemError) -> ServingLoop {
        try ServingLoop(
            listener: listener,
            mailbox: mailbox,
            pages: pages,
            supply: supply,
            looks: looks,
            logOutput: logOutput,
            untrusted: untrusted,
            responder: responder,
            limits: ConnectionLimits(settings)
        )
    }

    /// Watches whether FALLBACK_URL leads back to this server, which listens on `port`.
    private static func fallbackWatch(_ settings: RedirectorSettings, port: Int) -> FallbackWatch {
        let fallback = String(decoding: settings.answers.fallbackURL, as: UTF8.self)
        let watch = FallbackWatch { sign in warn(of: sign, fallback) }
        if FallbackHost.isThisServer(fallback, port: port) { watch.noteOwnURL() }
        return watch
    }

    /// Warns that FALLBACK_URL redirects to this redirector.
    private static func warn(of sign: FallbackWatch.Sign, _ fallbackURL: String) {
        switch sign {
        case .ownURL:
            Log.error(
                "fallback loop",
                [
                    "fallback": fallbackURL,
                    "hint": "FALLBACK_URL leads back here; name the host that has every file",
                ]
            )
        case .returning(let times):
            Log.error(
                "fallback loop suspected",
                [
                    "fallback": fallbackURL, "times": times,
                    "hint": "a client came back each time; FALLBACK_URL must not redirect here",
                ]
            )
        }
    }

    /// Warns that headers of a proxy on a private address are ignored.
    private static func warn(of proxy: IPAddress) {
        Log.warning(
            "proxy not trusted",
            [
                "peer": proxy,
                "hint": "set TRUSTED_PROXIES to it if it overwrites X-Forwarded-For, or to none",
            ]
        )
    }
}
