import FunctionRuntime
import Mirrors

/// Finds the mirror that an operator means: by its id, or by the beginning of one where that is
/// unique.
enum MirrorName {
    static func mirror(_ name: String, among ids: [Mirror.ID]) throws(FunctionError) -> Mirror.ID {
        if ids.contains(name) { return name }
        var found = ids.filter { $0.hasPrefix(name) }
        // An access point's id stands for its mirror's.
        if found.isEmpty { found = ids.filter { name.hasPrefix("\($0)-") } }
        guard !found.isEmpty else {
            let nearest = Spelling.nearest(to: name, among: ids)
            throw .badRequest(
                "there is no mirror \"\(name)\"" + (nearest.map { ": is \($0) meant?" } ?? "")
            )
        }
        guard found.count == 1 else {
            throw .badRequest(
                "\"\(name)\" may be any of \(found.prefix(8).joined(separator: ", "))"
            )
        }
        return found[0]
    }
}
