import JSON
package import MirrorListImport
import MirrorStorage
import Mirrors
package import ObjectStorage
package import Time

/// Finds where the hosts of a mirror list are, and stores that in `places.json`.
///
/// Each host is looked up once a day; after a failure, again in an hour, and its earlier place
/// stays. Results are located with the databases at once, so a new database takes effect within a
/// day.
package struct PlaceUpdate: Sendable {
    private let databases: PlaceDatabases
    private let lookups: HostLookups

    package init(_ databases: PlaceDatabases, _ lookups: HostLookups = HostLookups()) {
        self.databases = databases
        self.lookups = lookups
    }

    /// How long a result is valid.
    package static let intervalSeconds: Int64 = 86_400
    /// The time from a failed look-up to the next.
    package static let retrySeconds: Int64 = 3600

    /// The outcome of an update.
    package struct Report: Equatable, Sendable {
        package var hostCount = 0
        package var lookedUpCount = 0
        /// Hosts without an address.
        ///
        /// Their earlier places stay.
        package var failed: [String] = []
        /// The number of hosts that were due, but for which there was no time.
        package var lateCount = 0
    }

    /// Looks up the hosts of `listed` that are due, and stores the results.
    ///
    /// Takes at most the time for look-ups. Throws, with storage unchanged, if storage cannot be
    /// read or written.
    package func run(
        of listed: [ListedMirror],
        in store: any BlobStore,
        at now: Timestamp
    ) throws -> Report {
        let countries = Self.countries(byHostOf: listed)
        let known = try store.hostPlaces()
        let due = countries.keys.filter { Self.isDue(known.byHost[$0], at: now) }.sorted()
        var report = Report()
        report.hostCount = countries.count
        guard !due.isEmpty || known.byHost.keys.contains(where: { countries[$0] == nil }) else {
            return report
        }
        let found = try lookups.addresses(of: due)
        report.lookedUpCount = found.count
        report.lateCount = due.count - found.count
        report.failed = found.compactMap { $1 == nil ? $0 : nil }.sorted()
        try store.updateHostPlaces { places in
            // This also drops hosts that left the list.
            places.byHost = places.byHost.filter { countries[$0.key] != nil }
            for (host, addresses) in found {
                guard let addresses else {
                    let before = places.byHost[host]?.place ?? AddressPlace()
                    places.byHost[host] = .init(before, triedAt: now, hasFailed: true)
                    continue
                }
                let place = databases.place(of: addresses, countries: countries[host] ?? [])
                places.byHost[host] = .init(place, triedAt: now)
            }
        }
        return report
    }

    private static func isDue(_ finding: HostPlaces.Finding?, at now: Timestamp) -> Bool {
        guard let finding else { return true }
        let age = now.secondsSinceEpoch.subtractingReportingOverflow(
            finding.triedAt.secondsSinceEpoch
        )
        // A clock that was ahead must not stop look-ups.
        guard !age.overflow, age.partialValue >= 0 else { return true }
        return age.partialValue >= (finding.hasFailed ? retrySeconds : intervalSeconds)
    }

    /// For each host, the countries of the mirrors that use it.
    private static func countries(
        byHostOf listed: [ListedMirror]
    ) -> [String: Set<CountryCode>] {
        var countries: [String: Set<CountryCode>] = [:]
        for mirror in listed {
            guard let country = CountryCode(mirror.country) else { continue }
            for location in mirror.locations.prefix(ListedMirror.locationLimit) {
                guard let base = try? BaseURL(location.url) else { continue }
                countries[base.host, default: []].insert(country)
            }
        }
        return countries
    }
}
