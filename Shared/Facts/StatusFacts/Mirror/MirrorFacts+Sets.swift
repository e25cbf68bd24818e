import Catalogs
package import Time

/// Files that a mirror has in their present version, but that clients don't get from it, because it
/// lacks others of their sets.
package struct WithheldFiles: Equatable, Sendable {
    package var count: Int
    /// The path of a file that it lacks or has in an earlier version.
    package var example: String
    /// When the example got its present version; nil if unknown.
    package var since: Timestamp?

    package init(count: Int, example: String, since: Timestamp? = nil) {
        self.count = count
        self.example = example
        self.since = since
    }

    /// How many files are withheld, and why, for pages and commands.
    package var sentence: String {
        let (files, them) = count == 1 ? ("1 right file", "it") : ("\(count) right files", "them")
        return
            "clients do not get \(files) from it, because others that belong to \(them) are "
            + "missing or old, such as \(example)"
    }
}

extension MirrorFacts {
    /// Determines which sets none of the URLs has completely, as the builder does.
    ///
    /// A set is ignored if everything missing is merely unknown, or not promised. A mirror with an
    /// earlier version of a member is behind since that was replaced.
    mutating func noteSets(
        _ files: [AccessPointFiles],
        _ all: inout MirrorFiles,
        in tree: TreeFacts
    ) {
        withheld = nil
        guard !tree.sets.isEmpty, let first = files.first else { return }
        var incomplete = tree.sets.incomplete(held: first.held.words, proven: first.held.words)
        for files in files.dropFirst() where !incomplete.isEmpty {
            let others = Set(
                tree.sets.incomplete(held: files.held.words, proven: files.held.words)
            )
            incomplete.removeAll { !others.contains($0) }
        }
        var example: Int?
        var outdatedSince: Int64?
        for number in incomplete {
            let (members, packages) = tree.sets.files(of: number)
            let faults = (members + packages).map(Int.init)
                .filter { all.wrong.contains($0) || all.absent.contains($0) }
            guard let fault = faults.first else { continue }
            for member in members.map(Int.init) {
                if all.held.contains(member) {
                    all.withheld.insert(member)
                    example = example ?? fault
                }
                let appearedAt = tree.appearedAt[member]
                guard all.wrong.contains(member), appearedAt > 0 else { continue }
                outdatedSince = min(outdatedSince ?? appearedAt, appearedAt)
            }
        }
        if let outdatedSince, !isPartial {
            let time = Timestamp(secondsSinceEpoch: outdatedSince)
            behindSince = min(behindSince ?? time, time)
        }
        guard let example else { return }
        let appearedAt = tree.appearedAt[example]
        withheld = WithheldFiles(
            count: all.withheld.count,
            example: tree.text(of: example),
            since: appearedAt > 0 ? Timestamp(secondsSinceEpoch: appearedAt) : nil
        )
    }
}
