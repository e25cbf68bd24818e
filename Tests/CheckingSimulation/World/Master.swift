/// The master: the tree and its publications, all known in advance.
///
/// A small tree changes proportionally less, so its newest hundredth is as old as Gentoo's.
final class Master: Sendable {
    /// A change of one path at one moment.
    struct Change: Sendable {
        let time: Int
        let path: Int
    }

    let table: PathTable
    /// In chronological order, including changes of links.
    let changes: [Change]
    /// The size relative to Gentoo's.
    let scale: Double

    /// The number of paths in Gentoo's tree, of all kinds.
    static let fullPathCount = 152_430
    /// The time before the start for which changes are also known: rollbacks go there.
    static let historySeconds = 40 * 86_400

    /// Special folders: that of all links, and that of all releases.
    let rootFolders: Set<Int>

    private static let fullFolderCounts = (hash: 256, releases: 360)
    private static let fullCounts = (
        distfiles: 73_003, releases: 2442, folderLinks: 81, aliases: 3218
    )

    /// A tree of some `pathCount` paths and its changes until `end`.
    init(pathCount: Int, mix: FaultMix.Master, until end: Int, seed: UInt64) {
        var chance = Chance(seed: seed, "master")
        var table = PathTable()
        let start = -Self.historySeconds
        // All of Gentoo's folders, if the tree has room for them.
        let hashFolderCount = min(Self.fullFolderCounts.hash, max(4, pathCount / 16))
        let releaseFolderCount = min(Self.fullFolderCounts.releases, max(4, pathCount / 12))
        let folderCount = 1 + hashFolderCount + releaseFolderCount
        let fullFolderCount = 1 + Self.fullFolderCounts.hash + Self.fullFolderCounts.releases
        let scale =
            Double(max(1, pathCount - folderCount)) / Double(Self.fullPathCount - fullFolderCount)
        self.scale = scale
        rootFolders = [0, 1 + hashFolderCount]

        let counts = Self.fullCounts
        _ = table.addFolder("distfiles", isDistfile: true, bornAt: start)
        for number in 0..<hashFolderCount {
            let name = String(number + 256, radix: 16).dropFirst()
            _ = table.addFolder("distfiles/\(name)", isDistfile: true, bornAt: start)
        }
        Self.addReleases(
            &table,
            folderCount: releaseFolderCount,
            fileCount: max(8, Int(Double(counts.releases) * scale)),
            linkCount: max(1, Int(Double(counts.folderLinks) * scale)),
            aliasCount: max(1, Int(Double(counts.aliases) * scale)),
            at: start
        )
        _ = table.add("timestamp.mirmon", .file, folder: 0, isMutable: true, bornAt: start)

        let newPerSecond = mix.newFiles * scale / 86_400
        let initialCount = max(8, Int(Double(counts.distfiles) * scale))
        var distfiles: [Int] = []
        for number in 0..<initialCount {
            // As if they had arrived at the present rate, so that there is a newest hundredth from
            // the start.
            let age = newPerSecond > 0 ? Int(Double(initialCount - number) / newPerSecond) : number
            distfiles.append(
                Self.addDistfile(&table, number, hashFolderCount, at: start - age, &chance)
            )
        }

        var changes: [Change] = []
        func change(_ file: Int, at time: Int) {
            for name in table.namesOfFile[file] ?? [file] {
                changes.append(Change(time: time, path: name))
            }
        }
        let mutable = (0..<table.count).filter { table.isMutable[$0] && table.targets[$0] == $0 }
        for day in 0..<max(1, (end - start + 86_399) / 86_400) {
            let dayStart = start + day * 86_400
            func moment() -> Int { dayStart + chance.uniform(in: 0..<1440) * 60 }
            // In order, so that the numbers of paths grow with time, as in a catalog.
            for time in (0..<Int(mix.bursts.rounded())).map({ _ in moment() }).sorted() {
                for _ in 0..<chance.poisson(mix.newFiles * scale / mix.bursts) {
                    let file = Self.addDistfile(
                        &table,
                        distfiles.count,
                        hashFolderCount,
                        at: time,
                        &chance
                    )
                    distfiles.append(file)
                    change(file, at: time)
                }
                for _ in 0..<chance.poisson(mix.removedFiles * scale / mix.bursts) {
                    let file = distfiles[chance.uniform(in: 0..<distfiles.count)]
                    guard table.version(of: file, at: time) > 0 else { continue }
                    for name in table.namesOfFile[file] ?? [file] { table.diedAt[name] = time }
                    change(file, at: time)
                }
            }
            for _ in 0..<chance.poisson(mix.mutableChanges * scale) where !mutable.isEmpty {
                let file = mutable[chance.uniform(in: 0..<mutable.count)]
                let time = moment()
                table.replacedAt[file, default: []].append(time)
                change(file, at: time)
            }
            for _ in 0..<chance.poisson(mix.sameLengthReplacements * scale) {
                let file = distfiles[chance.uniform(in: 0..<distfiles.count)]
                let time = moment()
                guard table.version(of: file, at: time) > 0 else { continue }
                table.keepsLength.insert(file)
                table.replacedAt[file, default: []].append(time)
                change(file, at: time)
            }
        }
        for file in table.replacedAt.keys { table.replacedAt[file]?.sort() }
        self.table = table
        self.changes = changes.sorted { ($0.time, $0.path) < ($1.time, $1.path) }
    }

