import Mirrors

/// The initial state of a simulation: the master, the mirrors, and all future events.
///
/// Nothing in it depends on the reactions to it.
struct World {
    let master: Master
    let mirrors: [Mirror]
    let network: Network
    /// The troubles at our end: the kind, the start, and the end.
    let ownTroubles: [(kind: FaultMix.OwnTrouble, start: Int, end: Int)]
    let kinds: FaultKinds

    /// Numbers for the kinds of faults.
    final class FaultKinds {
        private(set) var kinds: [Fault.Kind] = []
        private var numbers: [Fault.Kind: Int] = [:]

        func number(of kind: Fault.Kind) -> Int {
            if let number = numbers[kind] { return number }
            kinds.append(kind)
            numbers[kind] = kinds.count - 1
            return kinds.count - 1
        }
    }

    init(_ settings: SimulationSettings) {
        let (start, end) = (-settings.warmUpSeconds, settings.seconds)
        let seed = settings.seed
        let master = Master(
            pathCount: settings.pathCount,
            mix: settings.mix.master,
            until: end,
            seed: seed
        )
        self.master = master
        mirrors = settings.mirrors
        let kinds = FaultKinds()
        for event in settings.mix.events { _ = kinds.number(of: event.kind) }
        self.kinds = kinds

        var sites: [Site] = []
        var hosts: [Host] = []
        var hostNumbers: [String: Int] = [:]
        var points: [Network.Point] = []
        let siteNumbers = Self.siteNumbers(of: settings.mirrors)
        for (number, mirror) in settings.mirrors.enumerated() {
            if siteNumbers[number] == sites.count {
                let assignment =
                    sites.count < settings.assignments.count
                    ? settings.assignments[sites.count] : nil
                sites.append(
                    Self.site(sites.count, assignment, settings, master, from: start, until: end)
                )
            }
            for point in mirror.accessPoints {
                let name = (try? BaseURL(point.baseURL).host) ?? point.baseURL
                let host = hostNumbers[name] ?? hosts.count
                if host == hosts.count {
                    hostNumbers[name] = host
                    hosts.append(
                        Host(
                            number: host,
                            name: name,
                            roundTripSeconds: Self.roundTripSeconds(to: mirror),
                            seed: seed
                        )
                    )
                }
                points.append(
                    Network.Point(
                        number: points.count,
                        accessPoint: point,
                        mirror: number,
                        site: sites[siteNumbers[number]],
                        host: hosts[host],
                        servesRedirects: point.scheme == .http || point.scheme == .https
                    )
                )
            }
        }
        network = Network(master: master, points: points, sites: sites, hosts: hosts)
        var chance = Chance(seed: seed, "ours")
        let chosen = settings.mix.ours.flatMap { event in
            let mean = event.rate * Double(end) / Double(settings.mix.days * 86_400)
            return (0..<chance.poisson(mean)).map { _ in
                let begin = Self.moment(chance.uniform(in: 0..<max(1, end)))
                // A wrong clock is corrected after six hours.
                let length = if case .clockOff = event.kind { 6 * 3600 } else { event.seconds }
                return (kind: event.kind, start: begin, end: begin + length)
            }
        }
        ownTroubles = settings.ownTroubles + chosen
    }

    /// Faults begin on half minutes, midway between two probes.
    static func moment(_ time: Int) -> Int { time / 60 * 60 + 30 }

    private static func site(
        _ number: Int,
        _ assignment: MirrorAssignment?,
        _ settings: SimulationSettings,
        _ master: Master,
        from start: Int,
        until end: Int
    ) -> Site {
        let mix = settings.mix
        var chance = Chance(seed: settings.seed, "mirror", number)
        let shape = chance.pick(mix.shapes)
        var quirks: Set<FaultMix.Quirk> = []
        for quirk in mix.quirks where chance.happens(quirk.share) { quirks.insert(quirk.value) }
        var faults: [Fault] = []
        for event in mix.events {
            let mean = event.rate * Double(end) / Double(mix.days * 86_400)
            for _ in 0..<chance.poisson(mean) {
                let begin = moment(chance.uniform(in: 0..<max(1, end)))
                // They also end on half minutes.
                var length = max(60, event.seconds / 60 * 60)
                if case .oldTree(_, let outage) = event.kind.effect { length += outage }
                faults.append(
                    Fault(
                        event.kind,
                        start: begin,
                        end: begin + length,
                        seed: UInt64(chance.uniform(in: 0..<Int.max))
                    )
                )
            }
        }
        return Site(
            number: number,
            master: master,
            mix: mix,
            shape: assignment?.shape ?? shape,
            quirks: assignment?.quirks ?? quirks,
            faults: assignment?.faults ?? faults,
            seed: Chance.mixed(settings.seed, UInt64(number)),
            at: start
        )
    }

    /// Mirrors that share a base URL show the same tree.
    private static func siteNumbers(of mirrors: [Mirror]) -> [Int] {
        var numbers: [Int] = []
        var byPlace: [Substring: Int] = [:]
        var count = 0
        for mirror in mirrors {
            let places = mirror.accessPoints.map { point in
                point.baseURL.split(separator: "://", maxSplits: 1).last ?? ""
            }
            let number = places.lazy.compactMap { byPlace[$0] }.first ?? count
            if number == count { count += 1 }
            for place in places where byPlace[place] == nil { byPlace[place] = number }
            numbers.append(number)
        }
        return numbers
    }

    /// From a checker in Frankfurt: 5 ms plus the round trip at 200 km per millisecond, on routes
    /// half as long again as the great circle.
    private static func roundTripSeconds(to mirror: Mirror) -> Double {
        guard let home = GeoLocation(latitude: 50.1, longitude: 8.7),
            let place = mirror.locations.first ?? Countries.location(of: mirror.country)
        else { return 0.1 }
        return 0.005 + home.kilometres(to: place) * 2 * 1.5 / 200_000
    }
}
