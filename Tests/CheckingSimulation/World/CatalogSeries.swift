import Catalogs
import Mirrors

/// The successive catalogs that a leader makes from the master.
struct CatalogSeries {
    private let master: Master
    private var nextChange = 0
    private(set) var catalog: Catalog
    /// The version of each path that the catalog expects; 0 for none.
    private(set) var expected: [UInt8]

    /// The first one, of the master at `time`.
    init(of master: Master, at time: Int) {
        self.master = master
        let table = master.table
        catalog = Catalog(generation: 1, publishedAt: SimulatedTime.timestamp(time))
        expected = Array(repeating: 0, count: table.count)
        while nextChange < master.changes.count, master.changes[nextChange].time <= time {
            nextChange += 1
        }
        for path in 0..<table.count where table.bornAt[path] <= time {
            expected[path] = table.version(of: path, at: time)
            // As if a leader had always been running.
            catalog.append(file(path, at: time, firstSeen: table.bornAt[path], changedIn: 1))
        }
    }

    /// Publishes the changes until `time`; returns the paths whose expectation is different.
    mutating func publish(at time: Int) -> [Int] {
        var changed: [Int] = []
        let generation = catalog.generation + 1
        while nextChange < master.changes.count, master.changes[nextChange].time <= time {
            let path = master.changes[nextChange].path
            nextChange += 1
            let version = master.table.version(of: path, at: time)
            guard version != expected[path] else { continue }
            changed.append(path)
            let previous = expected[path]
            expected[path] = version
            if path >= catalog.count {
                // Paths that were added and removed between two publications are known as removed.
                appendMissing(upTo: path, at: time, generation)
            } else {
                catalog.update(
                    FileID(UInt32(path)),
                    to: file(
                        path,
                        at: time,
                        firstSeen: SimulatedTime.seconds(
                            catalog.firstSeen(of: FileID(UInt32(path)))
                        ),
                        changedIn: generation,
                        previous: version > 1 && previous > 0 ? previous : nil
                    )
                )
            }
        }
        guard !changed.isEmpty else { return [] }
        catalog.generation = generation
        catalog.publishedAt = SimulatedTime.timestamp(time)
        return changed
    }

    /// Numbers are assigned in order of publication, which is the order of the table.
    private mutating func appendMissing(upTo path: Int, at time: Int, _ generation: UInt32) {
        while catalog.count <= path {
            let next = catalog.count
            expected[next] = master.table.version(of: next, at: time)
            catalog.append(file(next, at: time, firstSeen: time, changedIn: generation))
        }
    }

    private func file(
        _ path: Int,
        at time: Int,
        firstSeen: Int,
        changedIn: UInt32,
        previous: UInt8? = nil
    ) -> ExpectedFile {
        let table = master.table
        let version = max(1, table.version(of: path, at: time))
        let isLive = table.version(of: path, at: time) > 0
        return ExpectedFile(
            path: TreePath(bytes: table.paths[path]),
            kind: Self.kind(table.kinds[path]),
            byteCount: table.byteCount(of: path, version: version),
            modified: SimulatedTime.timestamp(table.modifiedAt(path, version: version)),
            target: Self.target(of: path, in: table).map { TreePath(bytes: $0) },
            firstSeen: SimulatedTime.timestamp(firstSeen),
            removed: isLive ? nil : SimulatedTime.timestamp(time),
            changedIn: changedIn,
            previous: previous.flatMap { version in
                table.byteCount(of: path, version: version).map { byteCount in
                    PreviousVersion(
                        byteCount: byteCount,
                        modified: SimulatedTime.timestamp(table.modifiedAt(path, version: version)),
                        acceptableUntil: SimulatedTime.timestamp(
                            time + Int(PreviousVersion.graceSeconds)
                        )
                    )
                }
            }
        )
    }

    /// The text of a link, which begins in its own folder, or the path that an alias leads to.
    private static func target(of path: Int, in table: PathTable) -> [UInt8]? {
        guard table.targets[path] != path else { return nil }
        let target = table.paths[table.targets[path]]
        if table.kinds[path] == .alias { return target }
        let slash = table.paths[path].lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        // All links in the tree lead further down.
        return Array(target.dropFirst(slash))
    }

    private static func kind(_ kind: PathTable.Kind) -> ExpectedFile.Kind {
        switch kind {
        case .file: .file
        case .link, .folderLink: .symlink
        case .alias: .alias
        case .folder: .directory
        }
    }
}
