package import Catalogs
package import CheckStates

// What the probe can ask of an access point without its state.
extension Agenda {
    /// The proven file that a probe asks for in a given minute, counted from any epoch; nil if none
    /// is known.
    ///
    /// It alternates between the newest files, which a mirror lacks after going back in time, and
    /// the samples, which cover all folders.
    package func probeFile(minute: Int64) -> FileID? {
        probeFile(minute, of: samples)
    }

    private func probeFile(_ minute: Int64, of samples: [FileID]) -> FileID? {
        let isForNewest = minute % 2 == 0
        let files = isForNewest ? newest : samples
        let others = isForNewest ? samples : newest
        return Self.pick(files, minute / 2) ?? Self.pick(others, minute / 2)
    }

    /// Up to `count` proven files in the order in which a probe tries them in a minute until one is
    /// there: first ``probeFile(minute:)``, then files from all over the tree.
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

    /// Up to `count` proven files that an access point must show when it returns from an outage;
    /// half of them are the newest.
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
        var files: [FileID] = []
        files.reserveCapacity(entries.count)
        for case (let file, .present) in entries.lazy.map({ ($0.file, $0.expected) }) {
            files.append(file)
        }
        return files
    }

    private static func pick(_ files: [FileID], _ number: Int64) -> FileID? {
        guard !files.isEmpty else { return nil }
        let hash = StableHash.mix(UInt64(bitPattern: number))
        return files[Int(StableHash.number(hash, below: Int64(files.count)))]
    }
}
