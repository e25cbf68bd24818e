package import Catalogs
package import CheckStates
package import Mirrors

/// Has every access point asked by its own protocol: http and https, ftp, rsync.
package final class ProtocolTransport: Transport {
    private let web: any Transport
    private let ftp: FTPTransport
    private let rsync: RsyncTransport
    private let schemes: [AccessPoint.Scheme]

    /// How long the web is waited for while rsync writes: its listings are read between.
    private static let patienceWhileListing = Duration.milliseconds(5)

    /// All must be made for the same access points; `web` turns the loop that `ftp` uses.
    package init(
        accessPoints: [AccessPoint],
        web: any Transport,
        ftp: FTPTransport,
        rsync: RsyncTransport
    ) {
        schemes = accessPoints.map(\.scheme)
        self.web = web
        self.ftp = ftp
        self.rsync = rsync
    }

    /// The way the Checker asks: by HEAD one after the other or pipelined, as the settings have it,
    /// FTP over the same loop, and rsync by its program.
    package convenience init(
        accessPoints: [AccessPoint],
        settings: CheckSettings,
        version: String
    ) throws(CheckingError) {
        let heads = try HeadTransport(
            accessPoints: accessPoints,
            settings: settings,
            version: version
        )
        let pipelined = { () -> PipelinedTransport in
            PipelinedTransport(
                accessPoints: accessPoints,
                alone: heads,
                connectionsPerHost: settings.connectionsPerHost
            )
        }
        self.init(
            accessPoints: accessPoints,
            web: settings.isPipelining ? pipelined() : heads,
            ftp: FTPTransport(accessPoints: accessPoints, heads: heads, settings: settings),
            rsync: RsyncTransport(accessPoints: accessPoints)
        )
    }

    private func transport(of accessPoint: Int) -> any Transport {
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

    package func begin(with way: AskingWay, at accessPoint: Int) {
        transport(of: accessPoint).begin(with: way, at: accessPoint)
    }

    package func way(at accessPoint: Int) -> AskingWay? {
        transport(of: accessPoint).way(at: accessPoint)
    }

    package func expect(_ catalog: Catalog) {
        for transport in [web, ftp, rsync] as [any Transport] { transport.expect(catalog) }
    }

    package func remark(at accessPoint: Int) -> String? {
        transport(of: accessPoint).remark(at: accessPoint)
    }

    package func addressCount(at accessPoint: Int) -> Int {
        transport(of: accessPoint).addressCount(at: accessPoint)
    }

    package func room(at accessPoint: Int) -> Int {
        transport(of: accessPoint).room(at: accessPoint)
    }

    package func pause(at accessPoint: Int) -> Duration {
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
        let isBusy = answerCount > 0
        web.wait(
            atMost: isBusy
                ? .zero
                : rsync.isListing
                    ? min(longest, Self.patienceWhileListing) : longest,
            receive
        )
    }
}
