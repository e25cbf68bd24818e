package import Mirrors
import Time

/// The files of a catalog that belong together, and the packages that each set newly refers to.
///
/// A mirror holds either all members of a set or none: one in the middle of an update has some of
/// one state and some of another, and a client refuses what does not match. It also needs the
/// packages added with the latest change, so that it is not asked for files that it lacks.
package struct SetTable: Sendable {
    private struct Instance: Sendable {
        var members: [UInt32] = []
        var packages: [UInt32] = []
        /// When the newest member was first expected, in seconds since 1970.
        var changedAt = Int64.min
    }

    private var instances: [Instance] = []

    /// Packages added this long before their set last changed need no separate check.
    ///
    /// Packages added after the change are not named by the set yet.
    package static let newSeconds: Int64 = 3 * 86_400

    package var isEmpty: Bool { instances.isEmpty }

    package init() {}

    /// Takes two passes over the catalog, the second for sets that refer to packages.
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
                    let changedAt = instances[instance].changedAt
                    guard isNamed, since >= changedAt.subtractingNew, since <= changedAt else {
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

    /// The numbers of the sets with members not `held` or new packages not `proven`; one bit for
    /// each file.
    package func incomplete(held: [UInt64], proven: [UInt64]) -> [Int] {
        instances.indices.filter { number in
            !instances[number].members.allSatisfy { held.hasBit($0) }
                || !instances[number].packages.allSatisfy { proven.hasBit($0) }
        }
    }

    /// The members of a set, and the packages that must be there with them.
    package func files(of number: Int) -> (members: [UInt32], packages: [UInt32]) {
        (instances[number].members, instances[number].packages)
    }

    /// Calls `body` for each member of a set with the time when the newest of them was first
    /// expected, in seconds since 1970.
    package func forEachMember(_ body: (UInt32, Int64) -> Void) {
        for instance in instances {
            for member in instance.members { body(member, instance.changedAt) }
        }
    }

    /// Removes the members of incomplete sets from `held`.
    ///
    /// Passes each removed file to `takeOut`.
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
    /// Whether it is live and not a folder.
    fileprivate func isFile(_ id: FileID) -> Bool { isLive(id) && !leadsToDirectory(id) }
}

extension [UInt64] {
    fileprivate func hasBit(_ file: UInt32) -> Bool {
        self[Int(file >> 6)] >> UInt64(file & 63) & 1 != 0
    }
}

extension Int64 {
    /// The time from which packages count as new for a set that changed at this time.
    fileprivate var subtractingNew: Int64 {
        let (time, overflow) = subtractingReportingOverflow(SetTable.newSeconds)
        return overflow ? .min : time
    }
}
