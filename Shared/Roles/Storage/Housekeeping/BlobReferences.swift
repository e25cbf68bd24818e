import Mirrors

/// What the blobs of a store say of each other, as far as they have been read.
struct BlobReferences {
    /// The generation that `catalog/current` names.
    var currentGeneration: UInt32?
    var generations: Set<UInt32> = []
    var mapGenerations: [(key: String, generation: UInt32)] = []
    /// Nil without a list of mirrors.
    var accessPoints: Set<AccessPoint.ID>?
    /// Nil without one.
    var mirrors: MirrorList?
    var checks: [(key: String, id: AccessPoint.ID)] = []

    /// What is named but not there.
    func findings() -> [Verification.Finding] {
        var findings: [Verification.Finding] = []
        if let currentGeneration, !generations.contains(currentGeneration) {
            findings.append(
                .init(
                    "catalog/current",
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

    /// What is there but not named.
    func notes() -> [Verification.Finding] {
        checks.filter { accessPoints?.contains($0.id) != true }.map { key, id in
            .init(
                key,
                "mirrors.json has no access point \(id) any more: storage clean removes this"
            )
        }
    }
}
