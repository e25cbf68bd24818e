import HTTPTransport
package import Mirrors
import Time
import URLs

/// The manners towards every host: how fast it is asked, over how many connections, and its pauses.
///
/// They are kept per address and for all protocols together: access points of one host share them,
/// and so do hosts as soon as a connection has shown that they have the same IP address. Transports
/// ask here for permission and report what they did; they keep no manners of their own.
package final class HostRegistry {
    /// What holds connections to a host.
    enum Holder: Int, CaseIterable {
        /// Requests that each take a connection or a stream.
        case requests
        case pipelines
        case ftp
    }

    /// The limits of one address, and its hosts.
    private struct Address {
        var pace: HostPace
        var hosts: [HostNumber]
    }

    private struct AddressNumber: Number {
        let place: Int
    }

    private let connectionLimit: Int
    /// The rate of addresses that are not public.
    private let localRate: Int
    private let isAnonymous: Bool
    private let clock: () -> Double
    private let hostOfPoint: Table<AccessPointNumber, HostNumber>
    /// The name of each host, and the port where the URL has one.
    let authorities: Table<HostNumber, String>
    private var addresses: Table<AddressNumber, Address>
    private var addressOfHost: Table<HostNumber, AddressNumber>
    private var addressByText: [String: AddressNumber] = [:]
    /// The latest address that each host was met at.
    private var texts: Table<HostNumber, String?>
    private var heldCounts: Table<HostNumber, [Int]>

    /// Takes the access points in the order in which questions number them.
    ///
    /// `clock` tells seconds, from any moment on, and only goes forward.
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
        var addressOfAuthority: [String: AddressNumber] = [:]
        var authorities = Table<HostNumber, String>([])
        var addresses = Table<AddressNumber, Address>([])
        var addressOfHost = Table<HostNumber, AddressNumber>([])
        let now = clock()
        let pace = HostPace(
            rate: settings.anonymousRequestsPerSecond ?? settings.requestsPerSecond,
            now: now
        )
        let localPace = HostPace(rate: settings.requestsPerSecond, now: now)
        let hostOfPoint = accessPoints.map { accessPoint -> HostNumber in
            // "https://host:port": http and https of one host have their own connections, but the
            // manners in common.
            let authority = URLParts(accessPoint.baseURL).map { String($0.authority) } ?? ""
            let name = "\(accessPoint.scheme)://\(authority)"
            if let known = hosts[name] { return known }
            let host = authorities.append(authority)
            hosts[name] = host
            // A name is public until it turns out not to be.
            let ownPace = accessPoint.mayBePublic ? pace : localPace
            let address =
                addressOfAuthority[authority]
                ?? addresses.append(Address(pace: ownPace, hosts: []))
            addressOfAuthority[authority] = address
            addresses[address].hosts.append(host)
            _ = addressOfHost.append(address)
            return host
        }
        self.hostOfPoint = Table(hostOfPoint)
        self.authorities = authorities
        self.addresses = addresses
        self.addressOfHost = addressOfHost
        texts = Table(repeating: nil, count: hosts.count)
        heldCounts = Table(
            repeating: Array(repeating: 0, count: Holder.allCases.count),
            count: hosts.count
        )
    }

    /// A clock that counts from now on.
    package static func clock() -> () -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        return { (clock.now - start).inSeconds }
    }

    /// Seconds of the registry's clock.
    var now: Double { clock() }

    var hostCount: Int { addressOfHost.count }

    /// The number of an access point's host: scheme, name and port.
    func host(of accessPoint: AccessPointNumber) -> HostNumber { hostOfPoint[accessPoint] }

    // MARK: - Permission

    /// How many requests may be sent now, by the rate and the pauses.
    func allowance(of host: HostNumber) -> Int {
        addresses[addressOfHost[host]].pace.allowance(now: now)
    }

    /// For how long the host is to be left alone.
    func pause(of host: HostNumber) -> Duration {
        .seconds(max(0, addresses[addressOfHost[host]].pace.pausedUntil - now))
    }

    func isPaused(_ host: HostNumber) -> Bool {
        now < addresses[addressOfHost[host]].pace.pausedUntil
    }

    /// How many more connections the address may be given.
    func connectionRoom(of host: HostNumber) -> Int {
        let held = addresses[addressOfHost[host]].hosts.reduce(0) { sum, host in
            heldCounts[host].reduce(sum, +)
        }
        return connectionLimit - held
    }

    // MARK: - Reports

    /// A request was sent.
    func noteSent(to host: HostNumber) {
        addresses[addressOfHost[host]].pace.noteSent()
    }

    /// The host answered without complaint, or not at all.
    func noteContent(of host: HostNumber) {
        addresses[addressOfHost[host]].pace.noteContent()
    }

    /// The host answered 429 or 503.
    func noteComplaint(of host: HostNumber, retryAfterSeconds: Int64?) {
        addresses[addressOfHost[host]].pace.noteComplaint(
            retryAfterSeconds: retryAfterSeconds,
            now: now
        )
    }

    /// How many connections to the host are held for a purpose now.
    func hold(_ count: Int, to host: HostNumber, for holder: Holder) {
        heldCounts[host][holder.rawValue] = count
    }

    /// A connection to the host was made at this IP address: from now on it shares its manners with
    /// others there.
    func note(address: String, of host: HostNumber) {
        texts[host] = address
        let own = addressOfHost[host]
        if isAnonymous, AddressKind(address) == .local {
            addresses[own].pace.allow(rate: localRate)
        }
        guard let shared = addressByText[address] else {
            addressByText[address] = own
            return
        }
        guard shared != own else { return }
        addresses[shared].pace.absorb(addresses[own].pace)
        for other in addresses[own].hosts { addressOfHost[other] = shared }
        addresses[shared].hosts += addresses[own].hosts
        addresses[own].hosts = []
        for (other, address) in addressByText where address == own { addressByText[other] = shared }
    }

    /// The address that the host was met at last; nil before the first connection.
    func address(of host: HostNumber) -> String? { texts[host] }
}

extension AccessPoint {
    /// Whether its host may stand in the public network: a name, or an address there.
    var mayBePublic: Bool {
        guard let host = URLParts(baseURL)?.host else { return true }
        let text = host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host
        return AddressKind(text) != .local
    }
}
