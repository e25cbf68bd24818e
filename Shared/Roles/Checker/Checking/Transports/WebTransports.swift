package import HTTPTransport
package import Mirrors

/// The two transports of http and https for the same access points, over one loop.
package struct WebTransports {
    /// Requests of which each waits for its answer.
    package let single: WebTransport
    /// Pipelined requests, which hand what does not suit to ``single``: then nobody else may use
    /// it.
    package let pipelined: PipelinedTransport

    /// `registry` must be made for the same access points.
    package init(
        accessPoints: [AccessPoint],
        registry: HostRegistry,
        loop: MultiLoop,
        settings: CheckSettings,
        version: String,
        answerPatience: Duration
    ) {
        let contact = settings.contact.map { " (+\($0))" } ?? ""
        let userAgent = "Redirector-checker/\(version)\(contact)"
        single = WebTransport(
            accessPoints: accessPoints,
            registry: registry,
            client: WebClient(
                loop: loop,
                userAgent: userAgent,
                authorityFile: settings.authorityFile
            )
        )
        pipelined = PipelinedTransport(
            accessPoints: accessPoints,
            registry: registry,
            alone: single,
            PipelinedTransport.Connections(
                loop: loop,
                userAgent: userAgent,
                authorityFile: settings.authorityFile,
                perHost: settings.connectionsPerHost,
                answerPatience: answerPatience
            )
        )
    }
}
