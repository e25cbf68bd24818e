package import Mirrors

extension MirrorListUpdate {
    /// A known mirror with new URLs.
    package struct Move: Equatable, Sendable, CustomStringConvertible {
        package let id: Mirror.ID
        package let goneURLs: [String]
        package let newURLs: [String]

        init(from old: Mirror, to new: Mirror) {
            id = new.id
            let (before, after) = (old.accessPoints.map(\.baseURL), new.accessPoints.map(\.baseURL))
            goneURLs = before.filter { !after.contains($0) }
            newURLs = after.filter { !before.contains($0) }
        }

        var isNone: Bool { goneURLs.isEmpty && newURLs.isEmpty }

        package var description: String {
            let changes = goneURLs.map { "-\($0)" } + newURLs.map { "+\($0)" }
            return "\(id): \(changes.joined(separator: " "))"
        }
    }

    /// A host that several mirrors of the list share.
    package struct SharedHost: Equatable, Sendable, CustomStringConvertible {
        package let host: String
        package let mirrors: [Mirror.ID]

        /// All shared hosts, sorted.
        static func all(of list: MirrorList) -> [SharedHost] {
            var mirrors: [String: [Mirror.ID]] = [:]
            for mirror in list.mirrors where mirror.isListed {
                let hosts = Set(mirror.accessPoints.compactMap { try? BaseURL($0.baseURL).host })
                for host in hosts { mirrors[host, default: []].append(mirror.id) }
            }
            return mirrors.filter { $0.value.count > 1 }
                .sorted { $0.key < $1.key }
                .map { SharedHost(host: $0.key, mirrors: $0.value) }
        }

        package var description: String { "\(host): \(mirrors.joined(separator: ", "))" }
    }
}
