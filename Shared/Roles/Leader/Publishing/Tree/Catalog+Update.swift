package import Catalogs
package import Mirrors
package import Time

/// A new catalog, and how it differs from the previous one.
package struct CatalogChange: Sendable {
    package var catalog: Catalog
    /// Files that no earlier generation had.
    package var addedCount = 0
    /// Files that were live and are gone.
    package var removedCount = 0
    /// Live files whose entry changed.
    package var changedCount = 0
    /// Files that were removed and are back.
    package var revivedCount = 0

    package var isEmpty: Bool {
        addedCount + removedCount + changedCount + revivedCount == 0
    }
}

extension Catalog {
    /// The next generation: this catalog updated from `listing`, whose links are resolved.
    ///
    /// Nil if nothing changed. Files keep their numbers: one that is gone is marked removed, and
    /// gets its number back when its path returns. Live files of which the listing cannot tell stay
    /// unchanged.
    ///
    /// Throws if ``CatalogShrink`` suspects an accident, unless `allowingShrink`; `classes` is
    /// called only if the verdict depends on it.
    package func updated(
        with listing: TreeListing,
        generation: UInt32,
        at now: Timestamp,
        allowingShrink: Bool,
        classes: () throws(PublishingError) -> FileClasses = { () in .standard }
    ) throws(PublishingError) -> CatalogChange? {
        let change = try change(
            to: listing,
            generation: generation,
            at: now,
            allowingShrink: allowingShrink,
            classes: classes
        )
        return change.isEmpty ? nil : change
    }

    /// Updates the catalog in place, without a copy if the caller has the only reference.
    ///
    /// Without changes, the result is empty and has this catalog.
    consuming func change(
        to listing: TreeListing,
        generation: UInt32,
        at now: Timestamp,
        allowingShrink: Bool,
        classes: () throws(PublishingError) -> FileClasses = { () in .standard }
    ) throws(PublishingError) -> CatalogChange {
        var update = CatalogUpdate(of: self, generation: generation, at: now)
        update.take(listing.entries, except: listing.deadLinks)
        update.take(listing.aliases, except: [])
        try update.removeUnseen(
            keeping: listing.unknownPaths,
            allowingShrink: allowingShrink,
            classes
        )
        return update.finished()
    }
}

/// An update in progress.
private struct CatalogUpdate {
    private let generation: UInt32
    private let now: Timestamp
    private var index: CatalogIndex
    /// For each file of the previous catalog, whether it was live.
    private let wasLive: [Bool]
    /// For each file of the previous catalog, whether the listing has it.
    private var isSeen: [Bool]
    private var change: CatalogChange

    init(of previous: Catalog, generation: UInt32, at now: Timestamp) {
        self.generation = generation
        self.now = now
        index = CatalogIndex(previous)
        wasLive = previous.ids.map(previous.isLive)
        isSeen = Array(repeating: false, count: previous.count)
        change = CatalogChange(catalog: previous)
    }

    consuming func finished() -> CatalogChange {
        if !change.isEmpty {
            change.catalog.generation = generation
            change.catalog.publishedAt = now
        }
        return change
    }

    mutating func take(_ entries: EntryColumns, except excluded: Set<Int>) {
        for entry in 0..<entries.count where !excluded.contains(entry) {
            if let id = index.id(of: entries.paths[entry], in: change.catalog) {
                compare(id, with: entries, at: entry)
            } else {
                let file = expectedFile(at: entry, in: entries, firstSeen: now)
                index.insert(change.catalog.append(file), of: change.catalog)
                change.addedCount += 1
            }
        }
    }

    private mutating func compare(_ id: FileID, with entries: EntryColumns, at entry: Int) {
        // The source named the path twice. The first entry counts.
        guard Int(id.rawValue) < wasLive.count, !isSeen[Int(id.rawValue)] else { return }
        isSeen[Int(id.rawValue)] = true
        let isLive = wasLive[Int(id.rawValue)]
        let difference = entries.difference(
            at: entry,
            from: change.catalog.entries,
            at: Int(id.rawValue)
        )
        guard !isLive || difference != .none else { return }
        let file = expectedFile(at: entry, in: entries, after: change.catalog[id], difference)
        change.catalog.update(id, to: file)
        if isLive { change.changedCount += 1 } else { change.revivedCount += 1 }
    }

    private func expectedFile(
        at entry: Int,
        in entries: EntryColumns,
        firstSeen: Timestamp
    ) -> ExpectedFile {
        ExpectedFile(
            path: TreePath(bytes: Array(entries.paths[entry])),
            kind: entries.kind(at: entry),
            byteCount: entries.byteCount(at: entry),
            modified: entries.modified(at: entry),
            target: entries.target(at: entry).map { TreePath(bytes: Array($0)) },
            firstSeen: firstSeen,
            changedIn: generation,
            digests: entries.digests(at: entry)
        )
    }

    /// The new entry for a known path: what the source does not say and did not change is kept, and
    /// changes are recorded.
    private func expectedFile(
        at entry: Int,
        in entries: EntryColumns,
        after known: ExpectedFile,
        _ difference: EntryColumns.Difference
    ) -> ExpectedFile {
        var file = expectedFile(at: entry, in: entries, firstSeen: known.firstSeen)
        file.previous = known.previous
        if difference != .content {
            file.digests = file.digests.merging(known.digests)
            if file.modified == EntryColumns.unknownTime { file.modified = known.modified }
            if known.removed == nil { file.changedIn = known.changedIn }
        } else if let byteCount = known.byteCount {
            file.previous = PreviousVersion(
                byteCount: byteCount,
                modified: known.modified,
                digests: known.digests,
                acceptableUntil: now.advanced(bySeconds: PreviousVersion.graceSeconds)
            )
        }
        return file
    }

    /// Marks live files that the listing lacks as removed.
    mutating func removeUnseen(
        keeping unknownPaths: [TreePath],
        allowingShrink: Bool,
        _ classes: () throws(PublishingError) -> FileClasses
    ) throws(PublishingError) {
        let unknown = Set(unknownPaths.map { $0.bytes[...] })
        var vanished: [FileID] = []
        for (number, wasLive) in wasLive.enumerated() where wasLive {
            let id = FileID(UInt32(number))
            if !isSeen[number], !isUnknown(id, unknown) { vanished.append(id) }
        }
        if !allowingShrink {
            let shrink = CatalogShrink(
                vanished: vanished,
                wasLive: wasLive,
                isSeen: isSeen,
                catalog: change.catalog
            )
            if let refusal = try shrink.refusal(classes) { throw refusal }
        }
        for id in vanished {
            var file = change.catalog[id]
            file.removed = now
            change.catalog.update(id, to: file)
        }
        change.removedCount = vanished.count
    }

    /// Whether a file is, or an alias leads to, a path of which the listing cannot tell.
    private func isUnknown(_ id: FileID, _ unknown: Set<ArraySlice<UInt8>>) -> Bool {
        guard !unknown.isEmpty else { return false }
        if change.catalog.pathBytes(of: id).isSameOrBelow(anyOf: unknown) { return true }
        guard change.catalog.kind(of: id) == .alias, let target = change.catalog.target(of: id)
        else { return false }
        return target.isSameOrBelow(anyOf: unknown)
    }
}
