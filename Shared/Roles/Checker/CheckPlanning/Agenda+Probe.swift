package import Catalogs
package import CheckStates

// What the probe asks of an access point, without its state.
extension Agenda {
    /// The proven file that a probe asks for in a minute, counted from any; nil where none is
    /// known.
    ///
    /// In turn one of those that came last, for a mirror that went back in time lacks these, and
    /// one of the samples, which lie in all folders.
    package func probeFile(minute: Int64) -> FileID? {
        probeFile(minute, of: samples)
    }

    private func probeFile(_ minute: Int64, of samples: [FileID]) -> FileID? {
        let isForNewest = minute % 2 == 0
        let files = isForNewest ? newest : samples
        let others = isForNewest ? samples : newest
        return Self.pick(files, minute / 2) ?? Self.pick(others, minute / 2)
    }

    /// Up to `count` proven files in the order in which a probe asks for them in a minute, until
    /// one is there: the first is ``probeFile(minute:)``, the others lie all over the tree.
    package func probeFiles(minute: Int64, count: Int) -> [FileID] {
        let samples = samples
        var files = [probeFile(minute, of: samples)].compactMap(\.self)
        for number in 1...Int64(2 * max(1, count)) where files.count < count {
            let pool = number % 2 == 0 && !newest.isEmpty || samples.isEmpty ? newest : samples
            guard let file = Self.pick(pool, minute &+ number &* 7_919), !files.contains(file)
            else { continue }
            files.append(file)
        }
        return files
    }

    /// Up to `count` proven files that an access point has to show when it comes back from an
    /// outage: half of them the newest.
    package func returnSample(count: Int, minute: Int64) -> [FileID] {
        var files = Array(newest.prefix((count + 1) / 2))
        let samples = samples
        for number in 0..<Int64(samples.count) where files.count < count {
            guard let file = Self.pick(samples, minute &+ number), !files.contains(file)
            else { continue }
            files.append(file)
        }
        return files
    }

    private var samples: [FileID] {
        entries.filter { $0.expected == .present }.map(\.file)
    }

    private static func pick(_ files: [FileID], _ number: Int64) -> FileID? {
        guard !files.isEmpty else { return nil }
        let hash = StableHash.mix(UInt64(bitPattern: number))
        return files[Int(StableHash.number(hash, below: Int64(files.count)))]
    }
}
