import HTTPTransport
import Linux
package import Mirrors
import Time
import URLs

/// The limits for every host: request rate, number of connections, and pauses.
///
/// They are kept per address and for all protocols together: access points of one host share them,
/// and so do hosts once a connection has shown that they have the same IP address. Transports ask
/// here for permission and report what they did; they keep no limits of their own.
package final class HostRegistry {
    /// A use of connections to a host.
    enum Use: Int, CaseIterable {
        /// Requests that each take a connection or a stream.
        case requests
        case pipelines
        case ftp
    }

    /// The limits of one address, and its hosts.
    private final class Address {
        var pace: HostPace
        var hosts: [HostNumber] = []

        init(_ pace: HostPace) {
            self.pace = pace
        }
    }

    private let connectionLimit: Int
    /// The rate for addresses that are not public.
    private let localRate: Int
    private let isAnonymous: Bool
    private let clock: () -> Double
    private let hostOfPoint: DenseTable<AccessPointNumber, HostNumber>
    /// The name of each host, with the port if the URL has one.
    let authorities: DenseTable<HostNumber, String>
    private var addressOfHost: DenseTable<HostNumber, Address>
    private var addressByText: [String: Address] = [:]
    /// The latest known IP address of each host.
    private var addressTexts: DenseTable<HostNumber, String?>
    private var connectionCounts: DenseTable<HostNumber, [Int]>

    /// Takes the access points in the order of their numbers.
    ///
    /// `clock` returns seconds from any epoch and is monotonic.
    package init(
        accessPoints: [AccessPoint],
        settings: CheckSettings,
        clock: @escaping () -> Double = HostRegistry.clock()
    ) {
        self.clock = clock
        connectionLimit = settings.connectionsPerHost
        localRate = settings.requestsPerSecond
        isAnonymous = settings.anonymousRequestsPerSecond != nil
        var hosts: [String: HostNumber] = [:]
        var addressOfAuthority: [String: Address] = [:]
        var authorities = DenseTable<HostNumber, String>([])
        var addressOfHost = DenseTable<HostNumber, Address>([])
        let now = clock()
        let pace = HostPace(
            rate: settings.anonymousRequestsPerSecond ?? settings.requestsPerSecond,
            now: now
        )
        let localPace = HostPace(rate: settings.requestsPerSecond, now: now)
        let hostOfPoint = accessPoints.map { accessPoint -> HostNumber in
            // "https://host:port": http and https of one host have separate connections, but shared
            // limits.
            let authority = URLParts(accessPoint.baseURL).map { String($0.authority) } ?? ""
            let name = "\(accessPoint.scheme)://\(authority)"
            if let known = hosts[name] { return known }
            let host = authorities.append(authority)
            hosts[name] = host
            // A name counts as public until it turns out not to be.
            let ownPace = accessPoint.mayBePublic ? pace : localPace
            let address = addressOfAuthority[authority] ?? Address(ownPace)
            addressOfAuthority[authority] = address
            address.hosts.append(host)
            _ = addressOfHost.append(address)
            return host
        }
        self.hostOfPoint = DenseTable(hostOfPoint)
        self.authorities = authorities
        self.addressOfHost = addressOfHost
        addressTexts = DenseTable(repeating: nil, count: hosts.count)
        connectionCounts = DenseTable(
            repeating: Array(repeating: 0, count: Use.allCases.count),
            count: hosts.count
        )
    }

    /// A clock that starts now.
    package static func clock() -> () -> Double {
        let start = Clock.continuousNanoseconds()
        return { Double(Clock.continuousNanoseconds() - start) / 1e9 }
    }

    /// Seconds on the registry's clock.
    var now: Double { clock() }

    var hostCount: Int { addressOfHost.count }

    /// The number of an access point's host: scheme, name and port.
    func host(of accessPoint: AccessPointNumber) -> HostNumber { hostOfPoint[accessPoint] }

    // MARK: - Permission

    /// The number of requests that may be sent now, given the rate and pauses.
    func allowance(of host: HostNumber) -> Int {
        addressOfHost[host].pace.allowance(now: now)
    }

    /// How long the host must be left alone.
    func pause(of host: HostNumber) -> Duration {
        .seconds(max(0, addressOfHost[host].pace.pausedUntil - now))
    }

    func isPaused(_ host: HostNumber) -> Bool {
        now < addressOfHost[host].pace.pausedUntil
    }

    /// The number of connections that may be added to the address.
    func connectionRoom(of host: HostNumber) -> Int {
        let used = addressOfHost[host].hosts.reduce(0) { sum, host in
            connectionCounts[host].reduce(sum, +)
        }
        return connectionLimit - used
    }

    // MARK: - Reports

    /// Records a sent request.
    func noteSent(to host: HostNumber) {
        addressOfHost[host].pace.noteSent()
    }

    /// Records answers without complaint; one that never came counts as one.
    func noteContent(of host: HostNumber, answerCount: Int = 1) {
        addressOfHost[host].pace.noteContent(answerCount: answerCount)
    }

    /// Records a 429 or 503.
    func noteComplaint(of host: HostNumber, retryAfterSeconds: Int64?) {
        addressOfHost[host].pace.noteComplaint(
            retryAfterSeconds: retryAfterSeconds,
            now: now
        )
    }

    /// Sets how many connections to the host are used for a purpose.
    func noteConnections(_ count: Int, to host: HostNumber, for use: Use) {
        connectionCounts[host][use.rawValue] = count
    }

    /// Records the IP address of a connection to the host, which from now on shares the limits of
    /// others there.
    func note(address: String, of host: HostNumber) {
        addressTexts[host] = address
        let own = addressOfHost[host]
        if isAnonymous, AddressKind(address) == .local {
            own.pace.allow(rate: localRate)
        }
        guard let shared = addressByText[address] else {
            addressByText[address] = own
            return
        }
        guard shared !== own else { return }
        shared.pace.absorb(own.pace)
        for other in own.hosts { addressOfHost[other] = shared }
        shared.hosts += own.hosts
        own.hosts = []
        for (other, address) in addressByText where address === own {
            addressByText[other] = shared
        }
    }

    /// The latest known IP address of the host; nil before the first connection.
    func address(of host: HostNumber) -> String? { addressTexts[host] }
}

extension AccessPoint {
    /// Whether its host may be in the public network: a name, or a public address.
    var mayBePublic: Bool {
        guard let host = URLParts(baseURL)?.host else { return true }
        let text = host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host
        return AddressKind(text) != .local
    }
}
