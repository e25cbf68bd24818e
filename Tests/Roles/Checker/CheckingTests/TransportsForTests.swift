import Checking
import HTTPTransport
import Mirrors

/// The transports of http and https for some access points, made as the Checker makes them.
struct WebTransports {
    let single: WebTransport
    let pipelined: PipelinedTransport
    let registry: HostRegistry

    init(
        _ accessPoints: [AccessPoint],
        _ settings: CheckSettings,
        answerPatience: Duration = .seconds(10),
        proxies: ProxyEnvironment = ProxyEnvironment { _ in nil }
    ) throws {
        let loop = try MultiLoop(connectionLimit: 64, proxies: proxies)
        let contact = settings.contact.map { " (+\($0))" } ?? ""
        let userAgent = "Redirector-checker/9.9\(contact)"
        registry = HostRegistry(accessPoints: accessPoints, settings: settings)
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
