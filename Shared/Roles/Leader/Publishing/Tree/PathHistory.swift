import Bytes
package import Catalogs
package import Mirrors
package import Time

/// The history of one path, from the newest catalog and the older ones still in storage.
package struct PathHistory: Sendable, CustomStringConvertible {
    /// A generation in which the path changed.
    package struct Event: Equatable, Sendable {
        package let generation: UInt32
        package let publishedAt: Timestamp
        package let state: ExpectedFile
    }

    package let id: FileID
    package let file: ExpectedFile
    /// Oldest first.
    package private(set) var events: [Event] = []
    /// The number of generations read.
    package private(set) var generationCount = 0

    /// The maximum number of generations to read, newest first: each takes as long as loading a
    /// catalog.
    static let generationLimit = 100

    /// Nil if no generation had `path`.
    package init?(of path: TreePath, in catalogs: CatalogStore) throws(CatalogError) {
        let newest = try catalogs.newest()
        guard let id = CatalogIndex(newest).id(of: path.bytes[...], in: newest) else { return nil }
        self.id = id
        file = newest[id]
        for generation in try catalogs.generations(upTo: newest.generation).suffix(
            Self.generationLimit
        ) {
            let catalog: Catalog
            do {
                catalog = try catalogs.catalog(generation: generation)
            } catch CatalogError.missing {
                // It was cleaned up a moment ago.
                continue
            }
            generationCount += 1
            guard id.rawValue < catalog.count else { continue }
            let state = catalog[id]
            if events.last?.state != state {
                events.append(
                    Event(generation: generation, publishedAt: catalog.publishedAt, state: state)
                )
            }
        }
    }

    /// The history as text, one line for each change.
    package var description: String {
        var lines = ["\(file.path): file \(id.rawValue), first seen \(file.firstSeen)"]
        if let removed = file.removed {
            lines.append("removed \(removed); its number and digests are kept")
        }
        lines.append("content since generation \(file.changedIn): \(file.content)")
        for algorithm in file.digests.algorithms {
            lines.append("  \(algorithm.name) \(file.digests.hexadecimal(algorithm))")
        }
        if let previous = file.previous {
            lines.append(
                "before: \(previous.byteCount) bytes of "
                    + "\(EntryColumns.text(of: previous.modified)), "
                    + "acceptable on mirrors until \(previous.acceptableUntil)"
            )
            for algorithm in previous.digests.algorithms {
                lines.append("  \(algorithm.name) \(previous.digests.hexadecimal(algorithm))")
            }
        }
        lines.append("in the \(generationCount) generations in storage:")
        for (index, event) in events.enumerated() {
            let before = index == 0 ? nil : events[index - 1].state
            lines.append(
                "  \(event.generation) \(event.publishedAt) \(event.state.step(from: before)): "
                    + event.state.content
            )
        }
        return lines.joined(separator: "\n")
    }
}

extension ExpectedFile {
    /// What a client receives, as a phrase.
    fileprivate var content: String {
        let length = byteCount.map { "\($0) bytes of \(EntryColumns.text(of: modified))" }
        let target = target.map { " -> \($0)" } ?? ""
        return "\(kind)\(target), \(length ?? "leads to a folder")"
    }

    /// The change that led to this state.
    fileprivate func step(from before: ExpectedFile?) -> String {
        guard let before else { return removed == nil ? "here" : "removed" }
        switch (before.removed, removed) {
        case (nil, .some): return "removed"
        case (.some, nil): return "revived"
        default: return changedIn != before.changedIn ? "replaced" : "better known"
        }
    }
}

extension EntryColumns {
    fileprivate static func text(of modified: Timestamp) -> String {
        modified == unknownTime ? "unknown time" : "\(modified)"
    }
}

extension Digests {
    /// The digest in hexadecimal; empty if there is none.
    package func hexadecimal(_ algorithm: Algorithm) -> String {
        String(hexadecimal: self[algorithm] ?? [])
    }
}
