package import Catalogs
package import CheckStates
import HTTPTransport
package import Mirrors

/// Asks every access point by its own protocol: http and https, ftp, rsync.
///
/// The three transports are siblings: each handles its own access points and knows nothing of the
/// others. They share the event loop for connections, and the ``HostRegistry`` with the limits.
package final class ProtocolTransport: Transport {
    private let web: any Transport
    private let ftp: FTPTransport
    private let rsync: RsyncTransport
    private let schemes: DenseTable<AccessPointNumber, AccessPoint.Scheme>

    /// How long to wait for the web while rsync writes: its listings are read in between.
    private static let patienceWhileListing = Duration.milliseconds(5)

    /// All must be made for the same access points; `web` runs the loop that `ftp` uses.
    package init(
        accessPoints: [AccessPoint],
        web: any Transport,
        ftp: FTPTransport,
        rsync: RsyncTransport
    ) {
        schemes = DenseTable(accessPoints.map(\.scheme))
        self.web = web
        self.ftp = ftp
        self.rsync = rsync
    }

    /// The checker's transports: pipelined if hosts and settings allow it, otherwise single
    /// requests; FTP over the same loop; and rsync through its program.
    ///
    /// `version` and the settings' contact make the User-Agent.
    package convenience init(
        accessPoints: [AccessPoint],
        settings: CheckSettings,
        version: String,
        answerPatience: Duration = .seconds(10)
    ) throws(CheckingError) {
        let registry = HostRegistry(accessPoints: accessPoints, settings: settings)
        let loop: MultiLoop
        do {
            // Pipelined connections come in addition to those of single requests.
            loop = try MultiLoop(
                connectionLimit: max(1, registry.hostCount * settings.connectionsPerHost * 3)
            )
        } catch {
            throw .transport("\(error)")
        }
        let web = WebTransports(
            accessPoints: accessPoints,
            registry: registry,
            loop: loop,
            settings: settings,
            version: version,
            answerPatience: answerPatience
        )
        self.init(
            accessPoints: accessPoints,
            web: settings.isPipelining ? web.pipelined : web.single,
            ftp: FTPTransport(
                accessPoints: accessPoints,
                registry: registry,
                loop: loop,
                settings: settings
            ),
            rsync: RsyncTransport(accessPoints: accessPoints)
        )
    }

    private func transport(of accessPoint: AccessPointNumber) -> any Transport {
        switch schemes[accessPoint] {
        case .http, .https: web
        case .ftp: ftp
        case .rsync: rsync
        }
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool {
        web.speaks(scheme) || ftp.speaks(scheme) || rsync.speaks(scheme)
    }

    package func reasonNotToSpeak(_ scheme: AccessPoint.Scheme) -> String {
        scheme == .rsync ? rsync.reasonNotToSpeak(scheme) : web.reasonNotToSpeak(scheme)
    }

    package func begin(with strategy: AskingStrategy, at accessPoint: AccessPointNumber) {
        transport(of: accessPoint).begin(with: strategy, at: accessPoint)
    }

    package func strategy(at accessPoint: AccessPointNumber) -> AskingStrategy? {
        transport(of: accessPoint).strategy(at: accessPoint)
    }

    package func expect(_ catalog: Catalog) {
        for transport in [web, ftp, rsync] as [any Transport] { transport.expect(catalog) }
    }

    package func remark(at accessPoint: AccessPointNumber) -> String? {
        transport(of: accessPoint).remark(at: accessPoint)
    }

    package func addressCount(at accessPoint: AccessPointNumber) -> Int {
        transport(of: accessPoint).addressCount(at: accessPoint)
    }

    package func room(at accessPoint: AccessPointNumber) -> Int {
        transport(of: accessPoint).room(at: accessPoint)
    }

    package func pause(at accessPoint: AccessPointNumber) -> Duration {
        transport(of: accessPoint).pause(at: accessPoint)
    }

    package func ask(_ question: Question) {
        transport(of: question.accessPoint).ask(question)
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        var answerCount = 0
        let count: (Answer) -> Void = { answer in
            answerCount += 1
            receive(answer)
        }
        rsync.wait(atMost: .zero, count)
        ftp.wait(atMost: .zero, count)
        var patience = longest
        if rsync.isListing { patience = min(patience, Self.patienceWhileListing) }
        if answerCount > 0 || ftp.hasWork || rsync.hasWork { patience = .zero }
        web.wait(atMost: patience, receive)
    }
}