    private static func addDistfile(
        _ table: inout PathTable,
        _ number: Int,
        _ folderCount: Int,
        at time: Int,
        _ chance: inout Chance
    ) -> Int {
        let folder = chance.uniform(in: 0..<folderCount)
        let hash = String(folder + 256, radix: 16).dropFirst()
        let name = "package-\(number)-1.\(folder).tar.xz"
        let file = table.add(
            "distfiles/\(hash)/\(name)",
            .file,
            folder: 1 + folder,
            isDistfile: true,
            bornAt: time
        )
        _ = table.add(
            "distfiles/\(name)",
            .link,
            target: file,
            folder: 1 + folder,
            isDistfile: true,
            bornAt: time
        )
        return file
    }

    private static func addReleases(
        _ table: inout PathTable,
        folderCount: Int,
        fileCount: Int,
        linkCount: Int,
        aliasCount: Int,
        at time: Int
    ) {
        var folders: [(number: Int, path: String)] = []
        for number in 0..<folderCount {
            let path = number == 0 ? "releases" : "releases/arch-\(number % 24)-\(number)"
            folders.append((table.addFolder(path, isDistfile: false, bornAt: time), path))
        }
        var filesByFolder: [Int: [(file: Int, name: String)]] = [:]
        for number in 0..<fileCount {
            let (folder, path) = folders[number * 7 % folders.count]
            // One in ten points to the newest build.
            let isMutable = number % 10 == 0
            let name = isMutable ? "latest-stage-\(number).txt" : "stage-\(number).tar.xz"
            let file = table.add(
                "\(path)/\(name)",
                .file,
                folder: folder,
                isMutable: isMutable,
                bornAt: time
            )
            filesByFolder[folder, default: []].append((file, name))
        }
        let filled = folders.filter { filesByFolder[$0.number] != nil }
        for number in 0..<linkCount {
            let folder = filled[number % filled.count].number
            let link = "releases/current-\(number)"
            let target = (0..<table.count).first {
                table.kinds[$0] == .folder && table.folders[$0] == folder
            }
            _ = table.add(link, .folderLink, target: target, folder: folder, bornAt: time)
            let files = filesByFolder[folder] ?? []
            for (file, name) in files.prefix(max(1, aliasCount / linkCount)) {
                _ = table.add("\(link)/\(name)", .alias, target: file, folder: folder, bornAt: time)
            }
        }
    }
}
