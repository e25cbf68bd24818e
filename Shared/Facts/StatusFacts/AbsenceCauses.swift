import Glibc
package import Time

/// Turns a list of absent files into as few lines as explain it.
///
/// Looked for in this order: everything; everything below a folder of the root; all symlinks;
/// nothing newer than a moment; whole folders; single files. What one line explains is out of the
/// way of the next.
package struct AbsenceCauses: Equatable, Sendable {
    /// The lines, those of most files first.
    package private(set) var causes: [AbsenceCause] = []
    /// Since when it lacks what is new: the age of the oldest file of those that are all too
    /// new for it; nil where it is not behind.
    package private(set) var behindSince: Timestamp?

    /// At most this many folders have a line of their own; the files of others count as single
    /// ones.
    package static let folderLimit = 40

    /// Explains why `absent` is absent where `present` is there; both of live files, and no file in
    /// both.
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

    /// Gives each cause the time at which its example was found absent.
    package mutating func date(_ time: (Int) -> Timestamp?) {
        for index in causes.indices { causes[index].since = time(causes[index].example) }
    }

    private mutating func takeTopFolders(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        var absentCounts = [Int](repeating: 0, count: tree.parents.count)
        var presentCounts = absentCounts
        rest.forEach { absentCounts[Int(tree.tops[Int(tree.folders[$0])])] += 1 }
        present.forEach { presentCounts[Int(tree.tops[Int(tree.folders[$0])])] += 1 }
        let gone = absentCounts.indices.filter { folder in
            folder > 0 && presentCounts[folder] == 0 && absentCounts[folder] > 1
        }
        guard !gone.isEmpty else { return }
        take(&rest, folders: gone) {
            Int(tree.tops[Int(tree.folders[$0])])
        } make: {
            .topFolder(tree.text(ofFolder: $0))
        }
    }

    /// Takes the files of `folders` out of `rest`, a cause for each folder.
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
            let place = folder(number)
            guard wanted.contains(place) else { return }
            taken.append(number)
            found[place, default: (0, number)].count += 1
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
        // A server that lists its folder as a page has some links by chance.
        guard absentCount > 1, present.overlap(tree.links) * 50 <= absentCount else { return }
        var links = rest
        links.formIntersection(tree.links)
        guard let example = links.first else { return }
        causes.append(AbsenceCause(.links, count: absentCount, example: example))
        rest.subtract(links)
    }

    /// Looks for the moment that parts best what is there from what is not.
    ///
    /// Of all moments it is the one where the fewest files are on the wrong side. What is newer
    /// counts as one cause where two thirds of it are absent, and so many by chance are once in
    /// fifty times: pointers that change under their names often have the right length by chance.
    private mutating func takeNewest(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        let order = tree.byAge
        let end = Self.split(order, rest, present, tree)
        var before = (absent: 0, present: 0)
        for number in order[..<end] {
            if rest.contains(Int(number)) { before.absent += 1 }
            if present.contains(Int(number)) { before.present += 1 }
        }
        var absent: [Int] = []
        var presentCount = 0
        for number in order[end...] {
            if rest.contains(Int(number)) { absent.append(Int(number)) }
            if present.contains(Int(number)) { presentCount += 1 }
        }
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

    /// The place in the order of age behind the last file that is old enough to be there.
    private static func split(
        _ order: [UInt32],
        _ rest: FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) -> Int {
        var wrong = 0
        var best = (wrong: 0, end: 0)
        for place in order.indices {
            let number = Int(order[place])
            if rest.contains(number) { wrong += 1 } else if present.contains(number) { wrong -= 1 }
            let isLast =
                place + 1 == order.count
                || tree.appearedAt[Int(order[place + 1])] != tree.appearedAt[number]
            if isLast, wrong <= best.wrong { best = (wrong, place + 1) }
        }
        return best.end
    }

    /// Takes out folders that hold nothing that is there or has no cause yet, and returns how many:
    /// they came with their files.
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

    /// Looks for the highest folders of which nothing is there.
    private mutating func takeFolders(
        _ rest: inout FileBits,
        _ present: FileBits,
        _ tree: TreeFacts
    ) {
        guard !rest.isEmpty else { return }
        var absentCounts = [Int](repeating: 0, count: tree.parents.count)
        var presentCounts = absentCounts
        rest.forEach { absentCounts[Int(tree.folders[$0])] += 1 }
        present.forEach { presentCounts[Int(tree.folders[$0])] += 1 }
        // A folder has a higher number than its parent.
        for folder in tree.parents.indices.dropFirst().reversed() {
            let parent = Int(tree.parents[folder])
            absentCounts[parent] += absentCounts[folder]
            presentCounts[parent] += presentCounts[folder]
        }
        func isGone(_ folder: Int) -> Bool {
            folder > 0 && presentCounts[folder] == 0 && absentCounts[folder] > 1
        }
        // The highest one of those that a folder is in, 0 where none of them is gone.
        var highest = [Int](repeating: 0, count: tree.parents.count)
        var gone: [Int] = []
        for folder in tree.parents.indices.dropFirst() {
            highest[folder] = highest[Int(tree.parents[folder])]
            guard highest[folder] == 0, isGone(folder) else { continue }
            highest[folder] = folder
            gone.append(folder)
        }
        gone.sort { absentCounts[$0] > absentCounts[$1] }
        take(&rest, folders: Array(gone.prefix(Self.folderLimit))) { number in
            highest[Int(tree.folders[number])]
        } make: {
            .folder(tree.text(ofFolder: $0))
        }
    }
}
