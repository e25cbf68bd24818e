import Catalogs
import CheckStates
import JSON
import Linux
import Mirrors
import ObjectStorage
import TestSupport
import Time

/// A catalog with the proportions of Gentoo's, mirrors all over the world, and a Checker's
/// observations of them.
struct MadeStore {
    /// The present, so that a builder takes the proofs for fresh.
    static let now = Timestamp.now

    let fileCount: Int
    let accessPointCount: Int

    /// Files in 256 folders; every second entry is a link to the previous one.
    func file(_ number: Int) -> ExpectedFile {
        let name = "some-package-name-1.\(number / 2).tar.xz"
        let isLink = number % 2 == 1
        let folder = number / 2 % 256
        let time = Self.now.advanced(bySeconds: -Int64(number &* 97 % 99_999_999) - 86_400 * 30)
        return ExpectedFile(
            path: TreePath(isLink ? "distfiles/\(name)" : "distfiles/\(folder)/\(name)"),
            kind: isLink ? .symlink : .file,
            byteCount: UInt64(number / 2 &* 2_654_435_761 % 100_000_000),
            modified: time,
            target: isLink ? TreePath("\(folder)/\(name)") : nil,
            firstSeen: Self.now.advanced(bySeconds: -86_400 * 30),
            changedIn: 1
        )
    }

    func catalog() -> Catalog {
        var catalog = Catalog(generation: 1)
        for number in 0..<fileCount { catalog.append(file(number)) }
        return catalog
    }

    /// A confirmed proof of presence, made `run` runs of five minutes each ago.
    func proof(ofRun run: Int, _ outcome: Observation.Outcome = .present) -> Observation {
        let time = Self.now.advanced(bySeconds: -300 * Int64(run))
        return Observation(
            outcome: outcome,
            isConfirmed: true,
            observedAt: time,
            askedAt: time,
            generation: 1,
            failures: outcome == .present ? 0 : 3
        )
    }

    /// A state whose files were each asked for in a random one of `runCount` runs.
    func state(
        runCount: Int,
        faultPercent: Int,
        id: AccessPoint.ID = "m-https",
        baseURL: String = "https://m.example/gentoo/",
        seed: UInt64 = 1
    ) -> CheckState {
        var random = SeededGenerator(seed: seed)
        var state = CheckState(accessPointID: id, baseURL: baseURL)
        for index in 0..<fileCount {
            let isFault = Int.random(in: 0..<100, using: &random) < faultPercent
            state[FileID(UInt32(index))] = proof(
                ofRun: Int.random(in: 0..<runCount, using: &random),
                isFault ? .absent : .present
            )
        }
        return state
    }

    /// Writes the store.
    ///
    /// Every fourth mirror lacks one file in a hundred; proofs are from the runs of an hour.
    func write(to store: FileStore) throws {
        let catalogs = CatalogStore(store)
        try catalogs.publish(catalog(), replacing: catalogs.current())
        var mirrors: [Mirror] = []
        let regions = Regions.continents.all
        for number in 0..<(accessPointCount + 1) / 2 {
            let region = regions[number % regions.count]
            let points = (0..<min(2, accessPointCount - number * 2)).map { index in
                let scheme: AccessPoint.Scheme = index == 0 ? .https : .http
                return AccessPoint(
                    id: "mirror\(number).example.org-\(scheme.rawValue)",
                    scheme: scheme,
                    baseURL: "\(scheme.rawValue)://mirror\(number).example.org/gentoo/"
                )
            }
            mirrors.append(
                Mirror(
                    id: "mirror\(number).example.org",
                    name: "Mirror \(number)",
                    country: region.countries[number % region.countries.count],
                    region: region.id,
                    accessPoints: points
                )
            )
            for point in points {
                let state = state(
                    runCount: 12,
                    faultPercent: number % 4 == 0 ? 1 : 0,
                    id: point.id,
                    baseURL: point.baseURL,
                    seed: UInt64(number + 1)
                )
                try store.put(BlobKey(CheckState.key(of: point.id)), state.encoded())
            }
        }
        try store.put(BlobKey("mirrors.json"), MirrorList(mirrors: mirrors).json.serialized())
    }
}
