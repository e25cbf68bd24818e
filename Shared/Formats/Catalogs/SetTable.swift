package import Mirrors
import Time

/// The files of a catalog that belong together, and the packages that each such set newly names.
///
/// A mirror holds the members of a set only together: one that is half way through an update has
/// some of one state and some of another, and a client refuses what does not fit. And it holds them
/// only with the packages that came with the latest change, so that it is not asked for what it has
/// not.
package struct SetTable: Sendable {
    private struct Instance: Sendable {
        var members: [UInt32] = []
        var packages: [UInt32] = []
        /// When the latest of the members was first expected, in seconds since 1970.
        var changedAt = Int64.min
    }

    private var instances: [Instance] = []

    /// Packages that came so long before their set was last changed are as old as their mirror
    /// needs them to be.
    package static let newSeconds: Int64 = 3 * 86_400

    package var isEmpty: Bool { instances.isEmpty }

    package init() {}

    /// Goes through the catalog twice, the second time for sets that name packages.
    package init(_ catalog: Catalog, _ sets: [PathSet]) {
        guard !sets.isEmpty else { return }
        var numbers: [ArraySlice<UInt8>: Int] = [:]
        var scopes: [ArraySlice<UInt8>: [(instance: Int, pattern: PathPattern?)]] = [:]
        for id in catalog.ids where catalog.isFile(id) {
            guard let (set, folder) = sets.set(of: catalog.pathBytes(of: id)) else { continue }
            let number = numbers[folder] ?? instances.count
            if number == instances.count {
                numbers[folder] = number
                instances.append(Instance())
                for package in set.packages {
                    guard let base = package.base(of: folder) else { continue }
                    scopes[base, default: []].append((number, package.pattern))
                }
            }
            instances[number].members.append(id.rawValue)
            let changedAt = catalog.expectedSince(id).secondsSinceEpoch
            instances[number].changedAt = max(instances[number].changedAt, changedAt)
        }
        if !scopes.isEmpty { addPackages(catalog, sets, scopes) }
        instances.removeAll { $0.members.count < 2 && $0.packages.isEmpty }
    }

    private mutating func addPackages(
        _ catalog: Catalog,
        _ sets: [PathSet],
        _ scopes: [ArraySlice<UInt8>: [(instance: Int, pattern: PathPattern?)]]
    ) {
        let earliest = (instances.map(\.changedAt).min() ?? .max).subtractingNew
        for id in catalog.ids where catalog.isFile(id) {
            let since = catalog.expectedSince(id).secondsSinceEpoch
            guard since >= earliest else { continue }
            let path = catalog.pathBytes(of: id)
            guard sets.set(of: path) == nil else { continue }
            var end = path.startIndex
            while true {
                // The root first, then each folder on the way.
                for (instance, pattern) in scopes[path[..<end]] ?? [] {
                    let start = end == path.startIndex ? 0 : end - path.startIndex + 1
                    let isNamed = pattern?.matches(path.span, from: start) ?? true
                    guard isNamed, since >= instances[instance].changedAt.subtractingNew else {
                        continue
                    }
                    instances[instance].packages.append(id.rawValue)
                }
                let next = end == path.startIndex ? end : end + 1
                guard let slash = path[next...].firstIndex(of: UInt8(ascii: "/")) else { break }
                end = slash
            }
        }
    }

    /// The numbers of the sets of which not all members are `held`, or whose new packages are not
    /// all `proven`; a bit for each file.
    package func incomplete(held: [UInt64], proven: [UInt64]) -> [Int] {
        instances.indices.filter { number in
            !instances[number].members.allSatisfy { held.hasBit($0) }
                || !instances[number].packages.allSatisfy { proven.hasBit($0) }
        }
    }

    /// The members of a set, and the packages that have to be there with them.
    package func files(of number: Int) -> (members: [UInt32], packages: [UInt32]) {
        (instances[number].members, instances[number].packages)
    }

    /// For each member of a set when the latest of them came to be expected, in seconds since 1970.
    package func forEachMember(_ body: (UInt32, Int64) -> Void) {
        for instance in instances {
            for member in instance.members { body(member, instance.changedAt) }
        }
    }

    /// Takes the members of incomplete sets out of `held`.
    ///
    /// Hands over each file that is taken out.
    package func restrict(_ held: inout [UInt64], proven: [UInt64], _ takeOut: (UInt32) -> Void) {
        for number in incomplete(held: held, proven: proven) {
            for member in instances[number].members where held.hasBit(member) {
                held[Int(member >> 6)] &= ~(1 << UInt64(member & 63))
                takeOut(member)
            }
        }
    }
}

extension Catalog {
    /// Whether it is there and no folder.
    fileprivate func isFile(_ id: FileID) -> Bool { isLive(id) && !leadsToDirectory(id) }
}

extension [UInt64] {
    fileprivate func hasBit(_ file: UInt32) -> Bool {
        self[Int(file >> 6)] >> UInt64(file & 63) & 1 != 0
    }
}

extension Int64 {
    /// From when on packages count as new for a set that changed then.
    fileprivate var subtractingNew: Int64 {
        let (time, overflow) = subtractingReportingOverflow(SetTable.newSeconds)
        return overflow ? .min : time
    }
}
