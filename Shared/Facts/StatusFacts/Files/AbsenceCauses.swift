import Glibc
package import Time

/// Explains a list of absent files with as few causes as possible.
///
/// In this order: everything; everything below a top-level folder; all symlinks; nothing newer than
/// a time; whole folders; single files. Files explained by one cause are not considered for the
/// next.
package struct AbsenceCauses: Equatable, Sendable {
    /// The causes, those with most files first.
    package private(set) var causes: [AbsenceCause] = []
    /// Since when it lacks new files: the age of the oldest file that is too new for it; nil if it
    /// is not behind.
    package private(set) var behindSince: Timestamp?

    /// The maximum number of folders with their own cause; files in others count as single files.
    package static let folderLimit = 40

    /// Explains why `absent` is absent while `present` is there; both contain only live files, and
    /// no file is in both.
    package init(absent: FileBits, present: FileBits, in tree: TreeFacts) {
        let absentCount = absent.count
        guard let first = absent.first else { return }
        let presentCount = present.count
        if presentCount == 0, absentCount * 100 >= tree.liveCount * 50 {
            causes = [AbsenceCause(.everything, count: absentCount, example: first)]
            namePaths(in: tree)
            return
        }
        var rest = absent
        takeTopFolders(&rest, present, tree)
        takeLinks(&rest, present, tree)
        takeNewest(&rest, present, tree)
        takeFolders(&rest, present, tree)
        if let example = rest.first {
            causes.append(AbsenceCause(.files, count: rest.count, example: example))
        }
        causes.sort { $0.count > $1.count }
        namePaths(in: tree)
    }

    private mutating func namePaths(in tree: TreeFacts) {
        for index in causes.indices { causes[index].path = tree.text(of: causes[index].example) }
    }

    /// Sets the time at which each cause's example was found absent.
    package mutating func date(_ time: (Int) -> Timestamp?) {
        for index in causes.indices { causes[index].since = time(causes[index].example) }
    }

    private mutating func takeTopFolders(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        var absentCounts = [Int](repeating: 0, count: tree.parents.count)
        rest.forEach { absentCounts[Int(tree.tops[Int(tree.folders[$0])])] += 1 }
        let gone = Self.withoutFiles(
            absentCounts.indices.filter { $0 > 0 && absentCounts[$0] > 1 },
            present,
            tree
        ).sorted()
        guard !gone.isEmpty else { return }
        take(&rest, folders: gone) {
            Int(tree.tops[Int(tree.folders[$0])])
        } make: {
            .topFolder(tree.text(ofFolder: $0))
        }
    }

    /// The members of `folders` that contain no present file, at any depth.
    ///
    /// Usually each contains one, which is found before all files are examined.
    private static func withoutFiles(
        _ folders: [Int],
        _ present: FileBits,
        _ tree: TreeFacts
    ) -> Set<Int> {
        var open = Set(folders)
        guard !open.isEmpty else { return [] }
        var isSeen = [Bool](repeating: false, count: tree.parents.count)
        _ = present.contains { number in
            var folder = Int(tree.folders[number])
            while !isSeen[folder] {
                isSeen[folder] = true
                open.remove(folder)
                folder = Int(tree.parents[folder])
            }
            return open.isEmpty
        }
        return open
    }

    /// Removes the files of `folders` from `rest`, and adds a cause for each folder.
    private mutating func take(
        _ rest: inout FileBits,
        folders: [Int],
        folder: (Int) -> Int,
        make: (Int) -> AbsenceCause.Kind
    ) {
        var found: [Int: (count: Int, example: Int)] = [:]
        let wanted = Set(folders)
        var taken: [Int] = []
        rest.forEach { number in
            let parent = folder(number)
            guard wanted.contains(parent) else { return }
            taken.append(number)
            found[parent, default: (0, number)].count += 1
        }
        for number in taken { rest.remove(number) }
        for folder in folders.sorted() {
            guard let entry = found[folder] else { continue }
            causes.append(AbsenceCause(make(folder), count: entry.count, example: entry.example))
        }
    }

    private mutating func takeLinks(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        let absentCount = rest.overlap(tree.links)
        // A server that serves listings in place of folders has some links by chance.
        guard absentCount > 1, present.overlap(tree.links) * 50 <= absentCount else { return }
        var links = rest
        links.formIntersection(tree.links)
        guard let example = links.first else { return }
        causes.append(AbsenceCause(.links, count: absentCount, example: example))
        rest.subtract(links)
    }

    /// Finds the time that best separates what is there from what is absent.
    ///
    /// It is the time with the fewest files on the wrong side. What is newer counts as one cause if
    /// two thirds of it are absent and chance would explain that only once in fifty times: mutable
    /// pointers often have the right length by chance.
    private mutating func takeNewest(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        let order = tree.byAge
        let end = Self.split(order, absent: rest, present: present, in: tree)
        var absent: [Int] = []
        var presentCount = 0
        for number in order[end...] {
            if rest.contains(Int(number)) { absent.append(Int(number)) }
            if present.contains(Int(number)) { presentCount += 1 }
        }
        let before = (
            absent: rest.overlap(tree.dated) - absent.count,
            present: present.overlap(tree.dated) - presentCount
        )
        guard let first = absent.first, absent.count >= 2 * presentCount else { return }
        let chance = Double(before.absent + 1) / Double(before.absent + before.present + 2)
        guard -log(chance) * Double(absent.count - presentCount) > 4 else { return }
        let newest = end == 0 ? tree.appearedAt[first] - 1 : tree.appearedAt[Int(order[end - 1])]
        behindSince = Timestamp(secondsSinceEpoch: tree.appearedAt[first])
        for number in absent { rest.remove(number) }
        let folders = takeEmptied(&rest, present, tree)
        causes.append(
            AbsenceCause(
                .newer(than: Timestamp(secondsSinceEpoch: newest)),
                count: absent.count + folders,
                example: first
            )
        )
    }

    /// The index in the order of age after the last file that is old enough to be there.
    ///
    /// It searches from the newest file for the maximum of absent files less present ones. Once
    /// more files are present than can be absent in the rest, no earlier index is better, so a
    /// mirror that lacks little takes few steps.
    private static func split(
        _ order: [UInt32],
        absent rest: FileBits,
        present: FileBits,
        in tree: TreeFacts
    ) -> Int {
        var left = rest.overlap(tree.dated)
        var excess = 0
        var best = (excess: 0, end: order.count)
        for position in order.indices.reversed() {
            guard excess + left > best.excess else { break }
            let number = Int(order[position])
            if rest.contains(number) {
                excess += 1
                left -= 1
            } else if present.contains(number) {
                excess -= 1
            }
            let isFirst =
                position == 0
                || tree.appearedAt[Int(order[position - 1])] != tree.appearedAt[number]
            if isFirst, excess > best.excess { best = (excess, position) }
        }
        return best.end
    }

    /// Removes folders without any present or still unexplained file, and returns their number:
    /// they are explained by their files.
    private func takeEmptied(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) -> Int {
        var counts = [Int](repeating: 0, count: tree.parents.count)
        present.forEach { counts[Int(tree.folders[$0])] += 1 }
        var emptied: [Int] = []
        rest.forEach { number in
            if tree.appearedAt[number] == 0 {
                emptied.append(number)
            } else {
                counts[Int(tree.folders[number])] += 1
            }
        }
        for folder in tree.parents.indices.dropFirst().reversed() {
            counts[Int(tree.parents[folder])] += counts[folder]
        }
        emptied.removeAll { counts[Int(tree.folders[$0])] > 0 }
        for number in emptied { rest.remove(number) }
        return emptied.count
    }

    /// Finds the highest folders of which nothing is there.
    private mutating func takeFolders(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        guard !rest.isEmpty else { return }
        var absentCounts = [Int](repeating: 0, count: tree.parents.count)
        rest.forEach { absentCounts[Int(tree.folders[$0])] += 1 }
        // A folder has a higher number than its parent.
        for folder in tree.parents.indices.dropFirst().reversed() {
            absentCounts[Int(tree.parents[folder])] += absentCounts[folder]
        }
        let lacking = absentCounts.indices.filter { $0 > 0 && absentCounts[$0] > 1 }
        guard !lacking.isEmpty else { return }
        let gone = Self.withoutFiles(lacking, present, tree)
        // For each folder, the highest absent folder that contains it, 0 if there is none.
        var highest = [Int](repeating: 0, count: tree.parents.count)
        var tops: [Int] = []
        for folder in tree.parents.indices.dropFirst() {
            highest[folder] = highest[Int(tree.parents[folder])]
            guard highest[folder] == 0, gone.contains(folder) else { continue }
            highest[folder] = folder
            tops.append(folder)
        }
        tops.sort { absentCounts[$0] > absentCounts[$1] }
        take(&rest, folders: Array(tops.prefix(Self.folderLimit))) { number in
            highest[Int(tree.folders[number])]
        } make: {
            .folder(tree.text(ofFolder: $0))
        }
    }
}
