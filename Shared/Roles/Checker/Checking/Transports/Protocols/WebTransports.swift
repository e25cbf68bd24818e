package import HTTPTransport
package import Mirrors

/// The two transports of http and https for the same access points, over one loop.
package struct WebTransports {
    /// Single requests.
    package let single: WebTransport
    /// Pipelined requests.
    ///
    /// It passes other questions to ``single``, which nobody else may use then.
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
