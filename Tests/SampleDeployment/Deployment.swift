package import Catalogs
import CheckStates
package import HealthFormat
import JSON
package import Mirrors
import ObjectStorage
package import TestSupport
package import Time

package extension Timestamp {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    /// A number of hours before now.
    static func ago(hours: Int64) -> Timestamp { now.advanced(bySeconds: -hours * 3600) }
}

package extension Observation {
    static func make(_ outcome: Outcome, hours: Int64 = 1, generation: UInt32 = 1) -> Observation {
        Observation(
            outcome: outcome,
            isConfirmed: true,
            observedAt: .ago(hours: hours),
            askedAt: .ago(hours: hours),
            generation: generation
        )
    }
}

/// A deployment in memory that tests of pages and verdicts build piece by piece: a catalog of a
/// hundred files, mirrors, their check states and health.
package struct Deployment {
    private static let country = CountryCode("DE") ?? { fatalError("no code") }()
    package let store = InMemoryStore()
    package private(set) var catalog = Catalog(generation: 1, publishedAt: .ago(hours: 400))
    package private(set) var mirrors: [Mirror] = []
    private var health = Health()

    /// Ten folders of ten files; file `i` is `i` hours old, and the last of each folder is a link.
    package init() throws {
        for number in 0..<100 {
            catalog.append(
                ExpectedFile(
                    path: TreePath("distfiles/\(number / 10)/file-\(number)"),
                    kind: number % 10 == 9 ? .symlink : .file,
                    byteCount: 10,
                    modified: .ago(hours: Int64(400 + 100 - number)),
                    firstSeen: .ago(hours: 400),
                    changedIn: 1
                )
            )
        }
        health.probedAt = .now
        try publish()
    }

    package mutating func publish() throws {
        let catalogs = CatalogStore(store)
        try catalogs.publish(catalog, replacing: catalogs.current())
    }

    /// Publishes more files, a number of hours ago.
    package mutating func publish(_ paths: [String], hours: Int64) throws {
        catalog.generation += 1
        catalog.publishedAt = .ago(hours: hours)
        for path in paths {
            catalog.append(
                ExpectedFile(
                    path: TreePath(path),
                    kind: .file,
                    byteCount: 10,
                    modified: .ago(hours: hours),
                    firstSeen: .ago(hours: hours),
                    changedIn: catalog.generation
                )
            )
        }
        try publish()
    }

    /// Lets a probe at `time` find everything as it was.
    package mutating func touch(at time: Timestamp) throws {
        for id in health.statuses.keys { health.statuses[id]?.checkedAt = time }
        health.probedAt = time
        try store.put(BlobKey(Health.key), health.encoded())
    }

    /// Adds a mirror with an https URL; `outcome` gives the state of each file by number.
    package mutating func add(
        _ id: String,
        name: String? = nil,
        country: CountryCode? = nil,
        region: Region.ID = "europe",
        rules: MirrorRules = .none,
        isEnabled: Bool = true,
        isListed: Bool = true,
        isPartial: Bool = false,
        weight: Int = 100,
        status: Health.Status? = nil,
        outcome: ((Int) -> Observation.Outcome?)? = { _ in .present }
    ) throws {
        let point = AccessPoint(
            id: "\(id)-https",
            scheme: .https,
            baseURL: "https://\(id)/",
            isPartial: isPartial
        )
        mirrors.append(
            Mirror(
                id: id,
                name: name ?? id,
                country: country ?? Self.country,
                region: region,
                weight: weight,
                rules: rules,
                isEnabled: isEnabled,
                isListed: isListed,
                accessPoints: [point]
            )
        )
        try store.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: mirrors).json.serialized()
        )
        health.statuses[point.id] =
            status ?? Health.Status(since: .ago(hours: 50), checkedAt: .now)
        try store.put(BlobKey(Health.key), health.encoded())
        guard let outcome else { return }
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        state.beganAt = .ago(hours: 401)
        for file in catalog.ids {
            guard let outcome = outcome(Int(file.rawValue)) else { continue }
            state[file] = .make(outcome, generation: catalog.generation)
        }
        state.noteAppearances(in: catalog, now: .now)
        try store.put(BlobKey(CheckState.key(of: point.id)), state.encoded())
    }
}

package extension Health.Status {
    static func down(_ outage: Outage, hours: Int64 = 3) -> Health.Status {
        Health.Status(outage: outage, since: .ago(hours: hours), checkedAt: .now)
    }
}
