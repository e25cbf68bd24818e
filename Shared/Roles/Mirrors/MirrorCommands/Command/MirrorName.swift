import FunctionRuntime
import Mirrors

/// Finds a mirror by its id, or by a unique prefix of one.
enum MirrorName {
    static func mirror(_ name: String, among ids: [Mirror.ID]) throws(FunctionError) -> Mirror.ID {
        if ids.contains(name) { return name }
        var found = ids.filter { $0.hasPrefix(name) }
        // An access point's id also identifies its mirror.
        if found.isEmpty { found = ids.filter { name.hasPrefix("\($0)-") } }
        guard !found.isEmpty else {
            let nearest = Spelling.nearest(to: name, among: ids)
            throw .badRequest(
                "there is no mirror \"\(name)\"" + (nearest.map { ": did you mean \($0)?" } ?? "")
            )
        }
        guard found.count == 1 else {
            throw .badRequest(
                "\"\(name)\" is ambiguous: \(found.prefix(8).joined(separator: ", "))"
            )
        }
        return found[0]
    }
}
