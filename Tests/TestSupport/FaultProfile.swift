/// A way in which mirrors are faulty.
package enum FaultProfile: String, Hashable, Sendable, CaseIterable {
    case perfect
    /// Some files are absent, and half of the symlinks to them; the other half dangle.
    case missing
    /// Some files have another length.
    case truncated
    /// There are old and temporary files that the master does not have.
    case extra
    /// Whole directories are absent.
    case missingDirectory = "missing-dir"
    case empty
    /// The copy is a week old, and so is what `current-…` leads to.
    case lagging
    case mixed
    /// All symlinks are absent, as after `rsync` without `--links`.
    case nolinks
    /// Only `distfiles/` is carried.
    case partial
    /// Some files may not be read by the web server.
    case unreadable
}

extension SampleTree {
    /// The copy of this tree on a mirror with `profile`, and the differences.
    package func degraded(
        by profile: FaultProfile,
        mirror: String,
        seed: Int = 7
    ) -> (tree: SampleTree, faults: [MirrorFault]) {
        var random = SampleRandom(seed: UInt64(seed))
        var copy = self
        copy.apply(profile, &random)
        return (copy, faults(of: copy, mirror: mirror))
    }

    private mutating func apply(_ profile: FaultProfile, _ random: inout SampleRandom) {
        switch profile {
        case .perfect: break
        case .missing: loseFiles(oneIn: 20, &random)
        case .truncated: changeLengths(oneIn: 20, &random)
        case .extra: addExtraFiles()
        case .missingDirectory: loseDirectories(&random)
        case .empty: entries = [:]
        case .lagging: lag()
        case .mixed:
            lag()
            loseFiles(oneIn: 50, &random)
            changeLengths(oneIn: 50, &random)
            addExtraFiles()
        case .nolinks: entries = entries.filter { !$0.value.isSymlink }
        case .partial: entries = entries.filter { $0.key.hasPrefix("distfiles") }
        case .unreadable:
            for path in pick(oneIn: 30, &random) {
                if case .file(let byteCount, let modified, _) = entries[path] {
                    entries[path] = .file(byteCount: byteCount, modified: modified, mode: 0)
                }
            }
        }
    }

    /// About one file in `rate`, at least one.
    private func pick(oneIn rate: Int, _ random: inout SampleRandom) -> [String] {
        let files = entries.filter { $0.value.isFile }.keys.sorted()
        let picked = files.filter { _ in random.below(rate) == 0 }
        return picked.isEmpty ? Array(files.prefix(1)) : picked
    }

    private mutating func loseFiles(oneIn rate: Int, _ random: inout SampleRandom) {
        for path in pick(oneIn: rate, &random) {
            entries[path] = nil
            guard let name = path.split(separator: "/").last else { continue }
            if random.below(2) == 0 { entries["distfiles/\(name)"] = nil }
        }
    }

    private mutating func changeLengths(oneIn rate: Int, _ random: inout SampleRandom) {
        for path in pick(oneIn: rate, &random) {
            guard case .file(let byteCount, let modified, _) = entries[path] else { continue }
            let lengths = [0, byteCount / 2, byteCount + 3]
            entries[path] = .file(byteCount: lengths[random.below(3)], modified: modified)
        }
    }

    private mutating func addExtraFiles() {
        entries["distfiles/old-thing-0.1.tar.gz"] = .file(byteCount: 77, modified: 1_400_000_000)
        entries["distfiles/.glib-2.0.tar.xz.Xa3fQ1"] = .file(byteCount: 5, modified: 1_500_000_000)
    }

    private mutating func loseDirectories(_ random: inout SampleRandom) {
        let folders = entries.filter { $0.value == .directory && $0.key.hasPrefix("distfiles/") }
        let lost = folders.keys.sorted().filter { _ in random.below(10) == 0 }
        for folder in lost + ["releases/arm64"] {
            entries = entries.filter { $0.key != folder && !$0.key.hasPrefix(folder + "/") }
        }
    }

    /// Sets the tree back by a week.
    private mutating func lag() {
        let cut = Self.newest - 7 * 86_400
        entries = entries.filter { path, entry in
            if case .file(_, let modified, _) = entry { return modified <= cut }
            return !path.hasSuffix("20260821T170000Z")
        }
        for (path, entry) in entries where path.hasSuffix("current-stage3") {
            if entry.isSymlink { entries[path] = .symlink(target: "20260814T170000Z") }
        }
    }

    /// Every entry of this tree that is different in `copy`, and those that only `copy` has.
    private func faults(of copy: SampleTree, mirror: String) -> [MirrorFault] {
        guard !copy.entries.isEmpty else {
            return [MirrorFault(mirror: mirror, path: Array(".".utf8), fault: "empty-mirror")]
        }
        let paths = Set(entries.keys).union(copy.entries.keys).sorted()
        return paths.compactMap { path in
            let (want, got) = (entries[path], copy.entries[path])
            let targets = (want: followed(path), got: copy.followed(path))
            guard let fault = Self.fault(want, got, targets: targets) else { return nil }
            return MirrorFault(
                mirror: mirror,
                path: Array(path.utf8),
                fault: fault,
                expectedByteCount: want?.byteCount,
                actualByteCount: got?.byteCount
            )
        }
    }

    /// The name of the fault of an entry whose links lead to `targets`; nil if there is none.
    private static func fault(
        _ want: Entry?,
        _ got: Entry?,
        targets: (want: Entry?, got: Entry?)
    ) -> String? {
        switch (want, got) {
        case (nil, _): "extra"
        case (.directory?, nil): "missing-dir"
        case (_, nil): "missing"
        case (.file(let want, _, _)?, .file(let got, _, let mode)?):
            mode == 0 ? "unreadable" : want != got ? (got == 0 ? "empty-file" : "truncated") : nil
        case (.symlink(let want)?, .symlink(let got)?):
            want != got
                ? "stale-link"
                : targets.got == nil ? "dangling" : targets.want != targets.got ? "bad-target" : nil
        default: nil
        }
    }

    /// What the entry at `path` leads to, after one symlink.
    private func followed(_ path: String) -> Entry? {
        guard case .symlink(let target) = entries[path] else { return entries[path] }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        return entries["\(folder)/\(target)"]
    }
}

extension SampleTree.Entry {
    var isFile: Bool {
        if case .file = self { return true }
        return false
    }

    var isSymlink: Bool {
        if case .symlink = self { return true }
        return false
    }

    var byteCount: Int? {
        if case .file(let byteCount, _, _) = self { return byteCount }
        return nil
    }
}
