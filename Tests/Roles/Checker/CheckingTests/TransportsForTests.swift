import Checking
import HTTPTransport
import Mirrors

extension WebTransports {
    /// The transports of some access points, made as the Checker makes them.
    init(
        _ accessPoints: [AccessPoint],
        _ settings: CheckSettings,
        registry: HostRegistry? = nil,
        answerPatience: Duration = .seconds(10),
        proxies: ProxyEnvironment = ProxyEnvironment { _ in nil }
    ) throws {
        self.init(
            accessPoints: accessPoints,
            registry: registry ?? HostRegistry(accessPoints: accessPoints, settings: settings),
            loop: try MultiLoop(connectionLimit: 64, proxies: proxies),
            settings: settings,
            version: "9.9",
            answerPatience: answerPatience
        )
    }
}
