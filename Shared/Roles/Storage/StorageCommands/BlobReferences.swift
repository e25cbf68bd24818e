import Catalogs
import Mirrors

/// The references between the blobs of a store, as far as they were read.
struct BlobReferences {
    /// The generation that `catalog/current` names.
    var currentGeneration: UInt32?
    var generations: Set<UInt32> = []
    var mapGenerations: [(key: String, generation: UInt32)] = []
    /// Nil without a mirror list.
    var accessPoints: Set<AccessPoint.ID>?
    /// Nil without a mirror list.
    var mirrors: MirrorList?
    var checks: [(key: String, id: AccessPoint.ID)] = []

    /// Blobs that are referred to but missing.
    func findings() -> [Verification.Finding] {
        var findings: [Verification.Finding] = []
        if let currentGeneration, !generations.contains(currentGeneration) {
            findings.append(
                .init(
                    CatalogStore.pointer,
                    "it names generation \(currentGeneration), which is not there"
                )
            )
        }
        let newest = currentGeneration ?? 0
        for (key, generation) in mapGenerations where generation > newest {
            findings.append(
                .init(key, "it was built from generation \(generation), but \(newest) is current")
            )
        }
        return findings
    }

    /// Blobs that exist but are not referred to.
    func notes() -> [Verification.Finding] {
        checks.filter { accessPoints?.contains($0.id) != true }.map { key, id in
            .init(
                key,
                "mirrors.json has no access point \(id) any more: storage clean removes this"
            )
        }
    }
}
